#pragma once

/// From a scenario back to a file.

#include <string>

#include "scenarios/scenario.hpp"

namespace tenthrule::scenarios {

/// The whole scenario as a TOML file that a person can read and edit. Loading it gives a scenario with the
/// same digest; tasks, arrivals and signals that were dropped appear as such, because they keep their
/// numbers, whereas dropped steps and futexes are gone.
/// REQUIRES: is_valid(s).
std::string to_toml(const scenario& s);

}  // namespace tenthrule::scenarios
