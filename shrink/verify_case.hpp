#pragma once

/// Every schedule of a test case, for tests that are written against the library: "there is none" instead of
/// "not found". What that means, and how it is done, is in docs/verify.md.
///
///     const verified_case v = verify_case(*what);
///     if (v.failure) { shrink(what, v.decisions); }   // or show it
///     assert(v.verified());

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "runtime/execution.hpp"
#include "shrink/test_case.hpp"

namespace tenthrule {

struct verify_case_options {
    /// Searches with at most 0, 1, 2, ... switches away from a task that could have gone on, up to this many;
    /// nothing: all schedules.
    std::optional<std::uint32_t> bound = std::nullopt;
    std::uint64_t executions_max = 0;  ///< redundant ones included; 0: no limit
    std::uint32_t points_max = 0;      ///< step bound of an execution; 0: that of the case
    /// Ends the search when it becomes true. May be null. Must outlive the call.
    const std::atomic<bool>* stop = nullptr;
};

enum class case_verdict : std::uint8_t {
    verified,     ///< every schedule keeps the rules, within the bound if there is one
    found,        ///< one does not
    cut,          ///< none was found, but some executions did not end by themselves
    executions,   ///< executions_max reached
    interrupted,  ///< the stop flag
    diverged,     ///< the same decisions led elsewhere: the case does not depend on its schedule alone
};

struct verified_case {
    case_verdict verdict = case_verdict::interrupted;
    std::uint64_t executions = 0;  ///< complete ones, under all bounds together
    std::uint64_t redundant = 0;   ///< ended as soon as they could show nothing new
    std::uint64_t cuts = 0;     ///< of the complete ones: ended in a fair continuation or at the step bound
    std::uint32_t longest = 0;  ///< scheduling points in the longest execution
    /// With a bound: the largest one that was searched to its end, if any was.
    std::optional<std::uint32_t> bound_done;
    /// No schedule was left out because of a bound: then a bound is as good as none.
    bool all_of_them = false;
    std::optional<violation> failure;
    schedule decisions;  ///< of the execution with the failure: replays and shrinks it

    bool verified() const {
        return verdict == case_verdict::verified;
    }
};

/// Looks at every schedule of the case, one representative for each class of equivalent ones, until one
/// breaks a rule. Takes one thread; the same case leads to the same result everywhere.
verified_case verify_case(const test_case& what, const verify_case_options& options = {});

/// "verified: 12 executions, all of them": how far the claim goes, in one line.
std::string describe(const verified_case& v);

}  // namespace tenthrule
