#include <algorithm>

#include "shrink/passes/passes.hpp"

namespace tenthrule::shrinking {

namespace {

// Where executions are long, not every place is tried.
constexpr std::uint32_t scan_max = 200;

// Moves deviation i to choice point `to`, together with the rest of the schedule as it is.
bool move_to(schedule_shrinker& s, std::size_t i, std::uint32_t to) {
    const deviation d = s.best().decisions[i];
    const choice_point& from = s.best_trace()[d.choice];
    const choice_point& at = s.best_trace()[to];
    // What is possible is known only up to where the deviation stands now.
    const bool impossible =
        to < d.choice && (at.is_value() != from.is_value() || d.value == at.standard() ||
                          (at.is_value() ? d.value >= at.values : !at.enabled.contains(d.value)));
    if (impossible) {
        return false;
    }
    schedule plan = s.best().decisions;
    plan[i].choice = to;
    return s.try_numbers(plan) || s.try_numbers(plan, by_number::misfit::deferred);
}

// To the far end if that will do, else half as far, a quarter as far, ...; else wherever it will do.
bool move_towards(schedule_shrinker& s, std::size_t i, std::uint32_t end) {
    const std::uint32_t from = s.best().decisions[i].choice;
    const bool earlier = end < from;
    const std::uint32_t distance = earlier ? from - end : end - from;
    const auto by = [&](std::uint32_t steps) {
        return !s.lab().out_of_budget() && move_to(s, i, earlier ? from - steps : from + steps);
    };
    for (std::uint32_t steps = distance; steps > 0; steps /= 2) {
        if (by(steps)) {
            return true;
        }
    }
    for (std::uint32_t steps = std::min(distance, scan_max); steps > 0; --steps) {
        if (by(steps)) {
            return true;
        }
    }
    return false;
}

}  // namespace

void move_deviation(schedule_shrinker& s) {
    for (std::size_t i = 0; i < s.best().decisions.size() && !s.lab().out_of_budget(); ++i) {
        const std::uint32_t first = i == 0 ? 0 : s.best().decisions[i - 1].choice + 1;
        if (move_towards(s, i, first)) {
            continue;
        }
        const auto end = static_cast<std::uint32_t>(s.best_trace().size());
        const std::uint32_t last =
            i + 1 < s.best().decisions.size() ? s.best().decisions[i + 1].choice - 1 : end - 1;
        move_towards(s, i, last);
    }
}

}  // namespace tenthrule::shrinking
