#pragma once

#include <bit>
#include <cstdint>

#include "runtime/types.hpp"

namespace tenthrule {

/// Calls f(a) for each member of `set`, in ascending order.
template <typename F>
void for_each(const actor_set& set, F f) {
    for (std::uint64_t members = set.tasks; members != 0; members &= members - 1) {
        f(static_cast<actor>(std::countr_zero(members)));
    }
    for (std::uint64_t members = set.events; members != 0; members &= members - 1) {
        f(static_cast<actor>(tasks_max + static_cast<unsigned>(std::countr_zero(members))));
    }
}

}  // namespace tenthrule
