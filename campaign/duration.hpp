#pragma once

/// Lengths of time as people type them.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tenthrule {

/// "10s", "2m", "1h30m", "1.5s", "500ms", "2d"; a number alone is seconds. Nothing if it is anything else, 0,
/// or more than 10^9 seconds.
std::optional<std::chrono::duration<double>> parse_duration(std::string_view text);

/// parse_duration reads it back: "8h", "1h30m", "1500ms". REQUIRES: at least a millisecond; less is left out.
std::string duration_text(std::chrono::nanoseconds time);

}  // namespace tenthrule
