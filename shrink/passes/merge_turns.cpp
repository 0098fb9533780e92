#include "shrink/passes/passes.hpp"

namespace tenthrule::shrinking {

namespace {

// The first turn after `at` that belongs to the same actor; the number of turns if there is none.
std::size_t next_of_same(const std::vector<turn>& turns, std::size_t at) {
    std::size_t next = at + 1;
    while (next < turns.size() && turns[next].who != turns[at].who) {
        ++next;
    }
    return next;
}

void erase(turn_list& list, std::size_t at) {
    list.turns.erase(list.turns.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace

void merge_turns(schedule_shrinker& s) {
    for (std::size_t at = 0;; ++at) {
        const turn_list now = turns_of(s.best_trace());
        if (at >= now.turns.size() || s.lab().out_of_budget()) {
            return;
        }
        const std::size_t next = next_of_same(now.turns, at);
        if (next == now.turns.size()) {
            continue;
        }
        turn_list without = now;  // what came between does not come at all
        without.turns[at].steps += without.turns[next].steps;
        for (std::size_t gone = next; gone > at; --gone) {
            erase(without, gone);
        }
        turn_list sooner = now;  // it comes after
        sooner.turns[at].steps += sooner.turns[next].steps;
        erase(sooner, next);
        turn_list later = now;  // it comes before
        later.turns[next].steps += later.turns[at].steps;
        erase(later, at);
        if (!s.try_turns(without) && !s.try_turns(sooner)) {
            s.try_turns(later);
        }
    }
}

}  // namespace tenthrule::shrinking
