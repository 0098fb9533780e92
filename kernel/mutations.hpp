#pragma once

/// Deliberate mistakes, one line each, to see whether rules and scenarios notice. They exist only in a build
/// of the kernel with TENTHRULE_MUTATIONS, which the tests make for themselves; elsewhere `mutated` is false
/// and costs nothing.

#include <cstdint>

namespace tenthrule::kernel {

enum class mutation : std::uint8_t {
    none,
    attach_without_recheck,    ///< the word is not read again under wait_lock
    hb_dropped_too_early,      ///< LOCK_PI holds neither lock for a moment
    top_waiter_not_woken,      ///< a chain walk that changes the top of an ownerless lock wakes nobody
    equals_steal,              ///< an equal priority is enough to steal a futex
    no_deboost,                ///< an unlocker keeps the priority that it was lent
    cleanup_without_trylock,   ///< a waiter that leaves does not look whether it was chosen
    stolen_not_fixed,          ///< a waiter that was chosen leaves without repairing the word
    woken_read_too_late,       ///< FUTEX_WAKE lets go of the waiter before it has read whom to wake
    requeue_not_counted,       ///< the target's bucket does not count a requeue under way
    state_set_too_late,        ///< a waiter becomes INTERRUPTIBLE only after it can be woken
    next_waiter_not_inserted,  ///< the owner does not learn of the next waiter when the top one leaves
    reference_leaked,          ///< an unlocker keeps its reference
    waiters_bit_lost,          ///< a new owner forgets that others wait
};

inline constexpr mutation last_mutation = mutation::waiters_bit_lost;

#ifdef TENTHRULE_MUTATIONS
inline thread_local mutation active_mutation = mutation::none;
inline bool mutated(mutation m) {
    return active_mutation == m;
}
#else
constexpr bool mutated(mutation /*m*/) {
    return false;
}
#endif

}  // namespace tenthrule::kernel
