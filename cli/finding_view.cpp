#include "cli/finding_view.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "campaign/actor_roles.hpp"
#include "campaign/chart.hpp"
#include "campaign/scenario_case.hpp"
#include "cli/chart_view.hpp"
#include "cli/kernel_name.hpp"
#include "cli/paragraph.hpp"
#include "cli/text.hpp"

namespace tenthrule::cli {

namespace {

std::string head(const violation& failure, const scenarios::scenario& s, const finding_context& context,
                 const terminal& where) {
    std::string text = fmt::format(
        "{}  {}  {}  {}{}{}\n\n", where.paint(ink::bad, context.heading),
        where.paint(ink::heading, failure.broken->name), printable(context.scenario, where.ascii),
        kernel_name(s.kernel, context.rules_off), context.remark.empty() ? "" : "  ", context.remark);
    text += paragraph(failure.message + ".", 2, where);
    text += paragraph(fmt::format("({})", failure.broken->about), 2, where, ink::faint);
    return text;
}

std::string chart_with_legend(const logged_run& run, const scenarios::scenario& s, std::string_view ending,
                              const terminal& where) {
    const chart drawn = make_chart(run, roles_of(s));
    std::string text = draw(drawn, ending, where);
    const auto marked =
        std::count_if(drawn.rows.begin(), drawn.rows.end(), [](const chart_row& r) { return r.deviates; });
    if (marked > 0) {
        text += paragraph(fmt::format("=> {}; everywhere else whoever runs goes on for as long as it can",
                                      marked == 1 ? "the switch that matters" : "the switches that matter"),
                          0, where, ink::faint);
    }
    return text;
}

std::string sizes(const finding& f, const finding_context& context, const scenarios::scenario& s,
                  const terminal& where) {
    constexpr unsigned label = 7;
    const std::string found = size_words(f.original) + (context.found.empty() ? "" : "; " + context.found);
    if (f.shrink_executions == 0) {
        return labelled("found", label, found, where) + labelled("on", label, machine_name(s.cpus), where);
    }
    std::string text = labelled("minimal", label, size_words(f.shrunk) + "; " + machine_name(s.cpus), where);
    text += labelled("found", label, found, where);
    text +=
        labelled("shrunk", label,
                 fmt::format("in {}{}", counted(f.shrink_executions, "execution"),
                             f.shrink_budget_used_up ? ", the most allowed: it might get smaller still" : ""),
                 where);
    const std::string searched =
        f.certify_executions == 0
            ? ""
            : fmt::format(" ({} looked at)", counted(f.certify_executions, "execution"));
    text += labelled("proof", label, (f.certified ? "" : "none: ") + f.certified_because + searched, where);
    return text;
}

// Which of the marked switches it takes, and how much else matters.
std::string why(const finding& f) {
    if (f.shrink_executions == 0) {
        return {};
    }
    std::vector<std::string> needless;
    for (const counterfactual& c : f.why.deviations) {
        if (c.survives) {
            needless.push_back(thousands(c.point));
        }
    }
    std::string text;
    if (!f.why.deviations.empty()) {
        text = needless.empty() ? "Take away any one of the marked switches, and it does not fail like this. "
                                : fmt::format("It still fails like this without the switch at step {}. ",
                                              enumerated(needless));
    }
    if (f.why.defaults != 0) {
        text += fmt::format("Of the {} that were not marked, {} could go any other way.",
                            counted(f.why.defaults, "choice"), thousands(f.why.free_defaults));
    }
    return text;
}

// Not followed while shrinking, but not forgotten either.
std::string others(const finding& f) {
    std::vector<std::string> rules;
    for (const failure_met& other : f.others) {
        if (std::find(rules.begin(), rules.end(), other.failure.broken->name) == rules.end()) {
            rules.emplace_back(other.failure.broken->name);
        }
    }
    return rules.empty()
               ? ""
               : fmt::format("Met while shrinking and not followed: {} (see --json).", enumerated(rules));
}

}  // namespace

std::string size_words(const execution_figures& f) {
    return fmt::format("{}, {}, {}, {}, {}", counted(f.tasks, "task"), counted(f.steps, "step"),
                       counted(f.preemptions, "preemption"), counted(f.interleavings, "interleaving"),
                       counted(f.events, "event"));
}

std::string show(const finding& f, const finding_context& context, const terminal& where) {
    const scenarios::scenario& s = dynamic_cast<const scenario_case&>(*f.of).what();
    std::string text = head(f.failure, s, context, where);
    text += "\n" + sizes(f, context, s, where);
    text += "\n" + chart_with_legend(f.run, s, fmt::format("*** {}", f.failure.broken->name), where) + "\n";
    if (const std::string reasons = why(f); !reasons.empty()) {
        text += paragraph(reasons, 0, where, ink::faint) + "\n";
    }
    const std::string also = others(f);
    if (!also.empty()) {
        text += paragraph(also, 0, where, ink::faint) + "\n";
    }
    if (!f.reproducer.empty()) {
        text += fmt::format("reproducer:  {}\n", printable(f.reproducer, where.ascii));
    }
    text += fmt::format("replay:  {}\n", context.replay_command);
    return text;
}

std::string show_failure(const logged_run& run, const scenarios::scenario& s, const finding_context& context,
                         const terminal& where) {
    const violation& failure = run.result.failure;
    std::string text = head(failure, s, context, where);
    text += "\n" + chart_with_legend(run, s, fmt::format("*** {}", failure.broken->name), where);
    return text;
}

std::string show_chart(const logged_run& run, const scenarios::scenario& s, const terminal& where) {
    return chart_with_legend(run, s, "", where);
}

}  // namespace tenthrule::cli
