#include "scheduler/schedule_bound.hpp"

namespace tenthrule {

namespace {

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
        possible.events &= ~where.events_to_come();
    }
    return possible;
}

}  // namespace tenthrule
