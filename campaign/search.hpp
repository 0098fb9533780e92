#pragma once

/// The search for failures of one case: executions under a strategy until something is found, or until
/// there is no time, no budget, or no schedule left.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "scheduler/make_strategy.hpp"
#include "shrink/test_case.hpp"
#include "worker/make_finding.hpp"

namespace tenthrule {

/// Where a search is. Numbers of different moments may be mixed, a few executions apart.
struct search_progress {
    std::uint64_t schedules = 0;  ///< executions so far
    std::uint64_t distinct = 0;   ///< different schedules among them, estimated: see distinct_counter.hpp
    std::uint64_t points = 0;     ///< scheduling points in all of them
    std::uint64_t step_bounds =
        0;                      ///< executions that were given up at the step bound, or not fully explored
    std::uint32_t longest = 0;  ///< points of the longest execution
    bool found = false;
    double seconds = 0;
    double rate = 0;           ///< executions per second, since the last report
    double seconds_left = -1;  ///< until a limit is reached, at this rate; negative: unknown
};

/// `stop` ends the search, and any shrinking.
struct search_options : finding_options {
    std::string strategy{default_strategy};
    std::uint64_t first = 0;                ///< executions to leave out, to go on where a search ended
    std::uint64_t schedules_max = 100'000;  ///< 0: no limit
    std::chrono::nanoseconds time_max{0};   ///< 0: no limit
    std::uint64_t seed = 1;
    unsigned jobs = 1;        ///< OS threads; REQUIRES: at least 1
    bool keep_going = false;  ///< collect failures of different identity, up to the limits
    bool shrink = true;

    /// Called from the calling thread every so often.
    std::function<void(const search_progress&)> on_progress;
    std::chrono::milliseconds progress_interval{200};
    /// Called from the calling thread when a failure is certain, before it is shrunk.
    std::function<void(const finding&)> on_found;
};

enum class search_end : std::uint8_t {
    found,        ///< and not asked to keep going
    schedules,    ///< schedules_max reached
    time,         ///< time_max reached
    complete,     ///< the strategy has no schedule left
    interrupted,  ///< the stop flag
    failed,       ///< see search_outcome::internal_error
};

struct search_outcome {
    /// Not empty: the search cannot be trusted, and why: an execution could not be reproduced from its own
    /// decisions, or the tested program threw something.
    std::string internal_error;

    search_end end = search_end::schedules;
    std::vector<finding> findings;  ///< different identities, in the order of found_at
    std::string strategy;           ///< its canonical name
    unsigned jobs = 1;              ///< that were used: a systematic strategy takes one
    search_progress totals;         ///< rate: the mean

    bool violation() const {
        return !findings.empty();
    }
    /// There is no schedule that was not executed, and none was given up.
    bool complete() const {
        return end == search_end::complete && totals.step_bounds == 0;
    }
};

/// Execution i has the seed execution_seed(seed, i). With several jobs, each has a strategy of its own and
/// every jobs-th execution. The findings are a function of the case and of strategy, seed, jobs, first and
/// schedules_max, unless time or the stop flag ends the search: then they may be fewer.
///
/// REQUIRES: make_strategy knows options.strategy.
search_outcome search(const std::shared_ptr<const test_case>& what, const search_options& options);

}  // namespace tenthrule
