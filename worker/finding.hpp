#pragma once

/// Everything about one failure that a search has found.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "shrink/shrink.hpp"

namespace tenthrule {

/// How big an execution and its case are.
struct execution_figures {
    std::uint32_t tasks = 0;
    std::uint32_t steps = 0;  ///< operations in all tasks of the case
    std::uint32_t points = 0;
    std::uint32_t switches = 0;
    std::uint32_t preemptions = 0;
    std::uint32_t events = 0;
    std::uint32_t interleavings = 0;
};

execution_figures figures_of(const failing_execution& e);

struct finding {
    violation failure;           ///< of the shrunk execution
    std::uint64_t found_at = 0;  ///< number of the execution that had it first, from 1
    std::uint64_t times = 0;     ///< executions of the search that had it

    execution_figures original;
    execution_figures shrunk;    ///< equal to `original` if nothing was shrunk
    std::string original_token;  ///< of the execution as it was found
    std::string token;           ///< of the shrunk one
    std::uint64_t trace_digest = 0;

    std::shared_ptr<const test_case> of;  ///< the shrunk case
    schedule decisions;                   ///< the shrunk schedule
    logged_run run;                       ///< the shrunk execution
    std::uint32_t points_max = 0;         ///< step bound of the search; 0: that of the case

    std::uint64_t shrink_executions = 0;  ///< 0: not shrunk
    bool shrink_budget_used_up = false;
    std::vector<shrinking::pass_report> shrink_passes;
    std::vector<failure_met> others;  ///< other failures met while shrinking
    bool certified = false;           ///< see shrink_result
    std::string certified_because;
    std::uint64_t certify_executions = 0;
    explanation why;

    std::string reproducer;  ///< path of the file, once it has been written
};

}  // namespace tenthrule
