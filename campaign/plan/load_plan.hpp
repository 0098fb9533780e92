#pragma once

/// From a TOML file to a plan, in the manner of the scenarios: every mistake with its place, what was found
/// and what was expected.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/plan/campaign_plan.hpp"
#include "scenarios/diagnostics.hpp"

namespace tenthrule {

struct plan_or_problems {
    std::optional<campaign_plan> value;              ///< nothing if there is any error
    std::vector<scenarios::diagnostic> diagnostics;  ///< errors and warnings, in the order of the file
};

/// Takes any bytes and throws nothing but std::bad_alloc. `file` is used in diagnostics; paths in the text
/// are relative to `folder` (empty: they stay as they are).
plan_or_problems load_plan_text(std::string_view text, std::string_view file, const std::string& folder = {});

/// Paths in the file are relative to its folder. A file that cannot be read gives a diagnostic.
plan_or_problems load_plan(const std::string& path);

}  // namespace tenthrule
