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
#include "campaign/plan/program_test.hpp"
#include "campaign/scenario_case.hpp"
#include "scenarios/load.hpp"
#include "worker/subject_key.hpp"

namespace tenthrule {

/// One scenario file of a campaign, or one test of a program, which is treated like one.
struct scenario_source {
    std::string path;
    std::string text;
    std::uint64_t digest = 0;  ///< scenarios::digest_on_any_kernel, or digest_of the test
    scenarios::scenario what;  ///< of a test only its name, and what it is about
    std::optional<program_test> program = std::nullopt;  ///< the test, if it is one
};

struct sources_or_problems {
    std::vector<scenario_source> sources;            ///< in the order of the plan, each file once
    std::vector<scenarios::diagnostic> diagnostics;  ///< of all files; see has_errors
    bool has_errors = false;                         ///< then nothing should be run
};

/// Reads everything that plan.scenarios stands for; programs are crew::add_programs' business. Errors: a
/// pattern that fits no scenario, a file that is none, two files that have a name or a digest in common (one
/// would be counted as the other).
sources_or_problems load_sources(const campaign_plan& plan);

struct subject {
    subject_key key;
    std::shared_ptr<const scenario_case>
        what;  ///< its tokens carry kernel, rules and variation; null: a program's test
};

/// All subjects of one scenario in the plan, those as written first. Deterministic: a function of plan and
/// source. REQUIRES: the plan's kernels are names of kernels, as in a plan that was loaded.
std::vector<subject> subjects_of(const campaign_plan& plan, const scenario_source& source);

/// The subject of a key, from the text of its scenario. nullptr if text and key do not belong together, or
/// this version of the program does not know the kernel.
std::shared_ptr<const scenario_case> make_subject(std::string_view scenario_text, const subject_key& key);

}  // namespace tenthrule
