#pragma once

/// What a verification came to, in words and in JSON.

#include <string>

#include "campaign/scenario_case.hpp"
#include "campaign/verification.hpp"
#include "cli/expectation.hpp"
#include "cli/json_lines.hpp"
#include "cli/terminal.hpp"

namespace tenthrule::cli {

/// "verified: 1,234 executions, all of them", "verified up to bound 2: ...", "not verified: ...": how far the
/// claim goes, and no further.
std::string verdict_words(const verification_outcome& outcome);

/// "34,210 executions, 118k/s, subtree 12 of 80, about 14 % done".
std::string progress_line(const verification_progress& p, bool bounded);

/// The verdict and what it took, in a few lines that end in newlines.
std::string verification_report(const verification_outcome& outcome, const terminal& where);

json verification_json(const std::string& path, const scenario_case& what,
                       const verification_options& options, const verification_outcome& outcome,
                       const comparison& with_expectation);

}  // namespace tenthrule::cli
