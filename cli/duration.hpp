#pragma once

/// Lengths of time as people type and read them.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tenthrule::cli {

using seconds = std::chrono::duration<double>;

/// "10s", "2m", "1h30m", "1.5s", "500ms"; a number alone is seconds. Nothing if it is anything else, or 0.
std::optional<seconds> parse_duration(std::string_view text);

/// "2.1 ms", "0.31 s", "12.4 s", "2 min 10 s", "1 h 30 min".
std::string format_duration(seconds time);

/// "0:09", "2:10", "1:30:00": for counting down.
std::string format_clock(seconds time);

}  // namespace tenthrule::cli
