#include "conform/sequence.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "conform/word_value.hpp"

namespace tenthrule::conform {

std::vector<std::string> sequence::thread_names() const {
    std::vector<std::string> names;
    names.reserve(threads.size());
    for (const thread_setup& t : threads) {
        names.push_back(t.name);
    }
    return names;
}

bool sequence::needs_strict_order() const {
    return std::any_of(steps.begin(), steps.end(), [](const step& s) { return s.then.has_value(); });
}

namespace {
constexpr int errno_last = 133;
}

std::string result_text(long result) {
    if (result == outcome::held) {
        return "held";
    }
    if (result < 0) {
        if (const char* const name = strerrorname_np(static_cast<int>(-result))) {
            return name;
        }
    }
    return fmt::format("{}", result);
}

std::optional<long> parse_result(std::string_view text) {
    if (text == "held") {
        return outcome::held;
    }
    for (int number = 1; number <= errno_last; ++number) {
        const char* const name = strerrorname_np(number);
        if (name != nullptr && text == name) {
            return -number;
        }
    }
    if (text == "EWOULDBLOCK") {
        return -EAGAIN;
    }
    if (const std::optional<std::int64_t> n = parse_number(text); n && *n >= 0) {
        return static_cast<long>(*n);
    }
    return std::nullopt;
}

}  // namespace tenthrule::conform
