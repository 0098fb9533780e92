#pragma once

/// From a failing schedule to the smallest thing that still fails in the same way.
///
/// Shrinking is deterministic: it counts executions and looks at no clock, so the same failure has the same
/// reproducer on every machine. The order of simplicity is in shrink/order.hpp, the passes in
/// shrink/passes/.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/execution.hpp"
#include "shrink/logged_run.hpp"
#include "shrink/order.hpp"
#include "shrink/passes/passes.hpp"
#include "shrink/test_case.hpp"
#include "shrink/why.hpp"

namespace tenthrule {

struct shrink_options {
    std::uint64_t executions_max = 200'000;
    std::uint32_t points_max = 0;  ///< step bound of executions; 0: that of the case
    /// For the search that certifies the result, besides those of shrinking; 0: it is not certified.
    std::uint64_t certify_executions_max = 200'000;
    /// When it becomes true, shrinking ends with what it has. May be null. Must outlive the call.
    const std::atomic<bool>* stop = nullptr;
};

/// A failing execution, and what it takes to have it again.
struct failing_execution {
    std::shared_ptr<const test_case> of;
    schedule decisions;
    run_statistics statistics;
    case_size size;
};

/// Another failure that was met while shrinking.
struct failure_met {
    violation failure;
    failing_execution smallest;  ///< the smallest execution met that has it
    std::uint64_t times = 0;
};

struct shrink_result {
    /// Not empty: nothing was shrunk, and why. Either the given schedule does not fail (then `run` is what it
    /// does), or the result could not be reproduced, which is a mistake of this program or of a test that
    /// is not deterministic.
    std::string error;

    failing_execution original;
    failing_execution shrunk;
    logged_run run;  ///< the shrunk execution

    std::uint64_t executions = 0;
    bool budget_used_up = false;  ///< it might be possible to get further
    std::vector<failure_met> others;
    std::vector<shrinking::pass_report> passes;

    /// Whether no schedule with fewer switches or events has the failure (see shrink/certify.hpp), and what
    /// exactly that says; or why it is not known.
    bool certified = false;
    std::string certified_because;
    std::uint64_t certify_executions = 0;
    explanation why;
};

/// Shrinks the failure that `failing` leads to in `original`.
/// REQUIRES: `failing` is the decisions of an execution of `original`.
shrink_result shrink(const std::shared_ptr<const test_case>& original, const schedule& failing,
                     const shrink_options& options = {});

}  // namespace tenthrule
