#include "scenarios/durations.hpp"

#include <array>

#include <fmt/format.h>

namespace tenthrule::scenarios {

namespace {

struct unit {
    std::string_view name;
    nanoseconds length;
};

constexpr std::array units{unit{"s", 1'000'000'000}, unit{"ms", 1'000'000}, unit{"us", 1'000}, unit{"ns", 1}};

}  // namespace

std::optional<nanoseconds> parse_duration(std::string_view text) {
    if (text == "0") {
        return nanoseconds{0};
    }
    nanoseconds number = 0;
    std::size_t i = 0;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
        number = number * 10 + static_cast<nanoseconds>(text[i] - '0');
        if (number > duration_max) {
            return std::nullopt;
        }
    }
    if (i == 0) {
        return std::nullopt;
    }
    for (const unit& u : units) {
        if (text.substr(i) == u.name) {
            return number <= duration_max / u.length ? std::optional(number * u.length) : std::nullopt;
        }
    }
    return std::nullopt;
}

std::string duration_text(nanoseconds duration) {
    if (duration == 0) {
        return "0";
    }
    for (const unit& u : units) {
        if (duration % u.length == 0) {
            return fmt::format("{}{}", duration / u.length, u.name);
        }
    }
    return {};  // not reached: every duration is a whole number of nanoseconds
}

}  // namespace tenthrule::scenarios
