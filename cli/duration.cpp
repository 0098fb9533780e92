#include "cli/duration.hpp"

#include <cmath>
#include <cstdint>

#include <fmt/format.h>

namespace tenthrule::cli {

std::string format_duration(seconds time) {
    const double s = time.count();
    if (s < 0.0995) {
        return fmt::format("{:.1f} ms", s * 1e3);
    }
    if (s < 9.995) {
        return fmt::format("{:.2f} s", s);
    }
    if (s < 119.5) {
        return fmt::format("{:.1f} s", s);
    }
    const auto whole = static_cast<std::uint64_t>(std::llround(s));
    if (whole < 7'200) {
        return fmt::format("{} min {} s", whole / 60, whole % 60);
    }
    return fmt::format("{} h {} min", whole / 3'600, whole % 3'600 / 60);
}

std::string format_clock(seconds time) {
    const auto whole = static_cast<std::uint64_t>(std::ceil(time.count() < 0 ? 0 : time.count()));
    if (whole < 3'600) {
        return fmt::format("{}:{:02}", whole / 60, whole % 60);
    }
    return fmt::format("{}:{:02}:{:02}", whole / 3'600, whole % 3'600 / 60, whole % 60);
}

}  // namespace tenthrule::cli
