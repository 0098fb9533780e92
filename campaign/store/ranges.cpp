#include "campaign/store/ranges.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

namespace tenthrule {

std::vector<execution_range> arm_state::gaps(std::uint64_t end) const {
    std::vector<execution_range> missing;
    std::uint64_t at = 0;
    for (const execution_range& r : done) {
        if (r.first >= end) {
            break;
        }
        if (r.first > at) missing.push_back({at, r.first - at});
        at = r.first + r.count;
    }
    if (at < end) missing.push_back({at, end - at});
    return missing;
}

namespace ranges {

namespace {

constexpr std::uint64_t end_max = std::uint64_t{1} << 63U;

}  // namespace

bool add(range_list& to, execution_range more) {
    if (more.first > end_max || more.count > end_max - more.first) {
        return false;
    }
    if (more.count == 0) {
        return true;
    }
    const auto after = std::find_if(to.begin(), to.end(),
                                    [&more](const execution_range& r) { return r.first >= more.first; });
    const bool reaches_next = after != to.end() && more.first + more.count > after->first;
    const bool within_last = after != to.begin() && (after - 1)->first + (after - 1)->count > more.first;
    if (reaches_next || within_last) {
        return false;
    }
    const bool joins_last = after != to.begin() && (after - 1)->first + (after - 1)->count == more.first;
    const bool joins_next = after != to.end() && more.first + more.count == after->first;
    if (joins_last && joins_next) {
        (after - 1)->count += more.count + after->count;
        to.erase(after);
    } else if (joins_last) {
        (after - 1)->count += more.count;
    } else if (joins_next) {
        *after = {more.first, more.count + after->count};
    } else {
        to.insert(after, more);
    }
    return true;
}

std::uint64_t size(const range_list& of) {
    std::uint64_t sum = 0;
    for (const execution_range& r : of) {
        sum += r.count;
    }
    return sum;
}

std::uint64_t common(const range_list& a, const range_list& b) {
    std::uint64_t sum = 0;
    for (const execution_range& x : a) {
        for (const execution_range& y : b) {
            const std::uint64_t from = std::max(x.first, y.first);
            const std::uint64_t to = std::min(x.first + x.count, y.first + y.count);
            if (from < to) sum += to - from;
        }
    }
    return sum;
}

std::string to_text(const range_list& of) {
    std::string text;
    for (const execution_range& r : of) {
        text += fmt::format("{}{}+{}", text.empty() ? "" : " ", r.first, r.count);
    }
    return text;
}

std::optional<range_list> from_text(std::string_view text) {
    range_list list;
    const char* at = text.data();
    const char* const end = at + text.size();
    while (at != end) {
        execution_range r;
        const auto first = std::from_chars(at, end, r.first);
        if (first.ec != std::errc() || first.ptr == end || *first.ptr != '+') {
            return std::nullopt;
        }
        const auto count = std::from_chars(first.ptr + 1, end, r.count);
        if (count.ec != std::errc() || r.count == 0 || !add(list, r)) {
            return std::nullopt;
        }
        at = count.ptr;
        if (at != end && (*at++ != ' ' || at == end)) {
            return std::nullopt;
        }
    }
    return list;
}

}  // namespace ranges

}  // namespace tenthrule
