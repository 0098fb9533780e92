#include "cli/verification_report.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/duration.hpp"
#include "cli/finding_json.hpp"
#include "cli/paragraph.hpp"
#include "cli/text.hpp"

namespace tenthrule::cli {

namespace {

std::string percent(double share) {
    const double p = std::min(share * 100, 99.9);
    return p < 0.1 ? "less than 0.1 %" : fmt::format("about {:.{}f} %", p, p < 10 ? 1 : 0);
}

std::string how_far(const verification_outcome& o) {
    std::string words = fmt::format("{}, {} of the subtrees' schedules by estimate",
                                    counted(o.totals.executions, "execution"), percent(o.totals.share));
    if (o.bound_done) {
        words += fmt::format("; bound {} was searched to its end", *o.bound_done);
    }
    return words;
}

const char* name_of(verification_end end) {
    switch (end) {
        case verification_end::verified:
            return "verified";
        case verification_end::found:
            return "found";
        case verification_end::cut:
            return "cut";
        case verification_end::executions:
            return "executions";
        case verification_end::time:
            return "time";
        case verification_end::interrupted:
            return "interrupted";
        case verification_end::failed:
            return "failed";
    }
    return "failed";
}

}  // namespace

std::string verdict_words(const verification_outcome& o) {
    const std::string executions = counted(o.totals.executions, "execution");
    switch (o.end) {
        case verification_end::verified:
            return o.all_of_them
                       ? fmt::format("verified: {}, all of them", executions)
                       : fmt::format("verified up to bound {}: {}", o.bound_done.value_or(0), executions);
        case verification_end::cut:
            return fmt::format(
                "not verified: {}, but {} of them did not end by themselves, and what lies behind was not "
                "explored",
                executions, thousands(o.totals.cuts));
        case verification_end::executions:
        case verification_end::time:
            return "not verified: " + how_far(o);
        case verification_end::interrupted:
            return "interrupted: " + how_far(o);
        case verification_end::found:
            return fmt::format("violation in execution {}", executions);
        case verification_end::failed:
            break;
    }
    return "failed";
}

std::string progress_line(const verification_progress& p, bool bounded) {
    const double rate = p.seconds > 0 ? static_cast<double>(p.executions + p.redundant) / p.seconds : 0;
    return fmt::format("{}{}, {}/s, {} of {} subtrees, {} done",
                       bounded ? fmt::format("bound {}: ", p.bound) : std::string(),
                       counted(p.executions, "execution"), scaled(rate), thousands(p.subtrees_done),
                       counted(p.subtrees, "subtree").substr(0, thousands(p.subtrees).size()),
                       percent(p.share));
}

std::string verification_report(const verification_outcome& o, const terminal& where) {
    const verification_progress& t = o.totals;
    const double rate = static_cast<double>(t.executions + t.redundant) / std::max(t.seconds, 1e-9);
    std::string text = paragraph(verdict_words(o), 2, where);
    std::string details = fmt::format("{} in the longest", counted(t.longest, "scheduling point"));
    if (t.redundant != 0) {
        details +=
            fmt::format("; {} more ended early, because they could show nothing new", thousands(t.redundant));
    }
    text += paragraph(details, 2, where);
    return text +
           paragraph(fmt::format("explored in {} ({}/s)", format_duration(seconds(t.seconds)), scaled(rate)),
                     2, where);
}

json verification_json(const std::string& path, const scenario_case& what,
                       const verification_options& options, const verification_outcome& o,
                       const comparison& with_expectation) {
    json object = subject_json(path, what.what(), what.rules_off());
    object["cpus"] = what.what().cpus;
    object["verdict"] = o.failure ? "violation" : (o.verified() ? "verified" : "unknown");
    object["expected"] = nullptr;
    if (with_expectation.known) {
        object["expected"] = with_expectation.met;
    }
    object["rule"] = nullptr;
    object["message"] = nullptr;
    object["end"] = name_of(o.end);
    object["all_of_them"] = o.verified() && o.all_of_them;
    object["bound"] = nullptr;
    if (options.bound) {
        object["bound"] = *options.bound;
    }
    object["bound_done"] = nullptr;
    if (o.bound_done) {
        object["bound_done"] = *o.bound_done;
    }
    object["executions"] = o.totals.executions;
    object["redundant"] = o.totals.redundant;
    object["cuts"] = o.totals.cuts;
    object["points"] = o.totals.points;
    object["longest"] = o.totals.longest;
    object["subtrees"] = o.totals.subtrees;
    object["subtrees_done"] = o.totals.subtrees_done;
    object["share"] = o.totals.share;
    object["seconds"] = o.totals.seconds;
    object["jobs"] = options.jobs;
    if (o.failure) {
        object.update(finding_json(*o.failure));
    }
    return object;
}

}  // namespace tenthrule::cli
