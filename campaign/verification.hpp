#pragma once

/// The search that leaves nothing out: every schedule of a case, up to the order of independent steps, or
/// every schedule with few switches.
///
/// The tree of schedules is cut behind its first choices, at the same places however many threads work on it;
/// each subtree is explored by one of them. So all counts, and the failure that is found, are those of one
/// thread, as long as nothing but the end of the search ends it.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "shrink/test_case.hpp"
#include "worker/finding.hpp"

namespace tenthrule {

struct verification_progress {
    std::uint64_t executions = 0;  ///< complete ones
    std::uint64_t redundant = 0;   ///< ended as soon as they could show nothing new
    std::uint64_t cuts = 0;  ///< of the complete ones: ended in a fair continuation or at the step bound
    std::uint64_t points = 0;
    std::uint32_t longest = 0;
    std::uint32_t bound = 0;     ///< that is being searched; of no meaning without a bound
    std::uint64_t subtrees = 0;  ///< in all
    std::uint64_t subtrees_done = 0;
    /// The share that is done, from 0 to 1: the mean of all subtrees' (Knuth, "Estimating the Efficiency of
    /// Backtrack Programs", 1975). Subtrees differ in size, and what has yet to be found out is not in it.
    double share = 0;
    double seconds = 0;
};

struct verification_options {
    /// Searches with at most 0, 1, 2, ... switches away from a task that could have gone on, up to this many;
    /// nothing: all schedules.
    std::optional<std::uint32_t> bound;
    /// Before everything, so many executions of the default strategy with seed 1: where there is a violation
    /// it is likely to be found at once, while an exhaustive search may have to go a long way to it. Not with
    /// a bound, and not when going on.
    std::uint64_t quick_look = 20'000;
    std::uint64_t executions_max = 0;      ///< redundant ones included; 0: no limit
    std::chrono::nanoseconds time_max{0};  ///< 0: no limit
    unsigned jobs = 1;                     ///< OS threads; REQUIRES: at least 1
    std::uint32_t points_max = 0;          ///< step bound; 0: that of the case
    std::string selection;                 ///< what tokens carry besides the case
    bool shrink = true;
    std::string resume;  ///< file that an earlier verification has written; empty: begin at the beginning
    std::string save;  ///< file for what is done so far, written when the search ends early and now and then

    /// Ends the search, and any shrinking, when it becomes true. May be null. Must outlive the call.
    const std::atomic<bool>* stop = nullptr;
    /// Called from the calling thread every so often.
    std::function<void(const verification_progress&)> on_progress;
    std::chrono::milliseconds progress_interval{200};
    /// Called from the calling thread when a failure is certain, before it is shrunk.
    std::function<void(const finding&)> on_found;
};

enum class verification_end : std::uint8_t {
    verified,     ///< everything was explored, within the bound if there is one
    found,        ///< a violation
    cut,          ///< everything was explored but what lies behind a fair continuation or the step bound
    executions,   ///< executions_max reached
    time,         ///< time_max reached
    interrupted,  ///< the stop flag
    failed,       ///< see verification_outcome::internal_error
};

struct verification_outcome {
    std::string internal_error;  ///< not empty: the result cannot be trusted, and why
    std::string input_error;     ///< not empty: nothing was done, because `resume` or `save` is of no use
    verification_end end = verification_end::failed;
    verification_progress totals;
    /// With a bound: the largest one that was searched to its end without a violation, if any was.
    std::optional<std::uint32_t> bound_done;
    /// Of the search with that one; 0: it was done before going on.
    std::uint64_t bound_executions = 0;
    /// No schedule was left out because of a bound: then a bound that was reached is as good as none.
    bool all_of_them = false;
    std::optional<finding> failure;
    std::string found_by;  ///< "pct:depth=3, seed 1", "verify": whose execution it was

    bool verified() const {
        return end == verification_end::verified;
    }
};

verification_outcome verify(const std::shared_ptr<const test_case>& what,
                            const verification_options& options);

}  // namespace tenthrule
