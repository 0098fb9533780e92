#include "scheduler/random_walk.hpp"

namespace tenthrule {

actor random_walk::pick(const situation& where) {
    if (stay_p_ != 0 && where.current != no_actor && where.enabled.contains(where.current) &&
        !where.current_yields && random_.below(stay_q_) < stay_p_) {
        return where.current;
    }
    return draw_one(where.enabled, random_);
}

}  // namespace tenthrule
