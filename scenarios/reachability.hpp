#pragma once

/// Steps that no execution can reach, and conditions that can never hold.

#include <string>
#include <string_view>
#include <vector>

#include "scenarios/scenario.hpp"

namespace tenthrule::scenarios {

struct unreachable {
    unsigned step = 0;
    std::string_view key;  ///< of the step: "if", "while", "until"; empty: the step itself
    std::string message;
};

/// Goes through the steps of task `t` once, with the set of all results that the last step carried out may
/// have had. Results are taken from `returns`, or from all that the operation can return where the rule
/// unexpected-error is off.
std::vector<unreachable> find_unreachable(const scenario& s, unsigned t);

}  // namespace tenthrule::scenarios
