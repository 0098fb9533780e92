#pragma once

/// The summary as programs read it, and as the page's template takes it; docs/campaign-files.md lists the
/// keys.

#include <functional>

#include <nlohmann/json.hpp>

#include "campaign/report/campaign_summary.hpp"

namespace tenthrule {

/// The `story` of a finding; null where there is none.
using story_of = std::function<nlohmann::ordered_json(const summary_finding&)>;

/// "running", "ended", "interrupted".
const char* name_of(campaign_state state);

/// Texts that are no UTF-8 keep their bytes here: dump with error_handler_t::replace.
nlohmann::ordered_json to_json(const campaign_summary& summary, const story_of& story = {});

}  // namespace tenthrule
