#pragma once

/// What a campaign is to do, as plain data: from a TOML file (docs/campaign-files.md, campaign.schema.json)
/// or from the command line alone.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/rules_off.hpp"
#include "scheduler/make_strategy.hpp"

namespace tenthrule {

/// In a list of kernels: the one that the scenario's file names.
inline constexpr std::string_view kernel_as_written = "written";
/// In a list of kernels: those that the scenario's [expect] lists, or the one that its file names if there is
/// no [expect].
inline constexpr std::string_view kernels_expected = "expected";
/// As `canary`: the one that is built in, and none.
inline constexpr std::string_view canary_built_in = "built-in";
inline constexpr std::string_view canary_none = "none";

struct strategy_share {
    std::string strategy;  ///< its canonical name; none that is_systematic
    double share = 1;      ///< relative to the other strategies'; above 0
};

/// What may be spent. Time is measured on the steady clock and summed over all sessions of the store.
struct campaign_budget {
    std::chrono::nanoseconds time{0};  ///< 0: no limit
    std::uint64_t executions = 0;      ///< 0: no limit
    double shrink_share = 0.1;         ///< of the workers' time, 0 to 0.9
};

/// What one execution may take before it is given up and becomes a finding of its own.
struct execution_limits {
    std::chrono::nanoseconds hang = std::chrono::seconds(10);
    std::uint64_t memory = std::uint64_t{2} << 30U;  ///< bytes of one worker; 0: no limit
    std::uint32_t points_max = 0;                    ///< step bound; 0: that of the scenario
};

/// How far scenarios are varied in what their [vary] declares variable.
struct swarm_choice {
    double share = 0.25;           ///< of the executions of scenarios that can vary, 0 to 1
    std::uint32_t variations = 8;  ///< drawn for each scenario and kernel; 0: none
};

/// Files to write when the campaign ends; empty: none.
struct report_files {
    std::string html;
    std::string json;
    std::string junit;
};

struct campaign_plan {
    std::string name = "campaign";
    /// Files, folders (everything below them) and globs (`*`, `?`, `[...]` within a name, `**` for any
    /// folders). Paths here and below are relative to the current folder, but in the store: see
    /// plan_paths.hpp.
    std::vector<std::string> scenarios;
    std::vector<std::string> exclude;  ///< of the same kind: not these
    /// Programs that were built on the library, and globs: all of their tests.
    std::vector<std::string> programs;
    /// `kernel_as_written`, `kernels_expected`, or names such as "v5.15 without 9f5d1c336a10".
    std::vector<std::string> kernels{std::string(kernels_expected)};
    rule_names rules_off;
    std::vector<strategy_share> strategies{
        {std::string(default_strategy), 3}, {"random:stay=7/8", 1}, {"pct:depth=4", 1}};
    std::vector<std::uint64_t> seeds{1};  ///< each makes arms of its own; at least one, no two equal
    unsigned workers = 0;                 ///< 0: one for each core
    campaign_budget budget;
    execution_limits limits;
    swarm_choice swarm;
    std::string store = "tenthrule.db";
    std::string baseline;                 ///< file of known failures; empty: none
    std::string canary{canary_built_in};  ///< or a scenario file
    report_files reports;
};

/// The plan as a TOML file that load_plan_text reads back, to be kept in the store.
std::string to_toml(const campaign_plan& plan);

}  // namespace tenthrule
