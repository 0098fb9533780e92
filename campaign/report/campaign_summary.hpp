#pragma once

/// A campaign as people want to read it: made from its store, shown by reports, `status` and the dashboard.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "campaign/plan/program_test.hpp"
#include "campaign/report/baseline.hpp"
#include "campaign/store/campaign_store.hpp"

namespace tenthrule {

enum class campaign_state : std::uint8_t {
    running,      ///< a coordinator has it open now
    ended,        ///< its budget was spent
    interrupted,  ///< it can go on: Ctrl-C, a kill, a reboot, an error
};

enum class cell_verdict : std::uint8_t { not_run, clean, fails };

/// PCT's bound on having missed a bug, where it says something.
struct miss_chance {
    unsigned depth = 0;
    double probability = 1;
    std::string how;  ///< in words: "pct:depth=3, n = 4, k = 57, 120,000 executions"
};

/// A scenario on a kernel, all variations and strategies together.
struct summary_cell {
    std::string kernel;
    cell_verdict verdict = cell_verdict::not_run;
    std::uint64_t executions = 0;
    std::uint64_t classes = 0;     ///< happens-before classes, estimated
    std::uint32_t variations = 0;  ///< subjects in it, besides the scenario as written
    std::optional<miss_chance> missed;
    std::vector<finding_id> findings;
};

struct summary_scenario {
    scenario_id id = 0;
    std::string name;
    std::string about;
    std::string path;
    std::uint64_t digest = 0;
    bool current = true;  ///< see stored_scenario
    std::vector<summary_cell> cells;
};

struct summary_finding {
    stored_finding what;
    std::string scenario;               ///< name
    bool known = false;                 ///< the baseline has it
    std::vector<std::string> fails_on;  ///< kernels
    struct clean_cell {
        std::string kernel;
        std::uint64_t executions = 0;
    };
    std::vector<clean_cell> clean_on;     ///< kernels of the same scenario where it was not seen
    std::vector<std::string> variations;  ///< in words; "" stands for the scenario as written
    std::optional<program_test> program;  ///< what it is a failure of, if that is no scenario

    /// The command line that shows its smallest execution once more.
    std::string replay() const;
};

/// What coverage blobs say, for a subject or for a whole campaign.
struct coverage_figures {
    std::uint64_t classes = 0;  ///< happens-before classes, estimated
    std::uint64_t pairs = 0;    ///< ordered pairs of operations
    std::uint64_t states = 0;   ///< rule-relevant states
    double good_turing = 1;     ///< estimated probability that the next execution is of a new class
    std::uint64_t chao1 = 0;    ///< estimated number of classes in all
    bool estimated = false;     ///< the last two are set
};

/// Reads coverage; worker/coverage provides both. Blobs of different subjects have nothing in common, so
/// that the figures of a campaign are sums (and means of good_turing, weighted by executions).
using coverage_reader = std::function<coverage_figures(const std::string& blob)>;
/// PCT's bound for an arm, if there is one.
using miss_bound_of = std::function<std::optional<miss_chance>(const stored_subject&, const arm_state&)>;

struct summary_options {
    baseline known;
    coverage_reader coverage;  ///< null: all figures are 0
    miss_bound_of missed;      ///< null: none; of several arms the smallest probability counts
    bool running = false;      ///< a coordinator has the store open (see store_is_open)
};

struct campaign_summary {
    std::string tool;
    std::string name;
    std::string plan;
    campaign_state state = campaign_state::interrupted;
    std::string ended_because;  ///< of the last session; may be empty
    wall_time started = 0;
    wall_time ended = 0;  ///< last sign of life
    double seconds = 0;
    std::vector<std::uint64_t> seeds;
    unsigned workers = 0;
    std::size_t sessions = 0;
    std::uint64_t executions = 0;
    double executions_per_second = 0;
    std::uint64_t step_bounds = 0;
    std::uint64_t crashes = 0;
    std::uint64_t hangs = 0;
    std::optional<canary_state> canary;
    coverage_figures coverage;
    std::vector<growth_sample> growth;
    std::vector<summary_scenario> scenarios;
    std::vector<summary_finding> findings;  ///< new ones first, then in the order of first_seen

    std::size_t new_findings() const;
    std::size_t known_findings() const;
    /// There is a canary, and it was not found though the campaign has ended or run for long.
    bool canary_missed() const {
        return canary && !canary->found;
    }
};

/// Throws store_error.
campaign_summary summarise(const campaign_store& store, const summary_options& options);

/// Whether a writer has the store at `path` open now: its process, or 0.
std::int64_t store_is_open(const std::string& path);

}  // namespace tenthrule
