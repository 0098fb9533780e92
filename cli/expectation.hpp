#pragma once

/// What a scenario's [expect] says of the kernel it ran on, held against what was found.

#include <span>
#include <string>

#include "campaign/rules_off.hpp"
#include "scenarios/scenario.hpp"
#include "worker/finding.hpp"

namespace tenthrule::cli {

struct comparison {
    bool known = false;  ///< the scenario says something of this kernel, with these rules
    bool met = false;    ///< and it is what happened
    std::string words;   ///< "as expected", "not expected: ..."; empty if the scenario says nothing
};

/// `rules_off`: besides those that the scenario switches off. It says nothing of what happens without them.
comparison compare(const scenarios::scenario& s, std::span<const finding> findings,
                   const rule_names& rules_off = {});

}  // namespace tenthrule::cli
