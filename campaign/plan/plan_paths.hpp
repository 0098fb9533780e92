#pragma once

#include <string>

#include "campaign/plan/campaign_plan.hpp"

namespace tenthrule {

/// The plan with its relative paths as they are seen from the folder of the file `store`, where plans are
/// kept: so a campaign can be resumed from any folder, and be moved as long as everything is moved together.
/// A plan whose paths are seen from the current folder is what load_plan_text makes of it with
/// `store_folder`.
campaign_plan as_seen_from_store(campaign_plan plan, const std::string& store);

/// Likewise for one path, and back again.
std::string as_seen_from_store(const std::string& path, const std::string& store);
std::string as_seen_from_here(const std::string& path, const std::string& store);

/// The folder that a store is in; empty: the current one.
std::string store_folder(const std::string& store);

}  // namespace tenthrule
