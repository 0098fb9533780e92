// What came of a campaign: arms, findings, growth.

#include <algorithm>

#include <fmt/format.h>

#include "campaign/store/campaign_store.hpp"
#include "campaign/store/database.hpp"
#include "campaign/store/growth.hpp"
#include "campaign/store/ranges.hpp"
#include "campaign/store/text_forms.hpp"

namespace tenthrule {

namespace {

std::vector<execution_range> ranges_of(const database& db, std::int64_t arm, const std::string& text) {
    std::optional<std::vector<execution_range>> read = ranges::from_text(text);
    if (!read) {
        throw store_error(store_problem::corrupt,
                          fmt::format("{}: the executions of arm {} are no ranges", db.path(), arm));
    }
    return std::move(*read);
}

class batch_writer {
public:
    batch_writer(database& db, wall_time now) : db_(db), now_(now) {}

    void write(const batch_result& batch) {
        add_counters(batch);
        if (!batch.coverage.empty()) {
            db_.run("UPDATE subject SET coverage = ? WHERE id = (SELECT subject FROM arm WHERE id = ?)",
                    blob{batch.coverage}, batch.arm);
        }
        for (const failure_seen& f : batch.seen) {
            add_failure(batch, f);
        }
    }

private:
    void add_counters(const batch_result& batch) {
        std::optional<std::vector<execution_range>> done;
        db_.each(
            "SELECT done FROM arm WHERE id = ?",
            [&](const row& r) { done = ranges_of(db_, batch.arm, r.text(0)); }, batch.arm);
        if (!done) {
            throw store_error(store_problem::refused,
                              fmt::format("{}: there is no arm {}", db_.path(), batch.arm));
        }
        if (!ranges::add(*done, {batch.first, batch.count})) {
            throw store_error(store_problem::refused,
                              fmt::format("{}: executions {} to {} of arm {} are counted already", db_.path(),
                                          batch.first, batch.first + batch.count - 1, batch.arm));
        }
        const std::uint64_t executions = ranges::size(*done);
        db_.run(
            "UPDATE arm SET done = ?, executions = ?, points = points + ?, step_bounds = step_bounds + ?,"
            " failures = failures + ?, crashes = crashes + ?, hangs = hangs + ?, seconds = seconds + ?,"
            " longest = max(longest, ?), last_new = iif(?, ?, last_new) WHERE id = ?",
            ranges::to_text(*done), executions, batch.points, batch.step_bounds, batch.failures,
            batch.crashes, batch.hangs, std::max(batch.seconds, 0.0), batch.longest, batch.anything_new,
            executions, batch.arm);
    }

    void add_failure(const batch_result& batch, const failure_seen& f) {
        const std::int64_t scenario = db_.number(
            "SELECT scenario FROM subject JOIN arm ON arm.subject = subject.id WHERE arm.id = ?", batch.arm);
        db_.run(
            "INSERT INTO finding (scenario, identity, rule, message, crash, first_seen,"
            " first_seen_executions, first_seen_seconds, token)"
            " VALUES (?, ?, ?, ?, ?, ?, (SELECT coalesce(sum(executions), 0) FROM arm),"
            " (SELECT total(seconds) FROM session), ?) ON CONFLICT DO NOTHING",
            scenario, f.identity, f.rule, f.message, f.crash, now_, f.token);
        const finding_id id =
            db_.number("SELECT id FROM finding WHERE scenario = ? AND identity = ?", scenario, f.identity);
        // Whichever batch came first: the token is that of the arm's first execution with the failure.
        db_.run(
            "INSERT INTO occurrence (finding, arm, times, first_index, token) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (finding, arm) DO UPDATE SET times = times + excluded.times,"
            " token = iif(excluded.first_index < first_index, excluded.token, token),"
            " first_index = min(first_index, excluded.first_index)",
            id, batch.arm, f.times, f.first_index, f.token);
    }

    database& db_;
    wall_time now_;
};

growth_sample sample_of(const row& r, int from) {
    return {r.real(from),        r.natural(from + 1), r.natural(from + 2),
            r.natural(from + 3), r.natural(from + 4), r.natural(from + 5)};
}

void add_growth(database& db, const growth_sample& g) {
    db.run(
        "INSERT INTO growth (seconds, executions, classes, pairs, states, findings) VALUES (?, ?, ?, ?, ?, "
        "?)",
        g.seconds, g.executions, g.classes, g.pairs, g.states, g.findings);
    const std::int64_t count = db.number("SELECT count(*) FROM growth");
    if (count <= static_cast<std::int64_t>(campaign_store::growth_samples_max)) {
        return;
    }
    std::vector<double> seconds;
    std::vector<std::int64_t> ids;
    db.each("SELECT id, seconds FROM growth ORDER BY id", [&](const row& r) {
        ids.push_back(r.integer(0));
        seconds.push_back(r.real(1));
    });
    const std::vector<bool> keep = samples_to_keep(seconds, campaign_store::growth_samples_max / 2);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (!keep[i]) db.run("DELETE FROM growth WHERE id = ?", ids[i]);
    }
}

}  // namespace

