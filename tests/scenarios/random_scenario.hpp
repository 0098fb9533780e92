#pragma once

/// Valid scenarios made up from a seed, for properties that hold for all of them.

#include <cstdint>

#include "scenarios/scenario.hpp"

namespace tenthrule::scenarios::testing {

/// Uses every operation, argument and condition sooner or later.
scenario random_scenario(std::uint64_t seed);

}  // namespace tenthrule::scenarios::testing
