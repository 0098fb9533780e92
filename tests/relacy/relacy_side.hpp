#pragma once

/// The programs under Relacy, seen by one source file only: its headers redefine words of the language, and
/// bring allocation functions for the whole program.

#include <cstdint>
#include <string>
#include <vector>

#include "tests/litmus/litmus.hpp"
#include "tests/relacy/finding.hpp"

namespace tenthrule::comparison {

struct relacy_limits {
    std::uint64_t random_executions;  ///< under its random scheduler
    std::uint64_t search_executions;  ///< then under its full search
};

/// What Relacy says of a program: see list_programs. Throws std::out_of_range if there is no such program.
searched search_on_relacy(const std::string& algorithm, const std::string& variant,
                          const relacy_limits& limits);

/// What a litmus test comes to in executions of both kinds; at most 4 threads.
test::outcomes litmus_on_relacy(const test::litmus& test, const relacy_limits& limits);

}  // namespace tenthrule::comparison