void campaign_store::commit(const batch_result& batch, const growth_sample* growth) {
    commit(std::span(&batch, 1), growth);
}

void campaign_store::commit(std::span<const batch_result> batches, const growth_sample* growth) {
    database& db = writable();
    database::transaction change(db);
    note_session();
    batch_writer writer(db, now_());
    for (const batch_result& batch : batches) {
        writer.write(batch);
    }
    if (growth != nullptr) add_growth(db, *growth);
    change.commit();
}

std::vector<arm_state> campaign_store::arms() const {
    std::vector<arm_state> list;
    db_->each(
        "SELECT id, subject, strategy, seed, done, executions, points, step_bounds, failures, crashes, hangs,"
        " seconds, longest, last_new FROM arm ORDER BY id",
        [&](const row& r) {
            list.push_back({r.integer(0), r.integer(1), r.text(2), r.natural(3),
                            ranges_of(*db_, r.integer(0), r.text(4)), r.natural(5), r.natural(6),
                            r.natural(7), r.natural(8), r.natural(9), r.natural(10), r.real(11), r.small(12),
                            r.natural(13)});
        });
    return list;
}

std::vector<stored_finding> campaign_store::findings() const {
    std::vector<stored_finding> list;
    db_->each(
        "SELECT id, scenario, identity, rule, message, crash, first_seen, first_seen_executions,"
        " first_seen_seconds, token FROM finding ORDER BY id",
        [&list](const row& r) {
            stored_finding f;
            f.id = r.integer(0);
            f.scenario = r.integer(1);
            f.identity = r.text(2);
            f.rule = r.text(3);
            f.message = r.text(4);
            f.crash = r.text(5);
            f.first_seen = r.integer(6);
            f.first_seen_executions = r.natural(7);
            f.first_seen_seconds = r.real(8);
            f.token = r.text(9);
            list.push_back(std::move(f));
        });
    const auto find = [&list](finding_id id) {
        return std::lower_bound(list.begin(), list.end(), id,
                                [](const stored_finding& f, finding_id wanted) { return f.id < wanted; });
    };
    // A writer may have added findings between the statements: those wait for the next time.
    db_->each("SELECT finding, arm, times, first_index, token FROM occurrence ORDER BY finding, arm",
              [&](const row& r) {
                  const auto f = find(r.integer(0));
                  if (f == list.end() || f->id != r.integer(0)) {
                      return;
                  }
                  f->occurrences.push_back({r.integer(1), r.natural(2), r.natural(3), r.text(4)});
                  f->times += r.natural(2);
              });
    db_->each(
        "SELECT finding, weight, size, original, token, text, message, certified, certified_because,"
        " shrink_executions, complete FROM reproducer",
        [&](const row& r) {
            const auto f = find(r.integer(0));
            if (f == list.end() || f->id != r.integer(0)) {
                return;
            }
            f->shrunk = true;
            f->best = {text_forms::weight(r.text(1)),
                       text_forms::size(r.text(2)),
                       text_forms::size(r.text(3)),
                       r.text(4),
                       r.text(5),
                       r.text(6),
                       r.yes(7),
                       r.text(8),
                       r.natural(9),
                       r.yes(10)};
        });
    return list;
}

bool campaign_store::offer_reproducer(finding_id finding, const best_reproducer& candidate) {
    database& db = writable();
    database::transaction change(db);
    if (db.number("SELECT count(*) FROM finding WHERE id = ?", finding) == 0) {
        throw store_error(store_problem::refused, fmt::format("{}: there is no finding {}", path(), finding));
    }
    const bool better = offer_within(finding, candidate);
    note_session();
    change.commit();
    return better;
}

bool campaign_store::offer_within(finding_id finding, const best_reproducer& candidate) {
    bool better = true;
    db_->each(
        "SELECT weight, certified, complete FROM reproducer WHERE finding = ?",
        [&](const row& r) {
            const shrinking::weight known = text_forms::weight(r.text(0));
            const bool surer = (candidate.certified && !r.yes(1)) ||
                               (candidate.certified == r.yes(1) && candidate.complete && !r.yes(2));
            better = candidate.weight < known || (candidate.weight == known && surer);
        },
        finding);
    if (!better) {
        return false;
    }
    db_->run(
        "INSERT OR REPLACE INTO reproducer (finding, weight, size, original, token, text, message, certified,"
        " certified_because, shrink_executions, complete) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        finding, text_forms::of_weight(candidate.weight), text_forms::of_size(candidate.size),
        text_forms::of_size(candidate.original), candidate.token, candidate.text, candidate.message,
        candidate.certified, candidate.certified_because, candidate.shrink_executions, candidate.complete);
    return true;
}

std::vector<growth_sample> campaign_store::growth() const {
    std::vector<growth_sample> list;
    db_->each("SELECT seconds, executions, classes, pairs, states, findings FROM growth ORDER BY id",
              [&list](const row& r) { list.push_back(sample_of(r, 0)); });
    return list;
}

}  // namespace tenthrule
