#pragma once

/// Scenario files as they are named on the command line.

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "cli/console.hpp"
#include "scenarios/load.hpp"

namespace tenthrule::cli {

struct scenario_file {
    std::string path;
    scenarios::load_result loaded;
};

/// Folders stand for the *.toml files in and below them, in order of their names, reproducers left out.
/// Throws input_error if there is no such file or folder, or no scenario in it.
std::vector<std::string> expand_paths(const std::vector<std::string>& paths);

/// Reads each of them; whatever is wrong is in the results. Throws input_error as `expand_paths`.
std::vector<scenario_file> load_scenarios(const std::vector<std::string>& paths);

/// Shows the diagnostics of all files. True if there is an error among them.
bool report_diagnostics(console& to, const std::vector<scenario_file>& files);

}  // namespace tenthrule::cli
