#pragma once

/// Replaying: the same schedule once more, and if it does not lead to the same execution, at which step it
/// went another way.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "shrink/logged_run.hpp"
#include "shrink/token.hpp"

namespace tenthrule {

/// What is known of the execution that is to happen again. All but the schedule is optional.
struct recorded_execution {
    schedule decisions;
    std::optional<std::uint32_t> points_max;
    std::vector<std::uint8_t> fingerprint;      ///< empty: unknown
    std::optional<std::uint32_t> trace_digest;  ///< the lower half
    std::string identity;                       ///< of its failure; empty: unknown
    const logged_run* original = nullptr;       ///< the execution itself, if it can be had
};

recorded_execution recorded_in(const token& t);

/// The first difference between what was recorded and what happened.
struct divergence {
    /// Scheduling point at which it happened, as events are numbered. 0: none in particular.
    std::uint32_t step = 0;
    /// A fingerprint has four bits for each step, so it may overlook a difference (one in sixteen): then the
    /// step named is a later one.
    bool exact = true;
    std::string expected;  ///< in words; empty: unknown
    std::string actual;
    std::string message;  ///< all of it in one sentence
};

struct replay_report {
    logged_run run;
    std::optional<divergence> diverged;  ///< nothing: it is the same execution
};

/// "the execution ends without a violation"
std::string ending_in_words(const run_result& r);

/// Executes the schedule strictly. Never fails: whatever happens is compared with what was recorded.
replay_report check_replay(const test_case& of, const recorded_execution& expected);

}  // namespace tenthrule
