#pragma once

/// One execution with everything that can be known about it afterwards.

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/execution.hpp"
#include "shrink/test_case.hpp"

namespace tenthrule {

struct logged_run {
    run_result result;               ///< with the log
    std::uint64_t trace_digest = 0;  ///< of the log
    std::vector<std::string> names;  ///< by actor: tasks, and whatever happened as an event

    /// "outside" for no_actor.
    const std::string& name(actor a) const;
};

/// Executes the case once under a strategy, with the log on. `points_max` 0: the bound of the case.
logged_run run_logged(const test_case& what, strategy& how, std::uint32_t points_max = 0,
                      std::uint64_t seed = 0);
/// The same with a program of the caller's own in place of the case's: one that looks on, say. The execution
/// is over when this returns, and so is whatever the program had in its arena.
logged_run run_logged(const test_case& what, program& instance, strategy& how, std::uint32_t points_max = 0,
                      std::uint64_t seed = 0);

}  // namespace tenthrule
