#pragma once

/// From a failing execution of a search to a finding: confirmed, then shrunk.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "worker/finding.hpp"

namespace tenthrule {

/// What has to be known of a search to make findings of its failures.
struct finding_options {
    std::uint32_t points_max = 0;  ///< step bound; 0: that of the case
    std::string selection;         ///< what tokens carry besides the case; see token.hpp
    std::uint64_t shrink_executions_max = shrink_options{}.executions_max;
    /// Ends shrinking when it becomes true. May be null. Must outlive the calls.
    const std::atomic<bool>* stop = nullptr;
};

namespace searching {

/// A failing execution, as it was found.
struct raw_finding {
    std::uint64_t index = 0;  ///< of the first execution with this identity, from 0
    std::uint64_t times = 1;
    run_result result;
};

/// Executes the decisions once more, with the log on. Not empty: why the execution is not the same one, which
/// is an internal error. `to` is then of no use.
std::string confirm(const std::shared_ptr<const test_case>& what, const raw_finding& raw,
                    const finding_options& options, finding& to);

/// Replaces the finding's execution by a shrunk one. Not empty: an internal error; the finding is as before.
std::string shrink_finding(finding& f, const finding_options& options);

}  // namespace searching

}  // namespace tenthrule
