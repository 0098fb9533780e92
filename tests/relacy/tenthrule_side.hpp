#pragma once

/// The programs under the library, with weak memory.

#include <cstdint>
#include <string>
#include <vector>

#include "tests/litmus/litmus.hpp"
#include "tests/relacy/finding.hpp"

namespace tenthrule::comparison {

struct listed_program {
    std::string algorithm;
    std::string variant;
    finding right;  ///< what should be said of it
};
std::vector<listed_program> all_programs();

struct tenthrule_limits {
    std::uint64_t random_executions;  ///< under the default strategy
    std::uint64_t search_executions;  ///< then under dpor
};

/// Throws std::out_of_range if there is no such program.
searched search_on_tenthrule(const std::string& algorithm, const std::string& variant,
                             const tenthrule_limits& limits);

/// What a litmus test comes to in all executions.
test::outcomes litmus_on_tenthrule(const test::litmus& test);

}  // namespace tenthrule::comparison
