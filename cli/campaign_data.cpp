#include "cli/campaign_data.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "campaign/coverage/coverage.hpp"
#include "campaign/plan/load_plan.hpp"
#include "campaign/plan/subjects.hpp"
#include "campaign/report/junit.hpp"
#include "campaign/report/summary_json.hpp"
#include "cli/campaign_page.hpp"
#include "cli/duration.hpp"
#include "cli/miss_bound.hpp"
#include "cli/table.hpp"
#include "cli/text.hpp"
#include "cli/token_command.hpp"
#include "scenarios/facts.hpp"

namespace tenthrule::cli {

namespace {

coverage_figures figures_of(const std::string& blob) {
    coverage_figures f;
    if (const std::optional<coverage> c = coverage::from_bytes(blob)) {
        const coverage::figures now = c->now();
        f.classes = now.classes;
        f.pairs = now.pairs;
        f.states = now.states;
        f.good_turing = now.unseen.good_turing;
        f.chao1 = static_cast<std::uint64_t>(now.unseen.chao1);
        f.estimated = now.watched > 0;
    }
    return f;
}

// PCT's guarantee for the executions of one arm.
std::optional<miss_chance> miss_of(const campaign_store& store, const stored_subject& subject,
                                   const arm_state& arm) {
    static_cast<void>(store);
    const std::optional<miss_bound> b =
        bound_of(arm.strategy, subject.key.actors, arm.points, arm.executions);
    if (!b) {
        return std::nullopt;
    }
    return miss_chance{b->depth, b->missed,
                       fmt::format("{}, n = {}, k = {:.0f}, {}", arm.strategy, b->actors, b->points,
                                   counted(arm.executions, "execution"))};
}

void write_file(const std::string& path, const std::string& text) {
    if (path.empty()) {
        return;
    }
    std::error_code ignored;
    const std::filesystem::path parent = std::filesystem::path(path).parent_path();
    if (!parent.empty()) {
        std::filesystem::create_directories(parent, ignored);
    }
    // Nobody ever sees half a file: it gets its name when it is complete.
    const std::string unfinished = path + ".unfinished";
    std::ofstream file(unfinished, std::ios::binary | std::ios::trunc);
    file << text;
    file.close();
    std::error_code error;
    if (file) {
        std::filesystem::rename(unfinished, path, error);
    }
    if (!file || error) {
        std::filesystem::remove(unfinished, ignored);
        throw input_error(fmt::format("{} cannot be written{}", path, error ? ": " + error.message() : ""));
    }
}

}  // namespace

}  // namespace tenthrule::cli
