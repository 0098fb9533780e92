#pragma once

/// A chart drawn in characters, the way people draw races in mails: a column for each task, time running
/// down, and on the right what a step changed.

#include <string>
#include <string_view>

#include "campaign/chart.hpp"
#include "cli/terminal.hpp"

namespace tenthrule::cli {

/// In lines that end in newlines, none wider than the terminal. Rows where the schedule left the default are
/// marked with "=>" in the margin. Where there is no room for a column with the state it stands below the
/// last row of a task's turn; where even the tasks have no room they share one column. `ending`: what
/// happened in the end, in the column where it did; may be empty.
std::string draw(const chart& c, std::string_view ending, const terminal& where);

}  // namespace tenthrule::cli
