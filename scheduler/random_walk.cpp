#include "scheduler/random_walk.hpp"

#include <bit>
#include <cstdint>

namespace tenthrule {

namespace {

// REQUIRES: at least two members.
actor draw_one(const actor_set& set, random_source& random) {
    const std::uint64_t first = set.tasks & (~set.tasks + 1);
    const std::uint64_t others = set.tasks ^ first;
    if (set.events == 0 && (others & (others - 1)) == 0) [[likely]] {
        return static_cast<actor>(std::countr_zero(random.below(2) == 0 ? first : others));
    }
    return set.nth(random.below(set.count()));
}

}  // namespace

actor random_walk::pick(const situation& where) {
    if (stay_p_ != 0 && where.current != no_actor && where.enabled.contains(where.current) &&
        !where.current_yields && random_.below(stay_q_) < stay_p_) {
        return where.current;
    }
    return draw_one(where.enabled, random_);
}

}  // namespace tenthrule
