#pragma once

/// What a search that found nothing is worth, where the strategy gives a bound.

#include <cstdint>
#include <optional>
#include <string_view>

#include "scenarios/scenario.hpp"

namespace tenthrule::cli {

/// The guarantee of PCT (see scheduler/pct.hpp).
struct miss_bound {
    std::uint32_t depth = 0;  ///< d: of the bug
    double actors = 0;        ///< n: tasks and events
    double points = 0;       ///< k: mean scheduling points, which are at least as many as those with a choice
    double hit_inverse = 0;  ///< n k^(d-1): one execution hits with at least one in so many
    double missed = 0;       ///< all executions have missed it with at most this probability
};

/// Tasks and events: both have ranks under PCT.
std::uint32_t actors_of(const scenarios::scenario& s);

/// Nothing if the strategy (by its canonical name) gives no bound, or there was no execution.
std::optional<miss_bound> bound_of(std::string_view strategy, std::uint32_t actors, std::uint64_t points,
                                   std::uint64_t executions);

}  // namespace tenthrule::cli
