#include "campaign/crew/watchdog.hpp"

#include <algorithm>
#include <utility>

namespace tenthrule::crew {

watchdog::advice watchdog::look(const sight& s, time_point now) {
    if (s.order != seen_.order) {
        order_since_ = now;
    }
    const bool moved = s.told != seen_.told || s.order != seen_.order || s.executions != seen_.executions ||
                       s.index != seen_.index;
    const duration since_look = now - std::exchange(last_look_, now);
    seen_ = s;
    if (moved) {
        last_change_ = now;
        was_curious_ = false;
    }
    if (s.order == 0 && !s.told) {
        return advice::leave;
    }
    if (limits_.memory != 0 && s.memory > limits_.memory) {
        return advice::kill_large;
    }
    if (s.shrinks && s.order != 0) {
        const duration so_far = now - order_since_;
        return so_far > limits_.shrink + 2 * limits_.hang ? advice::kill_hanging
               : so_far > limits_.shrink                  ? advice::ask_to_stop
                                                          : advice::leave;
    }
    if (!is_curious(now)) {
        return advice::leave;
    }
    if (!std::exchange(was_curious_, true)) {
        not_let_then_ = s.not_let;
        excused_ = duration{0};
    } else if (s.stopped) {
        excused_ += since_look;
    }
    const duration waited = std::max(s.not_let - not_let_then_, duration{0});
    const duration limit = s.order != 0 ? limits_.hang : limits_.start;
    return now - last_change_ - excused_ - waited > limit ? advice::kill_hanging : advice::leave;
}

}  // namespace tenthrule::crew
