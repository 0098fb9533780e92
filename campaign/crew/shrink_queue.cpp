#include "campaign/crew/shrink_queue.hpp"

#include <algorithm>

namespace tenthrule::crew {

void shrink_queue::offer(const shrink_task& t) {
    state& s = of(t);
    const bool worth_it = s.tries == 0 || (!s.complete && s.tries < 2) || t.points <= s.tried_points / 2;
    const bool shorter = !s.waiting || t.points < s.waiting->points;
    if (!s.given_up && s.tries < tries_max && worth_it && shorter) {
        s.waiting = t;
    }
}

void shrink_queue::knows(const shrink_task& t) {
    state& s = of(t);
    s.tries = std::max(s.tries, 1U);
    s.complete = true;
    s.tried_points = std::min(s.tried_points, t.points);
}

shrink_queue::states::const_iterator shrink_queue::best() const {
    auto found = known_.end();
    for (auto i = known_.begin(); i != known_.end(); ++i) {
        const state& s = i->second;
        if (s.waiting && !s.under_way && (found == known_.end() || s.tries < found->second.tries)) {
            found = i;
        }
    }
    return found;
}

shrink_task shrink_queue::take() {
    state& s = known_[best()->first];
    shrink_task t = std::move(*s.waiting);
    s.waiting.reset();
    s.under_way = true;
    return t;
}

void shrink_queue::done(const shrink_task& t, bool complete) {
    state& s = of(t);
    s.under_way = false;
    s.complete = s.complete || complete;
    s.tried_points = std::min(s.tried_points, t.points);
    ++s.tries;
    if (s.waiting && s.complete && s.waiting->points > s.tried_points / 2) {
        s.waiting.reset();
    }
}

void shrink_queue::give_up(const shrink_task& t) {
    state& s = of(t);
    s.under_way = false;
    s.given_up = true;
    s.waiting.reset();
}

void shrink_queue::put_back(const shrink_task& t) {
    state& s = of(t);
    s.under_way = false;
    if (!s.waiting) {
        s.waiting = t;
    }
}

}  // namespace tenthrule::crew
