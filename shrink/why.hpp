#pragma once

/// Why a schedule fails: what happens without each of the things that it decides, and which of the things
/// that it leaves to the default could as well be otherwise.

#include <cstdint>
#include <string>
#include <vector>

#include "shrink/attempts.hpp"

namespace tenthrule {

/// One deviation from the default.
struct counterfactual {
    std::uint32_t choice = 0;  ///< as in the schedule
    std::uint32_t point = 0;   ///< scheduling point at which it is taken
    std::uint8_t value = 0;
    bool survives =
        false;  ///< without it, and with all others where they still fit, it fails in the same way
};

struct explanation {
    std::vector<counterfactual> deviations;  ///< in the order of the schedule
    /// Of the choices that the schedule leaves to the default: how many there are, and how many could go any
    /// other way, one at a time, with the same failure.
    std::uint32_t defaults = 0;
    std::uint32_t free_defaults = 0;
    std::uint64_t executions = 0;
};

namespace shrinking {

/// Counterfactual executions of a shrunk one, at most `executions_max`; those that were not made count as if
/// they had not failed.
explanation explain(const candidate& what, const std::string& identity, std::uint64_t executions_max);

}  // namespace shrinking

}  // namespace tenthrule
