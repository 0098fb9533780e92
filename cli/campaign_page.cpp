#include "cli/campaign_page.hpp"

#include <memory>

#include "campaign/page/page.hpp"
#include "campaign/reproducer.hpp"
#include "campaign/scenario_case.hpp"
#include "campaign/story/story_json.hpp"

namespace tenthrule::cli {

nlohmann::ordered_json story_of_reproducer(const std::string& text) {
    const reproducer_or_problems read = read_reproducer(text, "reproducer");
    if (!read.read) {
        return nullptr;
    }
    const replay_report again = replay_reproducer(*read.read);
    if (again.diverged) {
        return nullptr;
    }
    const auto of = std::make_shared<const scenario_case>(read.read->what);
    const std::optional<explanation> why = explain_briefly(of, again.run, read.read->points_max);
    told_execution what;
    what.of = of;
    what.decisions = again.run.result.decisions;
    what.points_max = read.read->points_max;
    what.trace_digest = again.run.trace_digest;
    what.why = why ? &*why : nullptr;
    const story_or_error told = tell_story(what);
    return told.value ? nlohmann::ordered_json(to_json(*told.value)) : nlohmann::ordered_json(nullptr);
}

std::string campaign_page(const nlohmann::ordered_json& summary) {
    return campaign::html_page(nlohmann::json(summary));
}

}  // namespace tenthrule::cli
