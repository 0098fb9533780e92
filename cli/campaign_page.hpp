#pragma once

/// A campaign's report as a page.

#include <string>

#include <nlohmann/json.hpp>

namespace tenthrule::cli {

/// What happens in a reproducer (the text of a *.repro.toml), step by step; null if it cannot be told.
nlohmann::ordered_json story_of_reproducer(const std::string& text);

/// The HTML file that shows the summary as JSON.
std::string campaign_page(const nlohmann::ordered_json& summary);

}  // namespace tenthrule::cli
