#pragma once

/// Finds the scenario that a token belongs to.

#include <optional>
#include <string>
#include <vector>

#include "campaign/rules_off.hpp"
#include "scenarios/scenario.hpp"
#include "shrink/token.hpp"

namespace tenthrule {

struct places_to_look {
    /// A file or a folder that the user named; empty: none. Nothing else is then looked at.
    std::string named;
    /// Searched with everything in them, as far as that is reasonable: see folder_limits.
    std::vector<std::string> folders;
};

struct folder_limits {
    unsigned depth_max = 6;         ///< folders in each other
    std::size_t files_max = 2'000;  ///< files whose name ends in .toml
};

/// The current folder, then the shipped scenarios: those of the source tree this program was built from, or
/// of the installation it belongs to, wherever that has been moved.
std::vector<std::string> usual_folders();

struct found_scenario {
    /// The scenario on the kernel that the token names. Nothing: see error.
    std::optional<scenarios::scenario> value;
    rule_names rules_off;  ///< that the token names besides those of the file
    std::string file;
    /// False: the file that the user named has another digest, so it was edited, or is another scenario.
    bool exact = true;
    std::string error;  ///< what is missing, and where it was looked for
};

found_scenario find_scenario(const token& t, const places_to_look& where, const folder_limits& limits = {});

}  // namespace tenthrule
