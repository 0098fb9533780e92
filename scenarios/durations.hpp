#pragma once

/// Durations as people write them: "5ms", "250us", "2s", "100ns".

#include <optional>
#include <string>
#include <string_view>

#include "runtime/types.hpp"

namespace tenthrule::scenarios {

/// An hour: a longer timeout says nothing that a shorter one does not, since time is virtual.
inline constexpr nanoseconds duration_max = nanoseconds{3600} * 1'000'000'000;

/// A whole number and a unit (ns, us, ms, s), no space between them; "0" needs no unit. Nothing if it is
/// something else or longer than `duration_max`.
std::optional<nanoseconds> parse_duration(std::string_view text);

/// In the largest unit that gives a whole number; `parse_duration` reads it back.
std::string duration_text(nanoseconds duration);

}  // namespace tenthrule::scenarios
