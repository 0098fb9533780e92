#pragma once

/// A failure as it is shown to people: what is wrong, why, how small it got, how it happens, how to see it
/// again.

#include <string>

#include "campaign/reproducer.hpp"
#include "campaign/rules_off.hpp"
#include "cli/terminal.hpp"
#include "scenarios/scenario.hpp"
#include "worker/finding.hpp"

namespace tenthrule::cli {

/// What a finding is shown with.
struct finding_context {
    std::string heading;         ///< "VIOLATION", "REPLAYED"
    std::string scenario;        ///< path of its file
    std::string remark;          ///< "as expected"; may be empty
    std::string found;           ///< "execution 66, pct:depth=3, seed 1"; may be empty
    std::string replay_command;  ///< complete
    rule_names rules_off;        ///< besides those that the scenario switches off
};

/// Ends with the replay command.
std::string show(const finding& f, const finding_context& context, const terminal& where);

/// The rule, its words, and the chart, without anything about sizes: what a replay has to show.
/// REQUIRES: the run ended in a violation.
std::string show_failure(const logged_run& run, const scenarios::scenario& s, const finding_context& context,
                         const terminal& where);

/// The chart of an execution of `s`.
std::string show_chart(const logged_run& run, const scenarios::scenario& s, const terminal& where);

/// "3 tasks, 5 steps, 0 preemptions, 2 interleavings, 1 event".
std::string size_words(const execution_figures& f);

}  // namespace tenthrule::cli
