#include "campaign/store/schema.hpp"

#include <array>

#include <fmt/format.h>

namespace tenthrule::store_schema {

namespace {

// Digests are sixteen hexadecimal digits. Seeds and counters are 64 bits; those above 2^63 show as negative
// numbers in other tools.
constexpr const char* version_1 = R"sql(
CREATE TABLE campaign (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    uuid    TEXT NOT NULL,
    name    TEXT NOT NULL,
    tool    TEXT NOT NULL,
    plan    TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;
CREATE TABLE scenario (
    id      INTEGER PRIMARY KEY,
    name    TEXT NOT NULL,
    about   TEXT NOT NULL,
    path    TEXT NOT NULL,
    digest  TEXT NOT NULL,
    text    TEXT NOT NULL,
    current INTEGER NOT NULL,
    UNIQUE (name, digest)
) STRICT;
CREATE TABLE subject (
    id        INTEGER PRIMARY KEY,
    scenario  INTEGER NOT NULL REFERENCES scenario (id),
    kernel    TEXT NOT NULL,
    variation TEXT NOT NULL,
    selection BLOB NOT NULL,
    codes     TEXT NOT NULL,
    coverage  BLOB NOT NULL,
    UNIQUE (scenario, selection, codes)
) STRICT;
CREATE TABLE arm (
    id          INTEGER PRIMARY KEY,
    subject     INTEGER NOT NULL REFERENCES subject (id),
    strategy    TEXT NOT NULL,
    seed        INTEGER NOT NULL,
    done        TEXT NOT NULL,
    executions  INTEGER NOT NULL,
    points      INTEGER NOT NULL,
    step_bounds INTEGER NOT NULL,
    failures    INTEGER NOT NULL,
    crashes     INTEGER NOT NULL,
    hangs       INTEGER NOT NULL,
    seconds     REAL NOT NULL,
    longest     INTEGER NOT NULL,
    last_new    INTEGER NOT NULL,
    UNIQUE (subject, strategy, seed)
) STRICT;
CREATE TABLE finding (
    id                    INTEGER PRIMARY KEY,
    scenario              INTEGER NOT NULL REFERENCES scenario (id),
    identity              TEXT NOT NULL,
    rule                  TEXT NOT NULL,
    message               TEXT NOT NULL,
    crash                 TEXT NOT NULL,
    first_seen            INTEGER NOT NULL,
    first_seen_executions INTEGER NOT NULL,
    first_seen_seconds    REAL NOT NULL,
    token                 TEXT NOT NULL,
    UNIQUE (scenario, identity)
) STRICT;
CREATE TABLE occurrence (
    finding     INTEGER NOT NULL REFERENCES finding (id),
    arm         INTEGER NOT NULL REFERENCES arm (id),
    times       INTEGER NOT NULL,
    first_index INTEGER NOT NULL,
    token       TEXT NOT NULL,
    PRIMARY KEY (finding, arm)
) STRICT, WITHOUT ROWID;
CREATE TABLE reproducer (
    finding           INTEGER PRIMARY KEY REFERENCES finding (id),
    weight            TEXT NOT NULL,
    size              TEXT NOT NULL,
    original          TEXT NOT NULL,
    token             TEXT NOT NULL,
    text              TEXT NOT NULL,
    message           TEXT NOT NULL,
    certified         INTEGER NOT NULL,
    certified_because TEXT NOT NULL,
    shrink_executions INTEGER NOT NULL,
    complete          INTEGER NOT NULL
) STRICT;
CREATE TABLE growth (
    id         INTEGER PRIMARY KEY,
    seconds    REAL NOT NULL,
    executions INTEGER NOT NULL,
    classes    INTEGER NOT NULL,
    pairs      INTEGER NOT NULL,
    states     INTEGER NOT NULL,
    findings   INTEGER NOT NULL
) STRICT;
CREATE TABLE session (
    id        INTEGER PRIMARY KEY,
    host      TEXT NOT NULL,
    pid       INTEGER NOT NULL,
    workers   INTEGER NOT NULL,
    started   INTEGER NOT NULL,
    last_sign INTEGER NOT NULL,
    seconds   REAL NOT NULL,
    ended     TEXT NOT NULL
) STRICT;
CREATE TABLE worker (
    number     INTEGER PRIMARY KEY,
    pid        INTEGER NOT NULL,
    arm        INTEGER NOT NULL,
    doing      TEXT NOT NULL,
    executions INTEGER NOT NULL,
    rate       REAL NOT NULL,
    at         INTEGER NOT NULL
) STRICT;
)sql";

constexpr const char* version_2 = R"sql(
CREATE TABLE canary (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    name    TEXT NOT NULL,
    found   INTEGER NOT NULL,
    seconds REAL NOT NULL
) STRICT;
ALTER TABLE worker ADD COLUMN restarts INTEGER NOT NULL DEFAULT 0;
)sql";

/// Step i leads from version i to version i + 1. Never change one that was released; append.
constexpr std::array steps{version_1, version_2};

}  // namespace

int version() {
    return static_cast<int>(steps.size());
}

int version_of(database& db) {
    const std::int64_t application = db.number("PRAGMA application_id");
    const std::int64_t stored = db.number("PRAGMA user_version");
    const std::int64_t tables = db.number("SELECT count(*) FROM sqlite_master");
    if (application == 0 && stored == 0 && tables == 0) {
        return 0;
    }
    if (application != application_id || stored < 1) {
        throw store_error(store_problem::not_a_store,
                          fmt::format("{}: this is a database, but no store of a campaign", db.path()));
    }
    if (stored > version()) {
        throw store_error(
            store_problem::newer,
            fmt::format("{}: its format is version {}, and this program knows those up to {}; a "
                        "later version of the program has written it",
                        db.path(), stored, version()));
    }
    return static_cast<int>(stored);
}

void migrate(database& db, int to) {
    for (int at = version_of(db); at < to; ++at) {
        database::transaction change(db);
        db.script(steps[static_cast<std::size_t>(at)]);
        db.script(fmt::format("PRAGMA application_id = {}", application_id).c_str());
        db.script(fmt::format("PRAGMA user_version = {}", at + 1).c_str());
        change.commit();
    }
}

}  // namespace tenthrule::store_schema
