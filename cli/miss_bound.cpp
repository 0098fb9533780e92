#include "cli/miss_bound.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace tenthrule::cli {

std::uint32_t actors_of(const scenarios::scenario& s) {
    std::uint32_t tasks = 0;
    for (const scenarios::task& t : s.tasks) {
        tasks += t.dropped ? 0U : 1U;
    }
    return tasks + scenarios::events_count(s);
}

std::optional<miss_bound> bound_of(std::string_view strategy, std::uint32_t actors, std::uint64_t points,
                                   std::uint64_t executions) {
    constexpr std::string_view pct = "pct:depth=";
    if (strategy.substr(0, pct.size()) != pct || executions == 0 || actors == 0) {
        return std::nullopt;
    }
    miss_bound b;
    const char* const end = strategy.data() + strategy.size();
    if (std::from_chars(strategy.data() + pct.size(), end, b.depth).ptr != end || b.depth == 0) {
        return std::nullopt;
    }
    b.actors = actors;
    b.points = std::max(1.0, static_cast<double>(points) / static_cast<double>(executions));
    b.hit_inverse = b.actors * std::pow(b.points, b.depth - 1);
    b.missed = std::exp(static_cast<double>(executions) * std::log1p(-std::min(1.0, 1.0 / b.hit_inverse)));
    return b;
}

}  // namespace tenthrule::cli
