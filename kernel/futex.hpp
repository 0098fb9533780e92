#pragma once

/// The futex operations, one function each, as they look from inside the kernel: results are 0, a count,
/// -errno, or one of the internal restart codes.

#include <span>

#include "kernel/sched.hpp"
#include "kernel/state.hpp"

namespace tenthrule::kernel {

/// Interrupted; what a signal handler's return does then.
inline constexpr long restart_sys = -512;     ///< restarts if the handler has SA_RESTART
inline constexpr long restart_nointr = -513;  ///< restarts always
inline constexpr long restart_block = -516;   ///< does not restart after a handler

/// The absolute end of a call's timeout.
struct deadline {
    bool given = false;
    nanoseconds at = 0;
};

long futex_wait(system& s, futex_word& w, std::uint32_t value, std::uint32_t bits, deadline until);
long futex_wake(system& s, futex_word& w, int count, std::uint32_t bits);
long futex_wake_op(system& s, const call& c);
/// Also CMP_REQUEUE (compare) and CMP_REQUEUE_PI (pi).
struct requeue_request {
    int wake_count = 1;
    int move_count = 0;
    bool compare = false;
    std::uint32_t value = 0;
    bool pi = false;
};
long futex_requeue(system& s, futex_word& from, futex_word& to, const requeue_request& r);
long futex_wait_requeue_pi(system& s, futex_word& w, futex_word& to, std::uint32_t value, deadline until);
long futex_lock_pi(system& s, futex_word& w, deadline until, bool trylock);
long futex_unlock_pi(system& s, futex_word& w);
long nanosleep(system& s, deadline until);
/// Result: the place in the vector of a word that it was woken on.
long futex_waitv(system& s, std::span<const waitv_entry> vector, deadline until);

/// Announces q on the word's bucket and takes the bucket lock, if the word has that value: 0. Else -EAGAIN or
/// -EFAULT, and nothing is locked.
long queue_if_equal(system& s, futex_q& q, futex_word& w, std::uint32_t value);

/// Sets the state, queues the caller, drops the bucket lock and sleeps until woken, timed out or interrupted.
/// `value`: what the word is expected to be while it sleeps. REQUIRES: hb locked.
void wait_queue(system& s, futex_q& q, hash_bucket& hb, std::uint32_t value, hrtimer_sleeper* timeout,
                deadline until);
/// Takes a plain waiter off its queue; the wake-up itself follows when the locks are dropped.
/// REQUIRES: its bucket locked.
void mark_wake(system& s, futex_q& q, wake_q& wake);

}  // namespace tenthrule::kernel
