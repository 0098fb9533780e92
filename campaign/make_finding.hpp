#pragma once

/// From a failing execution of a search to a finding: confirmed, then shrunk.

#include <string>

#include "campaign/finding.hpp"
#include "campaign/search.hpp"
#include "campaign/search_job.hpp"

namespace tenthrule::searching {

/// Executes the decisions once more, with the log on. Not empty: why the execution is not the same one, which
/// is an internal error. `to` is then of no use.
std::string confirm(const std::shared_ptr<const test_case>& what, const raw_finding& raw,
                    const search_options& options, finding& to);

/// Replaces the finding's execution by a shrunk one. Not empty: an internal error; the finding is as before.
std::string shrink_finding(finding& f, const search_options& options);

}  // namespace tenthrule::searching
