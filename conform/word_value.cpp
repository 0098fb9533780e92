#include "conform/word_value.hpp"

#include <charconv>

#include <fmt/format.h>

#include "kernel/state.hpp"

namespace tenthrule::conform {

std::uint32_t encode(const word_value& value, const tid_names& names) {
    std::uint32_t tid = value.number;
    switch (value.is) {
        case word_value::kind::number:
            break;
        case word_value::kind::thread:
            tid = names.of_thread[value.number];
            break;
        case word_value::kind::nobody:
            tid = names.nobody;
            break;
        case word_value::kind::kernel_thread:
            tid = names.kernel_thread;
            break;
    }
    return tid | (value.waiters ? kernel::futex_waiters : 0U) |
           (value.owner_died ? kernel::futex_owner_died : 0U);
}

word_value decode(std::uint32_t value, const tid_names& names) {
    word_value v;
    v.waiters = (value & kernel::futex_waiters) != 0;
    v.owner_died = (value & kernel::futex_owner_died) != 0;
    v.number = value & kernel::futex_tid_mask;
    for (unsigned t = 0; t < names.threads; ++t) {
        if (v.number == names.of_thread[t]) {
            v.is = word_value::kind::thread;
            v.number = t;
            return v;
        }
    }
    if (v.number != 0 && v.number == names.nobody) {
        v.is = word_value::kind::nobody;
        v.number = 0;
    } else if (v.number != 0 && v.number == names.kernel_thread) {
        v.is = word_value::kind::kernel_thread;
        v.number = 0;
    }
    return v;
}

std::string to_string(const word_value& value, std::span<const std::string> threads) {
    std::string text;
    switch (value.is) {
        case word_value::kind::number:
            text = fmt::format("{}", value.number);
            break;
        case word_value::kind::thread:
            text = threads[value.number];
            break;
        case word_value::kind::nobody:
            text = "NOBODY";
            break;
        case word_value::kind::kernel_thread:
            text = "KTHREAD";
            break;
    }
    text += value.waiters ? "|WAITERS" : "";
    text += value.owner_died ? "|OWNER_DIED" : "";
    return text;
}

std::optional<std::int64_t> parse_number(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative) {
        text.remove_prefix(1);
    }
    const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
    if (hexadecimal) {
        text.remove_prefix(2);
    }
    std::int64_t n = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), n, hexadecimal ? 16 : 10);
    if (text.empty() || text.front() == '-' || error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return negative ? -n : n;
}

namespace {

// One name or number between the '|'.
bool add_part(word_value& to, std::string_view part, std::span<const std::string> threads, bool first) {
    if (part == "WAITERS") {
        to.waiters = true;
        return true;
    }
    if (part == "OWNER_DIED") {
        to.owner_died = true;
        return true;
    }
    if (!first) {
        return false;
    }
    if (part == "NOBODY") {
        to.is = word_value::kind::nobody;
        return true;
    }
    if (part == "KTHREAD") {
        to.is = word_value::kind::kernel_thread;
        return true;
    }
    for (std::size_t t = 0; t < threads.size(); ++t) {
        if (part == threads[t]) {
            to.is = word_value::kind::thread;
            to.number = static_cast<std::uint32_t>(t);
            return true;
        }
    }
    const std::optional<std::int64_t> n = parse_number(part);
    if (!n || *n < INT32_MIN || *n > UINT32_MAX) {
        return false;
    }
    const auto value = static_cast<std::uint32_t>(*n);
    to.number = value & kernel::futex_tid_mask;
    to.waiters = (value & kernel::futex_waiters) != 0;
    to.owner_died = (value & kernel::futex_owner_died) != 0;
    if (to.number == usual_kernel_thread) {
        to.is = word_value::kind::kernel_thread;
        to.number = 0;
    }
    return true;
}

}  // namespace

std::optional<word_value> parse_word_value(std::string_view text, std::span<const std::string> threads) {
    word_value value;
    for (bool first = true;; first = false) {
        const std::size_t bar = text.find('|');
        if (!add_part(value, text.substr(0, bar), threads, first)) {
            return std::nullopt;
        }
        if (bar == std::string_view::npos) {
            return value;
        }
        text.remove_prefix(bar + 1);
    }
}

}  // namespace tenthrule::conform
