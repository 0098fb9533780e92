#include "campaign/page/page.hpp"

#include "campaign/reproducer.hpp"
#include "campaign/scenario_case.hpp"
#include "campaign/story/story_json.hpp"

namespace tenthrule::campaign {

namespace {

using nlohmann::json;

// In a script element only what begins with "<" could end it or change how it is read; in JSON that is found
// in strings only, where it can be written as an escape.
std::string in_script(const json& report) {
    // Bytes that are no UTF-8 become U+FFFD: a damaged name must not cost the whole report.
    const std::string plain = report.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    std::string text;
    text.reserve(plain.size());
    for (const char c : plain) {
        if (c == '<') {
            text += "\\u003c";
        } else {
            text += c;
        }
    }
    return text;
}

json size_of(const execution_figures& f) {
    return {{"tasks", f.tasks},
            {"steps", f.steps},
            {"points", f.points},
            {"preemptions", f.preemptions},
            {"interleavings", f.interleavings},
            {"events", f.events}};
}

}  // namespace

json report_of(const finding& f, std::string_view tool) {
    const scenarios::scenario& s = dynamic_cast<const scenario_case&>(*f.of).what();
    json entry{{"id", 1},
               {"identity", f.failure.identity},
               {"rule", nullptr},
               {"message", f.failure.message},
               {"scenario", s.name},
               {"kernel", s.kernel.version},
               {"size", size_of(f.shrunk)},
               {"token", nullptr},
               {"reproducer", nullptr},
               {"story", story_of(f)}};
    if (f.failure.broken != nullptr) {
        entry["rule"] = f.failure.broken->name;
        entry["reproducer"] = to_text(make_reproducer(f, tool));
    }
    if (!f.token.empty()) {
        entry["token"] = f.token;
    }
    if (f.shrink_executions != 0) {
        entry["original_size"] = size_of(f.original);
        entry["certified"] = f.certified;
    }
    return {{"tool", tool},
            {"campaign", nullptr},
            {"canary", nullptr},
            {"coverage", nullptr},
            {"scenarios", json::array()},
            {"findings", json::array({std::move(entry)})}};
}

std::string html_page(const json& report) {
    const std::string_view page = page_template();
    const std::size_t at = page.find(page_marker);
    std::string text(page.substr(0, at));
    text += in_script(report);
    text += page.substr(at + page_marker.size());
    return text;
}

}  // namespace tenthrule::campaign
