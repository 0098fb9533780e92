#pragma once

/// Searches, findings and replays as programs read them.

#include "campaign/rules_off.hpp"
#include "campaign/scenario_case.hpp"
#include "campaign/search.hpp"
#include "cli/expectation.hpp"
#include "cli/json_lines.hpp"
#include "scenarios/scenario.hpp"

namespace tenthrule::cli {

/// "0f3a..." : sixteen hexadecimal digits.
std::string hexadecimal(std::uint64_t digest);

/// rule, message, found_at, original, shrunk, token and so on.
json finding_json(const finding& f);

/// One scenario's line of `fuzz --json`. The first finding's keys stand beside those of the search, further
/// ones in `further`.
json search_json(const std::string& path, const scenario_case& what, const search_options& options,
                 const search_outcome& outcome, const comparison& with_expectation);

/// scenario, name, kernel, with, without, rules_off.
json subject_json(const std::string& path, const scenarios::scenario& s, const rule_names& rules_off);

/// The whole log, event by event.
json events_json(const logged_run& run);

}  // namespace tenthrule::cli
