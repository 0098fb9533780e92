#include "campaign/report/summary_json.hpp"

#include <array>
#include <ctime>

#include <fmt/format.h>

namespace tenthrule {

namespace {

using json = nlohmann::ordered_json;

// "2026-11-22T21:19:37Z"; null: never.
json time_json(wall_time at) {
    if (at == 0) {
        return nullptr;
    }
    const std::time_t seconds = at;
    std::tm utc{};
    std::array<char, 32> text{};
    if (gmtime_r(&seconds, &utc) == nullptr ||
        std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc) == 0) {
        return nullptr;
    }
    return text.data();
}

const char* name_of(cell_verdict verdict) {
    switch (verdict) {
        case cell_verdict::fails:
            return "fails";
        case cell_verdict::clean:
            return "clean";
        case cell_verdict::not_run:
            break;
    }
    return "not run";
}

json size_json(const reproducer_size& s) {
    return {{"tasks", s.tasks},
            {"steps", s.steps},
            {"preemptions", s.preemptions},
            {"events", s.events},
            {"interleavings", s.interleavings},
            {"points", s.points}};
}

json coverage_json(const campaign_summary& s) {
    json growth = json::array();
    for (const growth_sample& g : s.growth) {
        growth.push_back({{"seconds", g.seconds},
                          {"executions", g.executions},
                          {"classes", g.classes},
                          {"pairs", g.pairs},
                          {"states", g.states},
                          {"findings", g.findings}});
    }
    json unseen = nullptr;
    if (s.coverage.estimated) {
        unseen = {{"good_turing", s.coverage.good_turing}, {"chao1", s.coverage.chao1}};
    }
    return {{"growth", std::move(growth)},
            {"classes", s.coverage.classes},
            {"pairs", s.coverage.pairs},
            {"states", s.coverage.states},
            {"unseen", std::move(unseen)}};
}

json scenario_json(const summary_scenario& s) {
    json cells = json::array();
    for (const summary_cell& c : s.cells) {
        json missed = nullptr;
        if (c.missed) {
            missed = {
                {"depth", c.missed->depth}, {"probability", c.missed->probability}, {"how", c.missed->how}};
        }
        cells.push_back({{"kernel", c.kernel},
                         {"verdict", name_of(c.verdict)},
                         {"executions", c.executions},
                         {"classes", c.classes},
                         {"variations", c.variations},
                         {"missed", std::move(missed)},
                         {"findings", c.findings}});
    }
    return {{"name", s.name},       {"about", s.about},
            {"path", s.path},       {"digest", fmt::format("{:016x}", s.digest)},
            {"current", s.current}, {"cells", std::move(cells)}};
}

json finding_json(const summary_finding& f, const story_of& story) {
    const stored_finding& w = f.what;
    json clean = json::array();
    for (const summary_finding::clean_cell& c : f.clean_on) {
        clean.push_back({{"kernel", c.kernel}, {"executions", c.executions}});
    }
    json made{{"id", w.id},
              {"identity", w.identity},
              {"rule", w.rule},
              {"message", w.shrunk ? w.best.message : w.message},
              {"scenario", f.scenario},
              {"known", f.known},
              {"first_seen", time_json(w.first_seen)},
              {"first_seen_seconds", w.first_seen_seconds},
              {"first_seen_executions", w.first_seen_executions},
              {"times", w.times},
              {"size", nullptr},
              {"original_size", nullptr},
              {"certified", w.shrunk && w.best.certified},
              {"certified_because", w.shrunk ? w.best.certified_because : ""},
              {"shrunk_completely", w.shrunk && w.best.complete},
              {"token", w.shrunk ? w.best.token : w.token},
              {"original_token", w.token},
              {"replay", f.replay()},
              {"reproducer", nullptr},
              {"fails_on", f.fails_on},
              {"clean_on", std::move(clean)},
              {"variations", f.variations},
              {"crash", nullptr},
              {"story", nullptr}};
    if (w.shrunk) {
        made["size"] = size_json(w.best.size);
        made["original_size"] = size_json(w.best.original);
        if (!w.best.text.empty()) made["reproducer"] = w.best.text;
    }
    if (!w.crash.empty()) made["crash"] = w.crash;
    if (story) made["story"] = story(f);
    return made;
}

}  // namespace

const char* name_of(campaign_state state) {
    switch (state) {
        case campaign_state::running:
            return "running";
        case campaign_state::ended:
            return "ended";
        case campaign_state::interrupted:
            break;
    }
    return "interrupted";
}

json to_json(const campaign_summary& s, const story_of& story) {
    json scenarios = json::array();
    for (const summary_scenario& one : s.scenarios) {
        scenarios.push_back(scenario_json(one));
    }
    json findings = json::array();
    for (const summary_finding& one : s.findings) {
        findings.push_back(finding_json(one, story));
    }
    json canary = nullptr;
    if (s.canary) {
        canary = {{"name", s.canary->name}, {"found", s.canary->found}, {"seconds", s.canary->seconds}};
    }
    json campaign{{"name", s.name},
                  {"started", time_json(s.started)},
                  {"ended", time_json(s.ended)},
                  {"seconds", s.seconds},
                  {"state", name_of(s.state)},
                  {"ended_because", s.ended_because},
                  {"seeds", s.seeds},
                  {"workers", s.workers},
                  {"sessions", s.sessions},
                  {"executions", s.executions},
                  {"executions_per_second", s.executions_per_second},
                  {"step_bounds", s.step_bounds},
                  {"crashes", s.crashes},
                  {"hangs", s.hangs},
                  {"new_findings", s.new_findings()},
                  {"known_findings", s.known_findings()},
                  {"plan", s.plan}};
    return {{"tool", s.tool},
            {"campaign", std::move(campaign)},
            {"canary", std::move(canary)},
            {"coverage", coverage_json(s)},
            {"scenarios", std::move(scenarios)},
            {"findings", std::move(findings)}};
}

}  // namespace tenthrule
