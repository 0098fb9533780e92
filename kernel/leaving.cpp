#include "kernel/leaving.hpp"

#include <cerrno>

#include "kernel/bucket.hpp"
#include "kernel/exit.hpp"
#include "kernel/oracle.hpp"
#include "kernel/rtmutex.hpp"
#include "kernel/user_access.hpp"

namespace tenthrule::kernel {

namespace {

constexpr nanoseconds nap = 1'000'000;

// As proposed in 2023: instead of waiting for the bucket lock, which on RT would enqueue a second waiter,
// tries it once in a millisecond.
void try_own_bucket(system& s, futex_q& q) {
    for (;;) {
        hash_bucket* const hb = q.lock_ptr.load();
        if (trylock_bucket(s, *hb)) {
            if (q.lock_ptr.peek() == hb) {
                return;
            }
            unlock_bucket(s, *hb);
            continue;
        }
        s.e.story("{} is taken: naps", hb->name);
        oracle::retried(s, "trylock of hb->lock after wait_proxy_lock");
        sleep_uninterruptibly(s, nap, "nap before the next trylock");
    }
}

}  // namespace

bool leave_rt_mutex(system& s, futex_q& q, rt_mutex& lock, rt_mutex_waiter& waiter, bool cleanup,
                    bool leaves_first) {
    if (leaves_first) {
        const bool acquired = cleanup && !cleanup_proxy_lock(s, lock, waiter);
        lock_own_bucket(s, q);
        return acquired;
    }
    if (s.patched(patch::hb_trylock) && cleanup) {
        try_own_bucket(s, q);
    } else {
        lock_own_bucket(s, q);
    }
    return cleanup && !cleanup_proxy_lock(s, lock, waiter);
}

void leave_futex(system& s, futex_q& q, int result) {
    pi_state* const p = q.state.get();
    hash_bucket& hb = *q.lock_ptr.peek();
    // Before 34b1a1ce1458: whoever returns an error must not own the rt_mutex.
    pi_state* left_locked = nullptr;
    if (result != 0 && !s.patched(patch::fault_consistency) &&
        rt_mutex_owner_lockless(s, p->pi_mutex) == &s.self()) {
        if (s.patched(patch::unlock_outside_hb)) {
            left_locked = p;
            get_pi_state(s, *p);
        } else {
            futex_unlock(s, p->pi_mutex);
        }
    }
    if (q.queued.get()) {
        dequeue(q);
    }
    q.state.set(nullptr);
    put_pi_state(s, p);
    unlock_bucket(s, hb);
    if (left_locked != nullptr) {
        futex_unlock(s, left_locked->pi_mutex);
        put_pi_state(s, left_locked);
    }
}

bool retry_after(system& s, futex_word& w, const attach_result& failed, const char* who) {
    switch (failed.result) {
        case -EFAULT:
            return fault_in_user_writeable(s, w) == 0;
        case -EBUSY:
            wait_for_exit(s, *failed.exiting);
            resched_and_retry(s, who);
            return true;
        case -EAGAIN:
            resched_and_retry(s, who);
            return true;
        default:
            return false;
    }
}

}  // namespace tenthrule::kernel
