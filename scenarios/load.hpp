#pragma once

/// From a TOML file to a scenario.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/diagnostics.hpp"
#include "scenarios/scenario.hpp"

namespace tenthrule::scenarios {

struct load_result {
    std::optional<scenario> value;        ///< nothing if there is any error
    std::vector<diagnostic> diagnostics;  ///< errors and warnings, in the order of the file; at most 21
};

struct load_options {
    /// What is wrong with the name of a strategy, as "what was found; what was expected"; empty: nothing.
    /// The scenarios know no strategies, so whoever does can check the name here. nullptr: not checked.
    std::string (*check_strategy)(std::string_view name) = nullptr;
};

/// `file` is only used in diagnostics. Takes any bytes and throws nothing but std::bad_alloc.
load_result load_text(std::string_view text, std::string_view file, const load_options& options = {});

/// A file that cannot be read, a folder, or more than 1 MiB gives a diagnostic.
load_result load_file(const std::string& path, const load_options& options = {});

}  // namespace tenthrule::scenarios
