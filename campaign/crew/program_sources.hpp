#pragma once

/// The tests of programs, as sources of a campaign.

#include <chrono>
#include <string>
#include <vector>

#include "campaign/plan/campaign_plan.hpp"
#include "campaign/plan/program_test.hpp"
#include "campaign/plan/subjects.hpp"

namespace tenthrule::crew {

struct tests_or_error {
    std::vector<program_test> tests;  ///< in the program's order; their digests differ
    std::string error;                ///< not empty: why the program has none that a campaign could run
};

/// Runs the program, to ask it which tests it has. It is killed if it takes longer than `patience`. Errors:
/// it does not come to its end, has no tests or two of one digest, or is of another version of tenthrule.
tests_or_error ask_program(const std::string& path,
                           std::chrono::milliseconds patience = std::chrono::minutes(1));

/// Adds the tests of all programs of the plan. Errors: a pattern that fits no program, a program without
/// tests, two tests that a campaign would call by one name, or call as a scenario.
void add_programs(const campaign_plan& plan, sources_or_problems& to);

}  // namespace tenthrule::crew
