// Opening a store, what is tested, sessions. What came of it is in results.cpp.

#include "campaign/store/campaign_store.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <random>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "campaign/store/database.hpp"
#include "campaign/store/ranges.hpp"
#include "campaign/store/schema.hpp"
#include "campaign/store/text_forms.hpp"

namespace tenthrule {

namespace {

// What can be told before SQLite sees the file. True: there is one with something in it.
bool look_at(const std::string& path) {
    struct stat about {};
    if (stat(path.c_str(), &about) != 0) {
        if (errno == ENOENT) {
            return false;
        }
        throw store_error(store_problem::denied, fmt::format("{}: {}", path, std::strerror(errno)));
    }
    if (!S_ISREG(about.st_mode)) {
        throw store_error(store_problem::not_a_store,
                          fmt::format("{}: this is {}; expected a file", path,
                                      S_ISDIR(about.st_mode) ? "a folder" : "no regular file"));
    }
    if (about.st_size == 0) {
        return false;
    }
    constexpr std::string_view magic("SQLite format 3\0", 16);
    std::array<char, magic.size()> begin{};
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw store_error(store_problem::denied,
                          fmt::format("{}: it cannot be read ({})", path, std::strerror(errno)));
    }
    file.read(begin.data(), begin.size());
    if (std::string_view(begin.data(), static_cast<std::size_t>(file.gcount())) != magic) {
        throw store_error(store_problem::not_a_store,
                          fmt::format("{}: this is no store of a campaign; expected a file that 'tenthrule "
                                      "campaign run' has made",
                                      path));
    }
    return true;
}

void refuse_damage(database& db) {
    std::string said;
    db.each("PRAGMA quick_check(1)", [&said](const row& r) { said = r.text(0); });
    if (said != "ok") {
        throw store_error(store_problem::corrupt,
                          fmt::format("{}: the file is damaged ({})", db.path(), said));
    }
}

std::string made_up_uuid() {
    std::random_device source;
    std::string digits;
    for (int i = 0; i < 4; ++i) {
        digits += fmt::format("{:08x}", source());
    }
    return digits;
}

std::string host_name() {
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace

wall_time system_time() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

campaign_store::campaign_store(std::unique_ptr<writer_lock> lock, std::unique_ptr<database> open,
                               wall_clock now)
    : lock_(std::move(lock)), db_(std::move(open)), now_(now) {}
campaign_store::campaign_store(campaign_store&&) noexcept = default;
campaign_store& campaign_store::operator=(campaign_store&&) noexcept = default;
campaign_store::~campaign_store() = default;

campaign_store campaign_store::open_for_writing(const std::string& path, wall_clock now) {
    look_at(path);
    auto lock = std::make_unique<writer_lock>(path);
    auto db = std::make_unique<database>(path, database::mode::write);
    if (store_schema::version_of(*db) != 0) {
        refuse_damage(*db);
    }
    db->script(
        "PRAGMA journal_mode = WAL;"
        "PRAGMA synchronous = FULL;"
        "PRAGMA foreign_keys = ON;"
        "PRAGMA journal_size_limit = 8388608;");
    store_schema::migrate(*db, store_schema::version());
    return {std::move(lock), std::move(db), now};
}

campaign_store campaign_store::open_for_reading(const std::string& path) {
    if (!look_at(path)) {
        throw store_error(
            store_problem::missing,
            fmt::format("{}: there is no such store; 'tenthrule campaign run' makes one", path));
    }
    auto db = std::make_unique<database>(path, database::mode::read);
    const int version = store_schema::version_of(*db);
    if (version == 0) {
        throw store_error(store_problem::not_a_store, fmt::format("{}: there is nothing in it yet", path));
    }
    refuse_damage(*db);
    if (version < store_schema::version()) {
        db->copy_to_memory();
        store_schema::migrate(*db, store_schema::version());
    }
    return {nullptr, std::move(db), system_time};
}

const std::string& campaign_store::path() const {
    return db_->path();
}

database& campaign_store::writable() {
    if (lock_ == nullptr) {
        throw store_error(store_problem::refused, fmt::format("{}: it is open for reading only", path()));
    }
    return *db_;
}

std::optional<campaign_facts> campaign_store::facts() const {
    std::optional<campaign_facts> result;
    db_->each("SELECT uuid, name, tool, plan, created FROM campaign", [&result](const row& r) {
        result = campaign_facts{r.text(0), r.text(1), r.text(2), r.text(3), r.integer(4)};
    });
    return result;
}

void campaign_store::set_plan(const std::string& name, const std::string& tool,
                              const std::string& plan_toml) {
    database& db = writable();
    database::transaction change(db);
    db.run(
        "INSERT INTO campaign (id, uuid, name, tool, plan, created) VALUES (1, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET name = excluded.name, tool = excluded.tool, plan = excluded.plan",
        made_up_uuid(), name, tool, plan_toml, now_());
    change.commit();
}

known_as campaign_store::compare_scenario(const scenario_source& source) const {
    known_as result = known_as::added;
    db_->each(
        "SELECT digest FROM scenario WHERE name = ? AND current = 1",
        [&](const row& r) {
            if (result != known_as::same) {
                result = text_forms::digest(r.text(0)) == source.digest ? known_as::same : known_as::edited;
            }
        },
        source.what.name);
    return result;
}

scenario_id campaign_store::add_scenario(const scenario_source& source, edits what_if_edited) {
    database& db = writable();
    const std::string digest = text_forms::of_digest(source.digest);
    const std::string& name = source.what.name;
    if (compare_scenario(source) == known_as::edited && what_if_edited == edits::refuse) {
        throw store_error(
            store_problem::refused,
            fmt::format("{}: the scenario '{}' is another one than the store has results of: it "
                        "was edited since",
                        source.path, name));
    }
    database::transaction change(db);
    db.run("UPDATE scenario SET current = 0 WHERE name = ? AND digest <> ?", name, digest);
    // What the digest does not see may change: the text is kept as it is now.
    db.run(
        "INSERT INTO scenario (name, about, path, digest, text, current) VALUES (?, ?, ?, ?, ?, 1)"
        " ON CONFLICT (name, digest) DO UPDATE SET about = excluded.about, path = excluded.path,"
        " text = excluded.text, current = 1",
        name, source.what.about, source.path, digest, source.text);
    const scenario_id id = db.number("SELECT id FROM scenario WHERE name = ? AND digest = ?", name, digest);
    change.commit();
    return id;
}

subject_id campaign_store::add_subject(scenario_id scenario, const subject_key& key) {
    database& db = writable();
    if (db.number("SELECT count(*) FROM scenario WHERE id = ? AND digest = ?", scenario,
                  text_forms::of_digest(key.digest)) == 0) {
        throw store_error(
            store_problem::refused,
            fmt::format("{}: there is no scenario {} with digest {:016x}", path(), scenario, key.digest));
    }
    const std::string codes = text_forms::of_numbers(key.codes);
    const auto find = [&] {
        return db.number("SELECT id FROM subject WHERE scenario = ? AND selection = ? AND codes = ?",
                         scenario, blob{key.selection}, codes);
    };
    if (const subject_id known = find(); known != 0) {
        return known;
    }
    database::transaction change(db);
    db.run(
        "INSERT INTO subject (scenario, kernel, variation, selection, codes, coverage)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        scenario, key.kernel, key.variation, blob{key.selection}, codes, blob{});
    const subject_id id = find();
    change.commit();
    return id;
}

arm_id campaign_store::add_arm(subject_id subject, std::string_view strategy, std::uint64_t seed) {
    database& db = writable();
    const auto find = [&] {
        return db.number("SELECT id FROM arm WHERE subject = ? AND strategy = ? AND seed = ?", subject,
                         strategy, seed);
    };
    if (const arm_id known = find(); known != 0) {
        return known;
    }
    database::transaction change(db);
    if (db.number("SELECT count(*) FROM subject WHERE id = ?", subject) == 0) {
        throw store_error(store_problem::refused, fmt::format("{}: there is no subject {}", path(), subject));
    }
    db.run(
        "INSERT INTO arm (subject, strategy, seed, done, executions, points, step_bounds, failures, crashes,"
        " hangs, seconds, longest, last_new) VALUES (?, ?, ?, '', 0, 0, 0, 0, 0, 0, 0, 0, 0)",
        subject, strategy, seed);
    const arm_id id = find();
    change.commit();
    return id;
}

std::vector<stored_scenario> campaign_store::scenarios() const {
    std::vector<stored_scenario> list;
    db_->each("SELECT id, name, about, path, digest, text, current FROM scenario ORDER BY id",
              [&list](const row& r) {
                  list.push_back({r.integer(0), r.text(1), r.text(2), r.text(3),
                                  text_forms::digest(r.text(4)), r.text(5), r.yes(6)});
              });
    return list;
}

std::vector<stored_subject> campaign_store::subjects() const {
    std::vector<stored_subject> list;
    db_->each(
        "SELECT subject.id, scenario, name, digest, kernel, variation, selection, codes, coverage"
        " FROM subject JOIN scenario ON scenario.id = scenario ORDER BY subject.id",
        [&list](const row& r) {
            subject_key key{r.text(2), text_forms::digest(r.text(3)), r.text(4), r.text(5),
                            r.text(6), text_forms::numbers(r.text(7))};
            list.push_back({r.integer(0), r.integer(1), std::move(key), r.text(8)});
        });
    return list;
}

// -- Sessions.

void campaign_store::begin_session(unsigned workers) {
    database& db = writable();
    database::transaction change(db);
    const wall_time now = now_();
    db.run(
        "INSERT INTO session (host, pid, workers, started, last_sign, seconds, ended)"
        " VALUES (?, ?, ?, ?, ?, 0.0, '')",
        host_name(), static_cast<std::int64_t>(getpid()), workers, now, now);
    const std::int64_t id = db.last_row();
    change.commit();
    session_ = id;
    session_seconds_ = 0;
}

void campaign_store::set_session_seconds(double seconds) {
    session_seconds_ = std::max(session_seconds_, seconds);
}

// Within a transaction. The wall clock may have gone back; a last sign before the first would puzzle people.
void campaign_store::note_session() {
    if (session_ != 0) {
        db_->run("UPDATE session SET last_sign = max(?, last_sign), seconds = max(?, seconds) WHERE id = ?",
                 now_(), session_seconds_, session_);
    }
}

void campaign_store::end_session(const std::string& how) {
    database& db = writable();
    database::transaction change(db);
    note_session();
    db.run("UPDATE session SET ended = ? WHERE id = ?", how, session_);
    db.run("DELETE FROM worker");
    change.commit();
    session_ = 0;
}

std::vector<stored_session> campaign_store::sessions() const {
    std::vector<stored_session> list;
    db_->each("SELECT id, host, pid, workers, started, last_sign, seconds, ended FROM session ORDER BY id",
              [&list](const row& r) {
                  list.push_back({r.integer(0), r.text(1), r.integer(2), r.small(3), r.integer(4),
                                  r.integer(5), r.real(6), r.text(7)});
              });
    return list;
}

double campaign_store::seconds_spent() const {
    double sum = 0;
    db_->each("SELECT total(seconds) FROM session", [&sum](const row& r) { sum = r.real(0); });
    return sum;
}

void campaign_store::set_workers(std::span<const worker_sign> workers) {
    database& db = writable();
    database::transaction change(db);
    db.run("DELETE FROM worker");
    for (const worker_sign& w : workers) {
        db.run(
            "INSERT INTO worker (number, pid, arm, doing, executions, rate, at, restarts)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            w.number, w.pid, w.arm, w.doing, w.executions, w.rate, w.at, w.restarts);
    }
    note_session();
    change.commit();
}

std::vector<worker_sign> campaign_store::workers() const {
    std::vector<worker_sign> list;
    db_->each("SELECT number, pid, arm, doing, executions, rate, restarts, at FROM worker ORDER BY number",
              [&list](const row& r) {
                  list.push_back({r.small(0), r.integer(1), r.integer(2), r.text(3), r.natural(4), r.real(5),
                                  r.small(6), r.integer(7)});
              });
    return list;
}

void campaign_store::set_canary(const canary_state& canary) {
    database& db = writable();
    database::transaction change(db);
    db.run("INSERT OR REPLACE INTO canary (id, name, found, seconds) VALUES (1, ?, ?, ?)", canary.name,
           canary.found, canary.seconds);
    change.commit();
}

std::optional<canary_state> campaign_store::canary() const {
    std::optional<canary_state> result;
    db_->each("SELECT name, found, seconds FROM canary", [&result](const row& r) {
        result = canary_state{r.text(0), r.yes(1), r.real(2)};
    });
    return result;
}

std::string campaign_store::check() const {
    std::string said;
    db_->each("PRAGMA integrity_check(10)",
              [&said](const row& r) { said += (said.empty() ? "" : "; ") + r.text(0); });
    db_->each("PRAGMA foreign_key_check",
              [&said](const row& r) { said += fmt::format("; a row of {} refers to nothing", r.text(0)); });
    return said;
}

}  // namespace tenthrule
