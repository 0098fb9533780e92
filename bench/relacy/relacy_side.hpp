#pragma once

/// The programs of the comparison on Relacy's side. Its headers redefine words of the language, so they are
/// seen by one file only.

#include <cstdint>

namespace tenthrule::comparison {

/// Runs so many executions of a program under Relacy's random scheduler; throws if it reports a failure.
void run_on_relacy(const char* program, std::uint64_t executions);

/// The distinct orders of the 2 x 10 operations of "fadd" in so many executions.
std::uint64_t distinct_on_relacy(std::uint64_t executions);

}  // namespace tenthrule::comparison
