#pragma once

/// What a campaign tests: each scenario on each kernel, as written and in the variations that its file
/// allows.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/plan/campaign_plan.hpp"
#include "campaign/scenario_case.hpp"
#include "scenarios/load.hpp"

namespace tenthrule {

/// One scenario file of a campaign.
struct scenario_source {
    std::string path;
    std::string text;
    std::uint64_t digest = 0;  ///< scenarios::digest_on_any_kernel
    scenarios::scenario what;
};

struct sources_or_problems {
    std::vector<scenario_source> sources;            ///< in the order of the plan, each file once
    std::vector<scenarios::diagnostic> diagnostics;  ///< of all files; see has_errors
    bool has_errors = false;                         ///< then nothing should be run
};

/// Reads everything that plan.scenarios stands for. Errors: a pattern that fits no scenario, a file that is
/// none, two files that have a name or a digest in common (one would be counted as the other).
sources_or_problems load_sources(const campaign_plan& plan);

/// A scenario on one kernel in one variation, by what the store needs to make it again from the scenario's
/// text.
struct subject_key {
    std::string scenario;              ///< name
    std::uint64_t digest = 0;          ///< of the scenario, on any kernel and in any variation
    std::string kernel;                ///< in words: "v4.14", "v5.15 without 9f5d1c336a10, preempt = rt"
    std::string variation;             ///< in words: "2 CPUs, waiter at priority 5"; empty: as written
    std::string selection;             ///< bytes of kernel_selection
    std::vector<std::uint32_t> codes;  ///< of the variation: see scenarios/variation.hpp
    friend bool operator==(const subject_key&, const subject_key&) = default;
};

struct subject {
    subject_key key;
    std::shared_ptr<const scenario_case> what;  ///< its tokens carry kernel, rules and variation
};

/// All subjects of one scenario in the plan, those as written first. Deterministic: a function of plan and
/// source. REQUIRES: the plan's kernels are names of kernels, as in a plan that was loaded.
std::vector<subject> subjects_of(const campaign_plan& plan, const scenario_source& source);

/// The subject of a key, from the text of its scenario. nullptr if text and key do not belong together, or
/// this version of the program does not know the kernel.
std::shared_ptr<const scenario_case> make_subject(std::string_view scenario_text, const subject_key& key);

}  // namespace tenthrule
