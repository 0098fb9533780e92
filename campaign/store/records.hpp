#pragma once

/// What a campaign's store holds, as plain data.

#include <cstdint>
#include <string>
#include <vector>

#include "campaign/plan/subjects.hpp"
#include "worker/results.hpp"

namespace tenthrule {

using scenario_id = std::int64_t;
using subject_id = std::int64_t;
using arm_id = std::int64_t;
using finding_id = std::int64_t;

/// Seconds since 1970, UTC. For people only: nothing is decided by them.
using wall_time = std::int64_t;

struct stored_scenario {
    scenario_id id = 0;
    std::string name;
    std::string about;
    std::string path;  ///< as it was when it was added
    std::uint64_t digest = 0;
    std::string text;
    bool current = true;  ///< false: it was edited since; its results stay, and it is not run any more
};

/// Executions [first, first + count).
struct execution_range {
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    friend bool operator==(const execution_range&, const execution_range&) = default;
};

/// A subject under a strategy with a seed, and what came of it so far. Counters never go back.
struct arm_state {
    arm_id id = 0;
    subject_id subject = 0;
    std::string strategy;
    std::uint64_t seed = 1;
    /// Ascending, neither touching nor overlapping. More than one only if batches were committed out of
    /// order.
    std::vector<execution_range> done;
    std::uint64_t executions = 0;  ///< sum of `done`
    std::uint64_t points = 0;
    std::uint64_t step_bounds = 0;  ///< executions given up at the step bound
    std::uint64_t failures = 0;     ///< executions with a violation
    std::uint64_t crashes = 0;
    std::uint64_t hangs = 0;
    double seconds = 0;          ///< of workers' time
    std::uint32_t longest = 0;   ///< points of the longest execution
    std::uint64_t last_new = 0;  ///< executions that had been done when something new was seen last

    /// The first execution that was not done.
    std::uint64_t next() const {
        return done.empty() || done.front().first != 0 ? 0 : done.front().count;
    }
    /// What is missing below `end`: lost batches, to be done again.
    std::vector<execution_range> gaps(std::uint64_t end) const;
};

struct stored_subject {
    subject_id id = 0;
    scenario_id scenario = 0;
    subject_key key;
    std::string coverage;  ///< see worker/coverage; empty: none yet
};

/// How often a finding occurred in one arm.
struct finding_occurrence {
    arm_id arm = 0;
    std::uint64_t times = 0;
    std::uint64_t first_index = 0;  ///< number of the arm's first execution that had it, from 0
    std::string token;              ///< of that execution
};

/// A failure identity in a scenario.
struct stored_finding {
    finding_id id = 0;
    scenario_id scenario = 0;
    std::string identity;
    std::string rule;
    std::string message;
    std::string crash;  ///< as in failure_seen
    wall_time first_seen = 0;
    std::uint64_t first_seen_executions = 0;  ///< that the campaign had done by then
    double first_seen_seconds = 0;            ///< that it had run by then
    std::uint64_t times = 0;
    std::string token;                            ///< as it was found first
    std::vector<finding_occurrence> occurrences;  ///< ascending by arm
    bool shrunk = false;                          ///< `best` is set
    best_reproducer best;
};

/// A point of the curve of growth.
struct growth_sample {
    double seconds = 0;  ///< that the campaign has run, all sessions together
    std::uint64_t executions = 0;
    std::uint64_t classes = 0;
    std::uint64_t pairs = 0;
    std::uint64_t states = 0;
    std::uint64_t findings = 0;
    friend bool operator==(const growth_sample&, const growth_sample&) = default;
};

/// One run of a coordinator.
struct stored_session {
    std::int64_t id = 0;
    std::string host;
    std::int64_t pid = 0;
    unsigned workers = 0;
    wall_time started = 0;
    wall_time last_sign = 0;  ///< of the last commit
    double seconds = 0;       ///< on the steady clock, as of the last commit
    std::string ended;  ///< "" while it runs, or if it was killed; "budget", "interrupted", "failed", ...
};

/// A worker's last sign of life.
struct worker_sign {
    unsigned number = 0;
    std::int64_t pid = 0;
    arm_id arm = 0;     ///< 0: none
    std::string doing;  ///< "search", "shrink", "idle", "stuck"
    std::uint64_t executions = 0;
    double rate = 0;  ///< executions per second
    std::uint32_t restarts = 0;
    wall_time at = 0;
};

struct canary_state {
    std::string name;
    bool found = false;
    double seconds = 0;  ///< until it was found, or that were spent on it in vain
};

struct campaign_facts {
    std::string uuid;  ///< of the store: sixteen random bytes in hexadecimal
    std::string name;
    std::string tool;  ///< "tenthrule 0.1.0", that made it
    std::string plan;  ///< TOML
    wall_time created = 0;
};

}  // namespace tenthrule
