#pragma once

/// What a search did, in words: above all when it found nothing.

#include <optional>
#include <string>

#include "campaign/scenario_case.hpp"
#include "campaign/search.hpp"
#include "cli/miss_bound.hpp"
#include "cli/terminal.hpp"
#include "scenarios/scenario.hpp"

namespace tenthrule::cli {

/// What is about to be searched: everything that is needed to do it again, before anything can go wrong.
/// "v4.14, 2 CPUs, pct:depth=3, seed 1, up to 100,000 executions".
std::string search_parameters(const scenario_case& what, const search_options& options);

/// "pct:depth=3, seed 1".
std::string strategy_words(const search_options& options, const search_outcome& outcome);

/// "34,210 executions, 118k/s, about 33,900 schedules, longest 143 points, 0:04 left".
std::string progress_line(const search_progress& p);

/// What the strategy guarantees for the search; nothing if it gives no bound.
std::optional<miss_bound> search_bound(const scenarios::scenario& s, const search_outcome& outcome);

/// How much was searched and what that means, in a few lines that end in newlines.
std::string search_report(const scenarios::scenario& s, const search_options& options,
                          const search_outcome& outcome, const terminal& where);

/// The same in a few words, for one line of many.
std::string search_summary(const scenarios::scenario& s, const search_outcome& outcome);

}  // namespace tenthrule::cli
