#include "campaign/duration.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

#include <fmt/format.h>

namespace tenthrule {

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

std::optional<std::chrono::duration<double>> parse_duration(std::string_view text) {
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
    return std::chrono::duration<double>(total);
}

std::string duration_text(std::chrono::nanoseconds time) {
    std::int64_t rest = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
    if (rest % 1'000 != 0) {
        return fmt::format("{}ms", rest);
    }
    rest /= 1'000;
    std::string text;
    for (const unit& u : units) {
        const auto length = static_cast<std::int64_t>(u.seconds);
        if (length != 0 && rest >= length) {
            text += fmt::format("{}{}", rest / length, u.name);
            rest %= length;
        }
    }
    return text;
}

}  // namespace tenthrule
