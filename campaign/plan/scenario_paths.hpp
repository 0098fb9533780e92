#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tenthrule {

/// Whether the pattern is a glob rather than the name of a file or folder.
bool is_glob(std::string_view pattern);

/// The files that a pattern stands for, in the order of their names: itself if it is a file; all *.toml files
/// in and below it, reproducers left out, if it is a folder; and what fits it if it is a glob (`*`, `?` and
/// `[...]` within a name, `**` for any folders or none), folders again standing for what is in them. Hidden
/// files and folders only fit if the pattern has the dot; symbolic links to folders are followed only where
/// the pattern names them. Empty: nothing fits.
std::vector<std::string> scenario_paths(const std::string& pattern);

/// Whether it is the name of a file that can be executed, and is not called like a scenario.
bool is_program(const std::string& path);

/// The programs that a pattern stands for, in the order of their names: itself, or what fits it if it is a
/// glob. Folders stand for nothing: what is not named is not executed. Empty: nothing fits.
std::vector<std::string> program_paths(const std::string& pattern);

}  // namespace tenthrule
