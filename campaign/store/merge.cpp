#include "campaign/store/merge.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "campaign/plan/load_plan.hpp"
#include "campaign/plan/plan_paths.hpp"
#include "campaign/store/database.hpp"
#include "campaign/store/ranges.hpp"
#include "campaign/store/text_forms.hpp"

namespace tenthrule {

namespace {

// What becomes of an arm that both have.
enum class joining : std::uint8_t {
    add,      // nothing in common
    keep,     // ours has it all, or has more of it
    replace,  // theirs does
};

}  // namespace

class store_merger {
public:
    store_merger(campaign_store& into, const campaign_store& from, const coverage_union& unite)
        : into_(into), from_(from), unite_(unite), db_(into.writable()) {}

    merge_report merge() {
        // A campaign that goes on in `from` meanwhile must not be seen half.
        database::transaction change(db_);
        const std::vector<stored_subject> ours = into_.subjects();
        const std::vector<arm_state> our_arms = into_.arms();
        add_scenarios();
        for (const arm_state& arm : our_arms) {
            our_arms_[arm.id] = arm;
            arms_of_ours_[arm.subject].push_back(arm.id);
        }
        for (const stored_subject& subject : ours) {
            our_coverage_[subject.id] = subject.coverage;
        }
        const std::vector<arm_state> their_arms = from_.arms();
        for (const stored_subject& subject : from_.subjects()) {
            add_subject(subject, their_arms);
        }
        add_findings();
        add_sessions();
        add_canary();
        change.commit();
        return std::move(report_);
    }

private:
    void add_scenarios() {
        for (const stored_scenario& s : from_.scenarios()) {
            const std::string digest = text_forms::of_digest(s.digest);
            const bool has_current =
                db_.number("SELECT count(*) FROM scenario WHERE name = ? AND current = 1", s.name) != 0;
            db_.run(
                "INSERT INTO scenario (name, about, path, digest, text, current) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                s.name, s.about, s.path, digest, s.text, s.current && !has_current);
            if (db_.changes() != 0 && has_current) {
                report_.notes.push_back(
                    fmt::format("the scenario '{}' is another one in {}: its results are kept apart", s.name,
                                from_.path()));
            }
            scenario_of_[s.id] =
                db_.number("SELECT id FROM scenario WHERE name = ? AND digest = ?", s.name, digest);
        }
    }

    void add_subject(const stored_subject& theirs, const std::vector<arm_state>& their_arms) {
        const scenario_id scenario = scenario_of_.at(theirs.scenario);
        const std::string codes = text_forms::of_numbers(theirs.key.codes);
        db_.run(
            "INSERT INTO subject (scenario, kernel, variation, selection, codes, coverage)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            scenario, theirs.key.kernel, theirs.key.variation, blob{theirs.key.selection}, codes,
            blob{theirs.coverage});
        const bool is_new = db_.changes() != 0;
        const subject_id id =
            db_.number("SELECT id FROM subject WHERE scenario = ? AND selection = ? AND codes = ?", scenario,
                       blob{theirs.key.selection}, codes);
        bool gained = false;
        bool replaced_all = true;
        in_common shared = in_common::none;
        std::map<arm_id, joining> joined;
        for (const arm_state& arm : their_arms) {
            if (arm.subject != theirs.id) {
                continue;
            }
            const auto [mine, how] = add_arm(id, arm);
            arm_of_[arm.id] = {mine, how};
            joined[mine] = how;
            shared = how == joining::add ? shared : in_common::some;
            gained = gained || (how != joining::keep && arm.executions != 0);
        }
        for (const arm_id mine : arms_of_ours_[id]) {
            const auto how = joined.find(mine);
            const bool theirs_has_it = how != joined.end() && how->second == joining::replace;
            replaced_all = replaced_all && (our_arms_.at(mine).executions == 0 || theirs_has_it);
        }
        if (is_new || !gained) {
            return;
        }
        const std::string& ours = our_coverage_[id];
        db_.run(
            "UPDATE subject SET coverage = ? WHERE id = ?",
            blob{replaced_all || unite_ == nullptr ? theirs.coverage : unite_(ours, theirs.coverage, shared)},
            id);
    }

    std::pair<arm_id, joining> add_arm(subject_id subject, const arm_state& theirs) {
        db_.run(
            "INSERT INTO arm (subject, strategy, seed, done, executions, points, step_bounds, failures,"
            " crashes, hangs, seconds, longest, last_new)"
            " VALUES (?, ?, ?, '', 0, 0, 0, 0, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING",
            subject, theirs.strategy, theirs.seed);
        const arm_id id = db_.number("SELECT id FROM arm WHERE subject = ? AND strategy = ? AND seed = ?",
                                     subject, theirs.strategy, theirs.seed);
        const auto known = our_arms_.find(id);
        arm_state sum = known == our_arms_.end() ? arm_state{} : known->second;
        const std::uint64_t common = ranges::common(sum.done, theirs.done);
        report_.executions_counted_already += common;
        joining how = joining::add;
        if (common != 0) {
            how = theirs.executions > sum.executions ? joining::replace : joining::keep;
            const std::uint64_t fewer = std::min(theirs.executions, sum.executions);
            if (fewer > common) {
                report_.executions_left_out += fewer - common;
                report_.notes.push_back(fmt::format(
                    "{} executions of {} with seed {} overlap only in part with others: {} are not counted",
                    fewer, theirs.strategy, theirs.seed, fewer - common));
            }
        }
        if (how == joining::keep) {
            return {id, how};
        }
        if (how == joining::replace) {
            report_.executions_added += theirs.executions - sum.executions;
            sum = theirs;
        } else {
            report_.executions_added += theirs.executions;
            add(sum, theirs);
        }
        db_.run(
            "UPDATE arm SET done = ?, executions = ?, points = ?, step_bounds = ?, failures = ?, crashes = ?,"
            " hangs = ?, seconds = ?, longest = ?, last_new = ? WHERE id = ?",
            ranges::to_text(sum.done), sum.executions, sum.points, sum.step_bounds, sum.failures, sum.crashes,
            sum.hangs, sum.seconds, sum.longest, sum.last_new, id);
        return {id, how};
    }

    static void add(arm_state& to, const arm_state& more) {
        for (const execution_range& r : more.done) {
            ranges::add(to.done, r);
        }
        to.executions += more.executions;
        to.points += more.points;
        to.step_bounds += more.step_bounds;
        to.failures += more.failures;
        to.crashes += more.crashes;
        to.hangs += more.hangs;
        to.seconds += more.seconds;
        to.longest = std::max(to.longest, more.longest);
        to.last_new = std::max(to.last_new, more.last_new);
    }

    void add_findings() {
        for (const stored_finding& f : from_.findings()) {
            const scenario_id scenario = scenario_of_.at(f.scenario);
            db_.run(
                "INSERT INTO finding (scenario, identity, rule, message, crash, first_seen,"
                " first_seen_executions, first_seen_seconds, token) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                scenario, f.identity, f.rule, f.message, f.crash, f.first_seen, f.first_seen_executions,
                f.first_seen_seconds, f.token);
            report_.findings_added += db_.changes() != 0 ? 1U : 0U;
            const finding_id id = db_.number("SELECT id FROM finding WHERE scenario = ? AND identity = ?",
                                             scenario, f.identity);
            for (const finding_occurrence& o : f.occurrences) {
                add_occurrence(id, o);
            }
            if (f.shrunk && into_.offer_within(id, f.best)) ++report_.reproducers_improved;
        }
    }

    // Nothing that either has found is lost, whichever side's counters an arm has.
    void add_occurrence(finding_id finding, const finding_occurrence& o) {
        const auto arm = arm_of_.find(o.arm);
        if (arm == arm_of_.end()) {
            return;
        }
        const bool adding = arm->second.second == joining::add;
        db_.run(
            "INSERT INTO occurrence (finding, arm, times, first_index, token) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (finding, arm) DO UPDATE SET"
            " times = iif(?, times + excluded.times, max(times, excluded.times)),"
            " token = iif(excluded.first_index < first_index, excluded.token, token),"
            " first_index = min(first_index, excluded.first_index)",
            finding, arm->second.first, o.times, o.first_index, o.token, adding);
    }

    void add_sessions() {
        for (const stored_session& s : from_.sessions()) {
            if (db_.number("SELECT count(*) FROM session WHERE host = ? AND pid = ? AND started = ?", s.host,
                           s.pid, s.started) != 0) {
                db_.run(
                    "UPDATE session SET seconds = max(seconds, ?), last_sign = max(last_sign, ?), ended = ?"
                    " WHERE host = ? AND pid = ? AND started = ?",
                    s.seconds, s.last_sign, s.ended, s.host, s.pid, s.started);
                continue;
            }
            db_.run(
                "INSERT INTO session (host, pid, workers, started, last_sign, seconds, ended)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                s.host, s.pid, s.workers, s.started, s.last_sign, s.seconds, s.ended);
        }
    }

    void add_canary() {
        const std::optional<canary_state> theirs = from_.canary();
        const std::optional<canary_state> ours = into_.canary();
        if (theirs && (!ours || (theirs->found && !ours->found))) {
            db_.run("INSERT OR REPLACE INTO canary (id, name, found, seconds) VALUES (1, ?, ?, ?)",
                    theirs->name, theirs->found, theirs->seconds);
        }
    }

    campaign_store& into_;
    const campaign_store& from_;
    const coverage_union& unite_;
    database& db_;
    merge_report report_;
    std::map<scenario_id, scenario_id> scenario_of_;  // theirs to ours
    std::map<arm_id, std::pair<arm_id, joining>> arm_of_;
    std::map<arm_id, arm_state> our_arms_;
    std::map<subject_id, std::vector<arm_id>> arms_of_ours_;
    std::map<subject_id, std::string> our_coverage_;
};

namespace {

// The plan that `from` has, with its paths as they are seen from `into`.
std::string plan_for(const campaign_store& into, const campaign_store& from, const std::string& plan) {
    const plan_or_problems read = load_plan_text(plan, from.path(), store_folder(from.path()));
    return read.value ? to_toml(as_seen_from_store(*read.value, into.path())) : plan;
}

}  // namespace

merge_report merge(campaign_store& into, const campaign_store& from, const coverage_union& unite) {
    const std::optional<campaign_facts> ours = into.facts();
    const std::optional<campaign_facts> theirs = from.facts();
    if (!ours && theirs) into.set_plan(theirs->name, theirs->tool, plan_for(into, from, theirs->plan));
    return store_merger(into, from, unite).merge();
}

}  // namespace tenthrule
