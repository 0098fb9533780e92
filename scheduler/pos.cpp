#include "scheduler/pos.hpp"

namespace tenthrule {

void pos::begin(std::uint64_t seed) {
    random_.reseed(seed);
    touched_.clear();
    lots_.clear();
}

void pos::appear(actor a) {
    touched_.appear(a);
    lots_.draw(a, random_);
}

actor pos::pick(const situation& where) {
    if (where.current_yields) {
        lots_.yield(where.current, random_);
    }
    lots_.grow_old(where.enabled, random_);
    const actor next = lots_.highest(where.enabled);
    followed(next, where.pending);
    return next;
}

void pos::followed(actor next, const operation* pending) {
    lots_.draw(next, random_);
    touched_.step(next, pending);
    const operation& done = pending[next];
    if (done.object == 0 || done.mode == access::none) {
        return;
    }
    actor_set others = touched_.touching(done.object);
    others.erase(next);
    for_each(others, [&](actor other) {
        if (dependent(done, pending[other])) {
            lots_.draw(other, random_);
        }
    });
}

}  // namespace tenthrule
