#pragma once

/// What the verbs of `campaign` have in common: opening a store, and the summary of what is in it.

#include <string>

#include "campaign/report/campaign_summary.hpp"
#include "campaign/store/campaign_store.hpp"
#include "campaign/store/merge.hpp"
#include "cli/campaign_request.hpp"
#include "cli/console.hpp"

namespace tenthrule::cli {

inline constexpr const char* store_by_default = "tenthrule.db";

/// The store to read. Throws input_error if there is none, or it is something else.
campaign_store open_store(const campaign_request& asked);

/// What a store's problem means to a shell: that of the user, or of the machine.
exit_status status_of(store_problem problem);

/// The known failures: of the command line, else of the plan, else none. Throws input_error.
baseline known_failures(const std::string& path);
/// The baseline that the stored plan names; empty: none.
std::string baseline_of(const campaign_store& store);

/// Everything that reports say. Throws input_error, store_error.
campaign_summary summary_of(const campaign_store& store, const campaign_request& asked);

/// What the coverage of both is together, as bytes: for merging stores.
std::string united_coverage(std::string_view one, std::string_view other, in_common shared);

/// The summary for people.
std::string show(const campaign_summary& summary, const terminal& where);

/// Writes the three reports where the paths say (empty: not). Throws input_error if that is impossible.
void write_reports(const campaign_summary& summary, const report_files& to);

}  // namespace tenthrule::cli
