#include "scheduler/parameters.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>

#include <fmt/format.h>

#include "runtime/nearest.hpp"

namespace tenthrule {

namespace {

// Digits only: no sign, no space, nothing behind them.
std::optional<std::uint32_t> whole_number(std::string_view text) {
    std::uint32_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stopped, problem] = std::from_chars(text.data(), end, value);
    if (problem != std::errc{} || stopped != end) {
        return std::nullopt;
    }
    return value;
}

}  // namespace

parameters::parameters(std::string_view strategy, std::string_view text) : strategy_(strategy) {
    while (!text.empty()) {
        text.remove_prefix(1);  // the colon, or the comma before the next one
        const std::string_view piece = text.substr(0, text.find(','));
        text.remove_prefix(piece.size());
        const std::size_t equals = piece.find('=');
        if (equals == std::string_view::npos || equals == 0) {
            error_ = fmt::format("strategy '{}': expected key=value, found '{}'", strategy_, piece);
            return;
        }
        const std::string_view key = piece.substr(0, equals);
        const bool twice = std::any_of(entries_.begin(), entries_.end(),
                                       [key](const entry& other) { return other.key == key; });
        if (twice) {
            error_ = fmt::format("strategy '{}': '{}' is given twice", strategy_, key);
            return;
        }
        entries_.push_back({key, piece.substr(equals + 1)});
    }
}

std::optional<std::string_view> parameters::take(std::string_view key) {
    known_.push_back(key);
    for (entry& e : entries_) {
        if (e.key == key) {
            e.read = true;
            return e.value;
        }
    }
    return std::nullopt;
}

void parameters::bad_value(std::string_view key, std::string_view value, const std::string& expected) {
    if (error_.empty()) {
        error_ = fmt::format("strategy '{}': '{}' must be {}, found '{}'", strategy_, key, expected, value);
    }
}

void parameters::add_canonical(std::string_view key, const std::string& value) {
    canonical_ += fmt::format("{}{}={}", canonical_.empty() ? ':' : ',', key, value);
}

std::uint32_t parameters::number(std::string_view key, std::uint32_t default_value, std::uint32_t least,
                                 std::uint32_t most) {
    std::uint32_t value = default_value;
    if (const auto text = take(key)) {
        const auto given = whole_number(*text);
        if (given && *given >= least && *given <= most) {
            value = *given;
        } else {
            bad_value(key, *text, fmt::format("a whole number from {} to {}", least, most));
        }
    }
    add_canonical(key, fmt::format("{}", value));
    return value;
}

std::optional<parameters::fraction> parameters::proper_fraction(std::string_view key) {
    constexpr std::uint32_t q_max = 65'536;
    const auto text = take(key);
    if (!text) {
        return std::nullopt;
    }
    const std::size_t slash = text->find('/');
    if (slash != std::string_view::npos) {
        const auto p = whole_number(text->substr(0, slash));
        const auto q = whole_number(text->substr(slash + 1));
        if (p && q && *p > 0 && *p < *q && *q <= q_max) {
            const std::uint32_t divisor = std::gcd(*p, *q);
            const fraction f{*p / divisor, *q / divisor};
            add_canonical(key, fmt::format("{}/{}", f.p, f.q));
            return f;
        }
    }
    bad_value(key, *text,
              fmt::format("a fraction between 0 and 1 such as 7/8 (denominator up to {})", q_max));
    return std::nullopt;
}

const std::string& parameters::finish(std::string_view syntax) {
    for (const entry& e : entries_) {
        if (e.read || !error_.empty()) {
            continue;
        }
        error_ = fmt::format("strategy '{}' has no parameter '{}'", strategy_, e.key);
        if (known_.empty()) {
            error_ += "; it takes none";
            continue;
        }
        const std::string_view meant = nearest(e.key, known_);
        error_ += meant.empty() ? "" : fmt::format(", did you mean '{}'?", meant);
        error_ += fmt::format(" (syntax: {})", syntax);
    }
    return error_;
}

}  // namespace tenthrule
