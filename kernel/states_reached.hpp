#pragma once

/// States of word, pi_state and owner in which what the kernel does depends on their combination: the cells
/// of the validity matrix, met when a waiter looks for the pi_state to attach to. A search that has not
/// reached a cell has not tested what the kernel does there.

#include <array>
#include <cstdint>
#include <string_view>

#include "kernel/system.hpp"

namespace tenthrule::kernel {

/// The numbers are kept in stores: never renumber.
enum class state_reached : std::uint8_t {
    nobody_waits_free = 0,           ///< the word can be taken directly
    nobody_waits_owned = 1,          ///< attached to the task that the word names
    nobody_waits_owner_exits = 2,    ///< which is exiting
    nobody_waits_owner_dead = 3,     ///< which has exited
    nobody_waits_owner_gone = 4,     ///< there is no such task
    nobody_waits_kernel_thread = 5,  ///< it is one of the kernel's own
    no_pi_waiter = 6,                ///< the first waiter is no PI waiter
    ownerless_died = 7,              ///< no owner, no TID, OWNER_DIED
    ownerless_taken = 8,             ///< no owner, a TID, OWNER_DIED
    ownerless_alive = 9,             ///< no owner, no OWNER_DIED
    owned_died = 10,                 ///< an owner, no TID, OWNER_DIED
    owned_free = 11,                 ///< an owner, no TID, no OWNER_DIED
    owned_by_it = 12,                ///< the owner is whom the word names
    owned_by_another = 13,           ///< the owner is somebody else
};

/// By their numbers, for reports.
inline constexpr std::array<std::string_view, 14> states_reached_names{
    "nobody waits, word free",
    "nobody waits, owner alive",
    "nobody waits, owner exits",
    "nobody waits, owner dead",
    "nobody waits, owner gone",
    "nobody waits, owner is a kernel thread",
    "first waiter is no PI waiter",
    "pi_state without owner, TID 0, OWNER_DIED",
    "pi_state without owner, TID, OWNER_DIED",
    "pi_state without owner, no OWNER_DIED",
    "pi_state with owner, TID 0, OWNER_DIED",
    "pi_state with owner, TID 0, no OWNER_DIED",
    "pi_state with owner, its TID",
    "pi_state with owner, another TID",
};

inline void reached(system& s, state_reached what) {
    s.e.state_seen(static_cast<unsigned>(what));
}

}  // namespace tenthrule::kernel
