#pragma once

/// A campaign's findings as files that need no store any more.

#include <string>
#include <vector>

#include "campaign/report/campaign_summary.hpp"

namespace tenthrule {

/// Writes into `folder` (made if there is none; nothing else in it is touched):
///     findings/SCENARIO-RULE-NNNN.repro.toml  the reproducer of each finding that has one
///     tokens.txt                              a line for each finding: its best token, its scenario, its
///     identity corpus.txt                              a line for each finding and arm: the token of its
///     first execution baseline.txt                            all findings as known ones: see baseline.hpp
///     campaign.json                           the summary
///     scenarios/NAME.toml                     the scenarios as the campaign ran them
/// Each file is written whole or not at all. Throws store_error, also for what the file system refuses.
/// Returns the paths of the files.
std::vector<std::string> export_campaign(const campaign_store& store, const campaign_summary& summary,
                                         const std::string& folder);

}  // namespace tenthrule
