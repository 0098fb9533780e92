#pragma once

#include <string>

#include "cli/terminal.hpp"
#include "shrink/logged_run.hpp"

namespace tenthrule::cli {

/// Every event of an execution, a line each: for those who want to know it all.
std::string event_table(const logged_run& run, const terminal& where);

}  // namespace tenthrule::cli
