#include "scheduler/round_robin.hpp"

namespace tenthrule {

actor round_robin::pick(const situation& where) {
    if (where.current == no_actor) {
        return where.enabled.first();
    }
    const actor_set later = where.enabled.after(where.current);
    return later.empty() ? where.enabled.first() : later.first();
}

}  // namespace tenthrule
