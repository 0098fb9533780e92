#include "shrink/passes/passes.hpp"

namespace tenthrule::shrinking {

namespace {

// Moves `steps` steps of the actor from turn `from` to turn `to`.
turn_list shifted(turn_list list, std::size_t from, std::size_t to, std::uint32_t steps) {
    list.turns[from].steps -= steps;
    list.turns[to].steps += steps;
    return list;
}

// All steps but one, half of them, a quarter, ... 1.
bool shift(schedule_shrinker& s, const turn_list& now, std::size_t from, std::size_t to) {
    for (std::uint32_t steps = now.turns[from].steps - 1; steps > 0; steps /= 2) {
        if (s.try_turns(shifted(now, from, to, steps))) {
            return true;
        }
    }
    return false;
}

}  // namespace

void shift_turns(schedule_shrinker& s) {
    for (std::size_t at = 0;; ++at) {
        const turn_list now = turns_of(s.best_trace());
        if (at >= now.turns.size() || s.lab().out_of_budget()) {
            return;
        }
        std::size_t next = at + 1;
        while (next < now.turns.size() && now.turns[next].who != now.turns[at].who) {
            ++next;
        }
        if (next < now.turns.size() && !shift(s, now, at, next)) {
            shift(s, now, next, at);
        }
    }
}

}  // namespace tenthrule::shrinking
