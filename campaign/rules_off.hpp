#pragma once

/// Rules that are switched off for one run, besides those that the scenario switches off itself.

#include <string>
#include <string_view>
#include <vector>

#include "scenarios/kernel_name.hpp"
#include "scenarios/scenario.hpp"

namespace tenthrule {

/// Names of rules, each once, in the order of scenarios::all_rules().
using rule_names = std::vector<std::string>;

/// nullptr if there is no rule of that name.
const rule* find_rule(std::string_view name);

/// What is wrong with a name that find_rule does not know.
scenarios::name_problem unknown_rule(std::string_view name);

/// Those of the named rules that are on in `s`. REQUIRES: names of rules, in any order.
rule_names still_on(const scenarios::scenario& s, const std::vector<std::string>& names);

/// `s` as if its file switched these rules off as well. REQUIRES: names of rules.
scenarios::scenario with_rules_off(scenarios::scenario s, const rule_names& names);

}  // namespace tenthrule
