#include "scheduler/schedule_bound.hpp"

#include <bit>

namespace tenthrule {

namespace {

// The enabled events that have not begun. A callback that has begun is about to do something else.
std::uint64_t events_from_outside(const situation& where) {
    std::uint64_t outside = 0;
    for (std::uint64_t set = where.enabled.events; set != 0; set &= set - 1) {
        const auto i = static_cast<unsigned>(std::countr_zero(set));
        const op_kind kind = where.pending[first_event + i].kind;
        if (kind == op_kind::fire || kind == op_kind::arrive || kind == op_kind::signal) {
            outside |= std::uint64_t{1} << i;
        }
    }
    return outside;
}

std::uint32_t switches_in(const run_statistics& so_far) {
    return so_far.preemptions + so_far.interleavings;
}

}  // namespace

bool schedule_bound::exceeded_by(const run_statistics& so_far) const {
    return switches_in(so_far) > switches || so_far.events > events;
}

actor_set schedule_bound::affordable(const situation& where, const run_statistics& so_far) const {
    actor_set possible = where.enabled;
    if (where.fallback_goes_on && switches_in(so_far) == switches) {
        possible.tasks = is_task(where.fallback) ? possible.tasks & task_bit(where.fallback) : 0;
    }
    if (so_far.events == events) {
        possible.events &= ~events_from_outside(where);
    }
    return possible;
}

}  // namespace tenthrule
