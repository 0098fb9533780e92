#include "scheduler/pos.hpp"

namespace tenthrule {

void pos::begin(std::uint64_t seed) {
    random_.reseed(seed);
    pending_.clear();
    lots_.clear();
}

void pos::appear(actor a) {
    pending_.changes(a);
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
    pending_.update(pending);
    pending_.changes(next);
    const operation& done = pending[next];
    if (done.object == 0 || done.mode == access::none) {
        return;
    }
    actor_set others = pending_.object(done.object);
    others.erase(next);
    for (; !others.empty(); others.erase(others.first())) {
        if (const actor other = others.first(); dependent(done, pending[other])) {
            lots_.draw(other, random_);
        }
    }
}

}  // namespace tenthrule
