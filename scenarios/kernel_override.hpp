#pragma once

/// Another kernel for a scenario than the one its file names: what --kernel, --with and --without ask for.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "scenarios/kernel_name.hpp"
#include "scenarios/scenario.hpp"

namespace tenthrule::scenarios {

struct kernel_override {
    std::optional<scenario> value;
    name_problem problem;  ///< if there is no value
};

/// `s` on another version, with and without single patches (commit ids or titles). An empty `version` keeps
/// the scenario's own; another one drops the single patches of the file, which belong to that file's version.
kernel_override with_kernel(const scenario& s, std::string_view version, std::span<const std::string> with,
                            std::span<const std::string> without);

/// `s` on the kernel that one of its expectations is about; the preemption model stays.
scenario with_kernel(const scenario& s, const expectation& e);

}  // namespace tenthrule::scenarios
