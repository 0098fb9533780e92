#pragma once

/// A failing execution as text: a column for each thread, time running down.

#include <string>

#include "shrink/logged_run.hpp"

namespace tenthrule::detail {

/// Every visible operation is a line, at its thread's column. "=>" marks those where the schedule went away
/// from a thread that could have gone on, or chose a value; everywhere else whoever runs goes on.
std::string trace_text(const logged_run& run);

}  // namespace tenthrule::detail
