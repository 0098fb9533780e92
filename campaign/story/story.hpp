#pragma once

/// An execution told step by step: what each step did, and the state of the machine after it.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "campaign/actor_roles.hpp"
#include "campaign/chart.hpp"
#include "campaign/chart_rows.hpp"
#include "campaign/story/machine_state.hpp"
#include "worker/finding.hpp"

namespace tenthrule {

/// One visible operation with everything that came of it.
struct story_step {
    std::uint32_t point = 0;  ///< scheduling point, as in messages. Two steps may have the same one
    actor who = no_actor;
    actor task = no_actor;  ///< whose column it stands in: an event has that of the task it is about
    int cpu = -1;           ///< -1: none
    arrival_kind came = arrival_kind::stayed;
    bool marked = false;         ///< the schedule made it so: one of the switches that matter
    std::optional<bool> needed;  ///< of a marked one: it does not fail like this without. Nothing: unknown
    op_kind kind = op_kind::start;
    std::string label;
    std::string detail;
    std::vector<std::string> lines;  ///< in the words of the program
    machine_state after;
};

struct story {
    std::vector<std::string> names;        ///< by actor; empty: nobody
    std::vector<actor> tasks;              ///< those that are no placeholders
    std::vector<chart_column> columns;     ///< of the chart
    std::vector<int> homes;                ///< by column: the only CPU it was on; -1: none or several
    std::vector<chart_row> told;           ///< the rows as the program tells them
    std::vector<drawn_row> rows;           ///< the same in the words in which they are drawn
    std::vector<std::size_t> step_of_row;  ///< by row: index in `steps`
    machine_state before;                  ///< the first step
    std::vector<story_step> steps;
    std::size_t steps_left_out = 0;    ///< at the end, of a fair continuation that gets nowhere
    std::optional<violation> failure;  ///< that it ends in
};

/// An execution, and what is known about it.
struct told_execution {
    std::shared_ptr<const test_case> of;
    schedule decisions;
    std::uint32_t points_max = 0;  ///< step bound; 0: that of the case
    /// Of the execution as it was recorded.
    std::uint64_t trace_digest = 0;
    /// Why it fails; null: unknown. See explain_briefly.
    const explanation* why = nullptr;
};

struct story_or_error {
    std::optional<story> value;
    /// Not empty: executing the decisions again gave another execution, which is an internal error.
    std::string error;
};

/// Executes it once more and looks on. REQUIRES: at least one step.
story_or_error tell_story(const told_execution& what);

/// Which of the decisions the failure needs, for an execution that was not explained while it was shrunk.
/// Nothing if there are too many decisions for that to be of use. The part about other choices is not
/// filled in.
std::optional<explanation> explain_briefly(const std::shared_ptr<const test_case>& of,
                                           const logged_run& failing, std::uint32_t points_max);

}  // namespace tenthrule
