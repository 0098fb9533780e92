#pragma once

/// A kernel as people name it:
///
///     v5.15                         a version
///     v5.15 without 9f5d1c336a10    and any number of " with PATCH" and " without PATCH"
///
/// Patches are commit ids or titles, as kernel::find_patch takes them.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/scenario.hpp"

namespace tenthrule::scenarios {

struct name_problem {
    std::string message;  ///< "what was found; what was expected"; empty: no problem
    std::string nearest;  ///< the valid name that was probably meant; may be empty
};

name_problem unknown_version(std::string_view name);
name_problem unknown_patch(std::string_view name);
/// The same patch is to be there and not to be there.
name_problem contradictory_patch(const kernel::patch_info& p);

struct kernel_or_problem {
    std::optional<kernel_choice> value;  ///< of no preemption model in particular
    name_problem problem;                ///< if there is no value
};

kernel_or_problem parse_kernel_name(std::string_view text);

/// A patch that changes nothing: the version has it already, or is to lose it and has it not.
struct idle_patch {
    bool added = false;
    std::string message;  ///< "c1e2f0eaf015 is part of v4.15 already"
};

std::vector<idle_patch> idle_patches(const kernel_choice& k);

}  // namespace tenthrule::scenarios
