#include "scheduler/round_robin.hpp"

namespace tenthrule {

actor round_robin::pick(const situation& where) {
    if (where.current == no_actor) {
        return where.enabled.first();
    }
    // 2 << 63 is 0, as it should be: nobody comes after the last one.
    const std::uint64_t later_ones = ~((std::uint64_t{2} << (where.current % 64U)) - 1);
    actor_set later = where.enabled;
    if (is_task(where.current)) {
        later.tasks &= later_ones;
    } else {
        later.tasks = 0;
        later.events &= later_ones;
    }
    return later.empty() ? where.enabled.first() : later.first();
}

}  // namespace tenthrule
