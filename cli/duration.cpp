#include "cli/duration.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

namespace tenthrule::cli {

namespace {

// 1.5 as in "1.5s". By hand, because strtod reads the locale, "inf" and hexadecimal as well.
std::optional<double> take_number(std::string_view& text) {
    double value = 0;
    double place = 1;
    bool fraction = false;
    std::size_t digits = 0;
    std::size_t used = 0;
    for (; used < text.size(); ++used) {
        const char c = text[used];
        if (c == '.' && !fraction) {
            fraction = true;
        } else if (c >= '0' && c <= '9') {
            ++digits;
            value = value * 10 + (c - '0');
            place *= fraction ? 10 : 1;
        } else {
            break;
        }
    }
    if (digits == 0 || digits > 12) {
        return std::nullopt;
    }
    text.remove_prefix(used);
    return value / place;
}

struct unit {
    std::string_view name;
    double seconds;
};

// Largest first: "1h30m" is a duration, "30m1h" is not. "ms" stands before "m" for reading.
constexpr std::array<unit, 5> units{{{"d", 86'400}, {"h", 3'600}, {"ms", 0.001}, {"m", 60}, {"s", 1}}};

}  // namespace

std::optional<seconds> parse_duration(std::string_view text) {
    double total = 0;
    double last = 1e9;
    const std::string_view whole = text;
    while (!text.empty()) {
        const std::optional<double> value = take_number(text);
        if (!value) {
            return std::nullopt;
        }
        if (text.empty()) {
            // Only a number alone goes without a unit.
            if (last != 1e9) {
                return std::nullopt;
            }
            total += *value;
            break;
        }
        const unit* found = nullptr;
        for (const unit& u : units) {
            if (text.substr(0, u.name.size()) == u.name) {
                found = &u;
                break;
            }
        }
        if (found == nullptr || found->seconds >= last) {
            return std::nullopt;
        }
        text.remove_prefix(found->name.size());
        total += *value * found->seconds;
        last = found->seconds;
    }
    if (whole.empty() || !(total > 0) || total > 1e9) {
        return std::nullopt;
    }
    return seconds(total);
}

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
