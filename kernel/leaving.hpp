#pragma once

/// The end of a wait for a PI futex, common to LOCK_PI and WAIT_REQUEUE_PI.

#include "kernel/pi_state.hpp"
#include "kernel/sched.hpp"

namespace tenthrule::kernel {

/// After waiting for the rt_mutex: takes the bucket lock again and, if `cleanup`, the waiter off the
/// rt_mutex; `leaves_first` says in which order. True: it got the lock in the last moment.
bool leave_rt_mutex(system& s, futex_q& q, rt_mutex& lock, rt_mutex_waiter& waiter, bool cleanup,
                    bool leaves_first);

/// Takes q off its bucket, gives its pi_state back and drops the bucket lock. `result`: of the call.
/// REQUIRES: q's bucket locked.
void leave_futex(system& s, futex_q& q, int result);

/// Whether an attempt to take or attach to a PI word that failed is to be made again, after what has to be
/// done before. May change the result of a failed one. REQUIRES: no lock held.
bool retry_after(system& s, futex_word& w, const attach_result& failed, const char* who);

}  // namespace tenthrule::kernel
