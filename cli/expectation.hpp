#pragma once

/// What a scenario's [expect] says of the kernel it ran on, held against what was found.

#include <span>
#include <string>

#include "campaign/finding.hpp"
#include "scenarios/scenario.hpp"

namespace tenthrule::cli {

struct comparison {
    bool known = false;  ///< the scenario says something of this kernel
    bool met = false;    ///< and it is what happened
    std::string words;   ///< "as expected", "not expected: ..."; empty if nothing is known
};

comparison compare(const scenarios::scenario& s, std::span<const finding> findings);

}  // namespace tenthrule::cli
