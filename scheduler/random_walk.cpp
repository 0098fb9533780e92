#include "scheduler/random_walk.hpp"

#include <bit>
#include <cstdint>

namespace tenthrule {

namespace {

// Apart from the simplest case, which would have to make room for it on the stack.
[[gnu::noinline]] actor draw_one_of_many(const actor_set& set, random_source& random) {
    return set.nth(random.below(set.count()));
}

// REQUIRES: at least two members.
actor draw_one(const actor_set& set, random_source& random) {
    const std::uint64_t first = set.tasks & (~set.tasks + 1);
    const std::uint64_t others = set.tasks ^ first;
    if (set.events == 0 && (others & (others - 1)) == 0) [[likely]] {
        return static_cast<actor>(std::countr_zero(random.below(2) == 0 ? first : others));
    }
    return draw_one_of_many(set, random);
}

}  // namespace

bool random_walk::stays(const situation& where) {
    return where.current != no_actor && where.enabled.contains(where.current) && !where.current_yields &&
           random_.below(stay_q_) < stay_p_;
}

actor random_walk::pick(const situation& where) {
    if (stay_p_ != 0 && stays(where)) [[unlikely]] {
        return where.current;
    }
    return draw_one(where.enabled, random_);
}

}  // namespace tenthrule
