#pragma once

/// What may be varied in a scenario (its [vary] table), and variations drawn from it.
///
/// A variation is another kernel and a list of codes of reductions.hpp, which scenario_case::reduced takes as
/// it takes what shrinking does: so a token of a varied scenario carries the variation, whatever becomes of
/// the [vary] table.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/scenario.hpp"

namespace tenthrule::scenarios {

struct variation {
    kernel_choice kernel;
    std::vector<std::uint32_t> codes;
    std::string
        about;  ///< in words, the kernel left out: "2 CPUs, waiter at priority 5"; equal for equal codes
};

/// Whether the scenario has anything that may vary.
bool can_vary(const scenario& s);

/// Draws for each thing that may vary one of its choices or what is written. The same number gives the same
/// variation on every machine and in every release. Nothing if the drawn choices do not go together. May be
/// the scenario as written; different numbers may give equal ones.
std::optional<variation> draw_variation(const scenario& s, std::uint64_t number);

/// `s` on the variation's kernel, with its codes applied. Nothing if they do not apply to `s`.
std::optional<scenario> with_variation(const scenario& s, const variation& v);

}  // namespace tenthrule::scenarios
