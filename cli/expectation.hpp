#pragma once

/// What a scenario's [expect] says of the kernel it ran on, held against what was found.

#include <span>
#include <string>

#include "campaign/scenario_case.hpp"
#include "worker/finding.hpp"

namespace tenthrule::cli {

struct comparison {
    bool known = false;  ///< the scenario says something of this kernel, with these rules
    bool met = false;    ///< and it is what happened
    std::string words;   ///< "as expected", "not expected: ..."; empty if the scenario says nothing
};

/// It says nothing of what happens without rules that the scenario does not switch off itself, or on another
/// machine.
comparison compare(const scenario_case& what, std::span<const finding> findings);
/// `as_written`: with its rules, on its machine.
comparison compare(const scenarios::scenario& s, std::span<const finding> findings, bool as_written = true);

}  // namespace tenthrule::cli
