#pragma once

/// Lengths of time as people read them.

#include <chrono>
#include <string>

#include "campaign/duration.hpp"

namespace tenthrule::cli {

using seconds = std::chrono::duration<double>;

using tenthrule::parse_duration;

/// "2.1 ms", "0.31 s", "12.4 s", "2 min 10 s", "1 h 30 min".
std::string format_duration(seconds time);

/// "0:09", "2:10", "1:30:00": for counting down.
std::string format_clock(seconds time);

}  // namespace tenthrule::cli
