#pragma once

/// What a test says about itself: what must be true, what may be assumed, what is left open.

#include <cstdint>
#include <source_location>
#include <string_view>

#include "library/session.hpp"

namespace tenthrule {

/// If it is false, that is a violation, and the execution ends here. Without a message the failure is named
/// after the line.
void check(bool condition, std::string_view message = {},
           const std::source_location& where = std::source_location::current());

/// If it is false, this execution is of no interest: it ends here and counts as none.
inline void assume(bool condition) {
    if (!condition) [[unlikely]] {
        detail::session& s = detail::session_for("assume");
        s.assumed_away = true;
        s.machine().abandon();
    }
}

/// A value in [0, n), as the schedule has it: over all schedules every one of them. n at least 1. `label`
/// lives as long as the execution.
std::uint32_t choose(std::uint32_t n, const char* label = "a value");

/// A line for the trace of a failing execution. Costs nothing else.
inline void note(std::string_view text) {
    detail::session_for("note").machine().story("{}", text);
}

}  // namespace tenthrule
