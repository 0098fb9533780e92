// A plan as a file again.

#include <fmt/format.h>

#include "campaign/duration.hpp"
#include "campaign/plan/campaign_plan.hpp"
#include "scenarios/facts.hpp"

namespace tenthrule {

namespace {

using scenarios::quoted;
using scenarios::quoted_list;

// Always with a point: TOML tells 1 from 1.0, and a reader takes both.
std::string real(double value) {
    std::string text = fmt::format("{}", value);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return text;
}

std::string size_text(std::uint64_t bytes) {
    if (bytes == 0) {
        return "none";
    }
    if (bytes % (std::uint64_t{1} << 30U) == 0) {
        return fmt::format("{}GiB", bytes >> 30U);
    }
    return bytes % (std::uint64_t{1} << 20U) == 0 ? fmt::format("{}MiB", bytes >> 20U)
                                                  : fmt::format("{}KiB", bytes >> 10U);
}

class writer {
public:
    void put(const char* key, const std::string& value) {
        text_ += fmt::format("{} = {}\n", key, value);
    }
    void section(const char* header) {
        text_ += fmt::format("\n{}\n", header);
    }
    std::string take() {
        return std::move(text_);
    }

private:
    std::string text_;
};

}  // namespace

std::string to_toml(const campaign_plan& plan) {
    writer to;
    to.put("name", quoted(plan.name));
    if (!plan.scenarios.empty()) to.put("scenarios", quoted_list(plan.scenarios));
    if (!plan.exclude.empty()) to.put("exclude", quoted_list(plan.exclude));
    if (!plan.programs.empty()) to.put("programs", quoted_list(plan.programs));
    to.put("kernels", quoted_list(plan.kernels));
    if (!plan.rules_off.empty()) to.put("rules_off", quoted_list(plan.rules_off));
    to.put("seeds", fmt::format("[{}]", fmt::join(plan.seeds, ", ")));
    to.put("workers", fmt::format("{}", plan.workers));
    to.put("store", quoted(plan.store));
    if (!plan.baseline.empty()) to.put("baseline", quoted(plan.baseline));
    to.put("canary", quoted(plan.canary));
    for (const strategy_share& s : plan.strategies) {
        to.section("[[strategy]]");
        to.put("name", quoted(s.strategy));
        to.put("share", real(s.share));
    }
    to.section("[budget]");
    if (plan.budget.time.count() != 0) to.put("time", quoted(duration_text(plan.budget.time)));
    if (plan.budget.executions != 0) to.put("executions", fmt::format("{}", plan.budget.executions));
    to.put("shrink_share", real(plan.budget.shrink_share));
    to.section("[limits]");
    to.put("hang", quoted(duration_text(plan.limits.hang)));
    to.put("memory", quoted(size_text(plan.limits.memory)));
    if (plan.limits.points_max != 0) to.put("points_max", fmt::format("{}", plan.limits.points_max));
    to.section("[swarm]");
    to.put("share", real(plan.swarm.share));
    to.put("variations", fmt::format("{}", plan.swarm.variations));
    const report_files& r = plan.reports;
    if (!(r.html.empty() && r.json.empty() && r.junit.empty())) {
        to.section("[report]");
        if (!r.html.empty()) to.put("html", quoted(r.html));
        if (!r.json.empty()) to.put("json", quoted(r.json));
        if (!r.junit.empty()) to.put("junit", quoted(r.junit));
    }
    return to.take();
}

}  // namespace tenthrule
