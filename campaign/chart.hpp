#pragma once

/// An execution as people draw races: a column for each task, time running down. This is the data of such a
/// chart; whoever shows it decides how it looks.

#include <cstdint>
#include <string>
#include <vector>

#include "campaign/actor_roles.hpp"
#include "shrink/logged_run.hpp"

namespace tenthrule {

struct chart_column {
    actor task = no_actor;
    std::string title;     ///< "waiter"
    std::string subtitle;  ///< "fifo 10"; may be empty
};

struct chart_row {
    std::uint32_t step = 0;  ///< scheduling point, as in messages
    std::size_t column = 0;  ///< index in chart::columns
    int cpu = -1;            ///< -1: none
    std::string text;        ///< what happens
    /// How control came here from the row above. `stayed`: the same task goes on.
    arrival_kind came = arrival_kind::stayed;
    bool deviates = false;  ///< the schedule made it so: one of the switches that matter
    bool outside = false;   ///< done to the task, not by it: an arrival, a signal, a timer
    std::string state;      ///< the program's state afterwards, if it is not that of the row above
};

struct chart {
    std::vector<chart_column> columns;  ///< in the order of their first rows
    std::vector<chart_row> rows;
    std::size_t steps = 0;  ///< of the execution; those without a row were not worth one
};

/// Rows are the lines of the story that the program tells, every event from outside, and every place where
/// the schedule made another actor step, even if it tells nothing there. `roles` by actor; an actor without
/// one is called what the engine calls it and has a column of its own.
chart make_chart(const logged_run& run, const std::vector<actor_role>& roles = {});

}  // namespace tenthrule
