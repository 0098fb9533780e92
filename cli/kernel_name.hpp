#pragma once

#include <string>

#include "campaign/kernel_words.hpp"
#include "campaign/rules_off.hpp"
#include "campaign/scenario_case.hpp"
#include "scenarios/scenario.hpp"

namespace tenthrule::cli {

using tenthrule::commits;

/// "v4.14", "v4.14 with c1e2f0eaf015 without 34b1a1ce1458, preempt = rt, rule owner-on-return off".
std::string kernel_name(const scenarios::kernel_choice& k, const rule_names& rules_off = {});

/// "a CPU for every task", "1 CPU", "2 CPUs".
std::string machine_name(unsigned cpus);

/// The kernel that a case runs on, and the machine where it is another one than the scenario's own: "golden,
/// a CPU for every task". REQUIRES: nothing but the machine was taken away from the scenario.
std::string where_it_runs(const scenario_case& what);

}  // namespace tenthrule::cli
