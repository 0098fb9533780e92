#include "cli/finding_json.hpp"

#include <fmt/format.h>

#include "campaign/story/story_json.hpp"
#include "cli/kernel_name.hpp"
#include "cli/search_report.hpp"

namespace tenthrule::cli {

namespace {

json figures(const execution_figures& f) {
    return {{"tasks", f.tasks},
            {"steps", f.steps},
            {"points", f.points},
            {"switches", f.switches},
            {"preemptions", f.preemptions},
            {"interleavings", f.interleavings},
            {"events", f.events}};
}

const char* name_of(search_end end) {
    switch (end) {
        case search_end::found:
            return "found";
        case search_end::schedules:
            return "schedules";
        case search_end::time:
            return "time";
        case search_end::complete:
            return "complete";
        case search_end::interrupted:
            return "interrupted";
        case search_end::failed:
            return "failed";
    }
    return "failed";
}

// Null if it was not shrunk: then nobody has asked.
json why_json(const finding& f) {
    if (f.shrink_executions == 0) {
        return nullptr;
    }
    json deviations = json::array();
    for (const counterfactual& c : f.why.deviations) {
        deviations.push_back({{"choice", c.choice}, {"step", c.point}, {"fails_without", c.survives}});
    }
    return {{"deviations", std::move(deviations)},
            {"other_choices", f.why.defaults},
            {"free_choices", f.why.free_defaults},
            {"executions", f.why.executions}};
}

}  // namespace

std::string hexadecimal(std::uint64_t digest) {
    return fmt::format("{:016x}", digest);
}

json subject_json(const std::string& path, const scenarios::scenario& s, const rule_names& rules_off) {
    return {{"scenario", path},
            {"name", s.name},
            {"kernel", s.kernel.version},
            {"with", commits(s.kernel.with)},
            {"without", commits(s.kernel.without)},
            {"rules_off", rules_off}};
}

json finding_json(const finding& f) {
    json others = json::array();
    for (const failure_met& other : f.others) {
        others.push_back({{"rule", other.failure.broken->name},
                          {"message", other.failure.message},
                          {"times", other.times}});
    }
    json object{{"rule", f.failure.broken->name},
                {"message", f.failure.message},
                {"identity", f.failure.identity},
                {"found_at", f.found_at},
                {"times", f.times},
                {"original", figures(f.original)},
                {"shrunk", figures(f.shrunk)},
                {"shrink_executions", f.shrink_executions},
                {"shrink_complete", f.shrink_executions != 0 && !f.shrink_budget_used_up},
                {"certified", f.certified},
                {"certified_because", f.certified_because},
                {"certify_executions", f.certify_executions},
                {"why", why_json(f)},
                {"token", f.token},
                {"reproducer", nullptr},
                {"trace_digest", hexadecimal(f.trace_digest)},
                {"met_while_shrinking", std::move(others)}};
    if (!f.reproducer.empty()) {
        object["reproducer"] = f.reproducer;
    }
    return object;
}

json search_json(const std::string& path, const scenario_case& what, const search_options& options,
                 const search_outcome& outcome, const comparison& with_expectation) {
    const scenarios::scenario& s = what.what();
    json object = subject_json(path, s, what.rules_off());
    object["cpus"] = s.cpus;
    object["verdict"] = outcome.violation() ? "violation" : "clean";
    object["expected"] = nullptr;
    if (with_expectation.known) {
        object["expected"] = with_expectation.met;
    }
    object["rule"] = nullptr;
    object["message"] = nullptr;
    object["strategy"] = outcome.strategy;
    object["seed"] = options.seed;
    object["jobs"] = outcome.jobs;
    object["schedules"] = outcome.totals.schedules;
    object["distinct"] = outcome.totals.distinct;
    object["complete"] = outcome.complete();
    object["end"] = name_of(outcome.end);
    object["seconds"] = outcome.totals.seconds;
    object["points"] = outcome.totals.points;
    object["longest"] = outcome.totals.longest;
    object["step_bounds"] = outcome.totals.step_bounds;
    object["bound"] = nullptr;
    if (const auto bound = search_bound(s, outcome); bound && !outcome.violation()) {
        object["bound"] = {{"depth", bound->depth},
                           {"actors", bound->actors},
                           {"points", bound->points},
                           {"missed_at_most", bound->missed}};
    }
    if (outcome.violation()) {
        object.update(finding_json(outcome.findings.front()));
        json further = json::array();
        for (std::size_t i = 1; i < outcome.findings.size(); ++i) {
            further.push_back(finding_json(outcome.findings[i]));
        }
        object["further"] = std::move(further);
    }
    return object;
}

json events_json(const logged_run& run) {
    json list = json::array();
    for (const event& e : run.result.log) {
        list.push_back({{"step", e.point},
                        {"who", run.name(e.who)},
                        {"cpu", e.cpu},
                        {"came", arrival_name(e.came)},
                        {"deviates", e.deviates},
                        {"story", e.story},
                        {"kind", e.story ? "story" : to_string(e.kind)},
                        {"label", e.label},
                        {"detail", e.detail},
                        {"state", e.state}});
    }
    return list;
}

}  // namespace tenthrule::cli
