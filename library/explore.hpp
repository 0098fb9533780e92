#pragma once

/// Searches the schedules of a test for one in which something goes wrong, makes it as simple as possible,
/// and says how to have it again.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/execution.hpp"
#include "scheduler/make_strategy.hpp"

namespace tenthrule {

/// What atomics do. See docs/memory-model.md.
enum class memory_model : std::uint8_t {
    sequential,  ///< every load gives the last value stored, whatever orders are asked for
    weak,  ///< as C++ has it: a load may give an older value, unless happens-before or seq_cst forbid it
};

struct explore_options {
    /// Names the test in tokens: a token of one test does not fit another. Tests without a name are all
    /// alike.
    std::string name{};
    /// See docs/strategies.md. "dpor" and "exhaustive" try every schedule and then end.
    std::string strategy{default_strategy};
    std::uint64_t executions_max = 10'000;  ///< 0: no limit, for strategies that end by themselves
    std::uint64_t seed = 1;
    std::uint32_t points_max = 10'000;  ///< scheduling points of one execution; see run_options

    bool shrink = true;
    std::uint64_t shrink_executions_max = 50'000;

    /// A token: it is replayed, and nothing is searched. Else that in the environment variable
    /// TENTHRULE_REPLAY, if it is one of this test.
    std::string replay{};

    std::uint32_t spurious_failures_max = 1;  ///< of weak compare-exchanges, in one execution
    bool spurious_wakeups = false;            ///< of condition variables
    std::uint32_t spin_reads = 8;  ///< so many rereads of unchanged values in a row are a waiting loop
    memory_model memory = memory_model::sequential;
    /// Weak memory: after so many reads in a row of one atomic by one thread that did not give the newest
    /// value the next one does.
    std::uint32_t stale_reads_max = 4;
    bool track_allocations = true;  ///< leaks, double frees, uses after free
    rule_set rules{};               ///< those that are off do not end executions

    /// The search runs in a process of its own, so that a crash (a signal, abort, exit) is a finding like any
    /// other. The test must not rely on what it changes outside of itself.
    bool isolate = false;
    /// With `isolate`: an execution that takes longer than this hangs, and that is a finding. 0: no limit.
    std::uint32_t hang_seconds = 10;
};

/// What was found: a failing execution, shrunk if that was asked for.
struct test_failure {
    std::string rule;               ///< "data-race"
    std::string message;            ///< what went wrong, in one or two sentences
    std::string identity;           ///< equal for failures that are the same bug
    std::string trace;              ///< the execution, a line for each step
    std::string token;              ///< replays it
    std::uint64_t found_at = 0;     ///< number of the execution that had it first, from 1; 0: it was replayed
    std::uint32_t points = 0;       ///< its length in scheduling points
    std::uint32_t preemptions = 0;  ///< switches away from a thread that could have gone on
    bool shrunk = false;
    bool minimal = false;  ///< no schedule with fewer such switches fails like this
};

enum class exploration_end : std::uint8_t {
    passed,      ///< nothing found in as many executions as were asked for
    verified,    ///< nothing found in any schedule
    failed,      ///< see exploration::failure
    diverged,    ///< a replay did not go the way that was recorded: see exploration::error
    bad_input,   ///< an unknown strategy, a damaged token: see exploration::error
    not_a_test,  ///< executions differ though their schedules do not: see exploration::error
};

struct exploration {
    exploration_end end = exploration_end::passed;
    std::uint64_t executions = 0;
    std::uint64_t points = 0;          ///< scheduling points in all of them
    std::uint64_t step_bounds = 0;     ///< executions that were given up at points_max
    std::uint64_t assumed_away = 0;    ///< executions that ended at an assume()
    std::string strategy;              ///< in its canonical form
    test_failure failure;              ///< if end == failed
    std::string error;                 ///< why there is no other result
    std::vector<std::string> remarks;  ///< what a reader of the result should know

    bool ok() const {
        return end == exploration_end::passed || end == exploration_end::verified;
    }
    /// The whole result in words, with the trace, the token and how to replay it.
    std::string report() const;
};

/// Executes `test` again and again. It is run in a thread of its own, each time from its beginning; what it
/// uses has to be made in it, or be global and of the library's types, and must depend on the schedule only.
/// In a program that a campaign has started (docs/campaigns.md) nothing is searched here: the campaign does.
/// Throws nothing but std::bad_alloc. Not to be called from a test.
exploration explore(const std::function<void()>& test, const explore_options& options = {});

}  // namespace tenthrule
