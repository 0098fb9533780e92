#pragma once

/// Reports as one HTML file that needs nothing else: the built page (see page/ in the source tree) with the
/// data in it. docs/reports.md describes the data.

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "worker/finding.hpp"

namespace tenthrule::campaign {

/// The page that shows `report`. Whatever the strings in it contain, they stay data.
std::string html_page(const nlohmann::json& report);

/// The report that is about nothing but one finding, with its story. Throws std::runtime_error if its
/// execution cannot be had again. REQUIRES: it was found in a scenario_case.
nlohmann::json report_of(const finding& f, std::string_view tool);

/// The page without data, as it was built.
std::string_view page_template();

/// Where the data goes: once in the template.
inline constexpr std::string_view page_marker = "\"tenthrule-data-goes-here\"";

}  // namespace tenthrule::campaign
