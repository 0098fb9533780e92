#pragma once

/// Which scenario a schedule belongs to, in 64 bits.

#include <cstdint>

#include "scenarios/scenario.hpp"

namespace tenthrule::scenarios {

/// Over everything that determines what a schedule of the scenario means, and nothing else: not the file's
/// name, `name`, `about`, `origin`, `expect`, `explore` or names of steps. The same on every machine and
/// in every release; that of a file that was written from a scenario is that of the scenario.
std::uint64_t digest(const scenario& s);

/// The same without the kernel's version and patches: finds the file of a scenario that was run on another
/// kernel than the file names.
std::uint64_t digest_on_any_kernel(const scenario& s);

}  // namespace tenthrule::scenarios
