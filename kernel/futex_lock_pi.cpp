// LOCK_PI, TRYLOCK_PI.

#include <cerrno>

#include "kernel/bucket.hpp"
#include "kernel/futex.hpp"
#include "kernel/leaving.hpp"
#include "kernel/mutations.hpp"
#include "kernel/oracle.hpp"
#include "kernel/pi_state.hpp"
#include "kernel/rtmutex.hpp"
#include "kernel/user_access.hpp"

namespace tenthrule::kernel {

namespace {

// Enqueues the waiter on the rt_mutex and drops the bucket lock. Since 56222b212e8e the bucket lock goes
// first: on RT it is part of the chain that is walked for deadlocks. Whoever holds either lock sees the
// waiter on both lists or on neither.
int enqueue_on_rt_mutex(system& s, futex_q& q, rt_mutex& lock, rt_mutex_waiter& waiter) {
    if (!s.patched(patch::drop_hb_before)) {
        const int result = start_proxy_lock(s, lock, waiter, s.self());
        unlock_bucket(s, *q.lock_ptr.peek());
        return result;
    }
    if (mutated(mutation::hb_dropped_too_early)) {
        unlock_bucket(s, *q.lock_ptr.peek());
        lock.wait_lock.lock_irq();
    } else {
        lock.wait_lock.lock_irq();
        unlock_bucket(s, *q.lock_ptr.peek());
    }
    const int result = start_proxy_lock_locked(s, lock, waiter, s.self());
    lock.wait_lock.unlock_irq();
    return result;
}

int block_with_proxy_lock(system& s, futex_q& q, hrtimer_sleeper* timeout, deadline until) {
    scoped<rt_mutex_waiter> waiter("rt_waiter");
    rt_mutex& lock = q.state.get()->pi_mutex;
    int result = enqueue_on_rt_mutex(s, q, lock, *waiter);
    // Refused with EDEADLK it may have been taken off again already.
    bool cleanup = result == 0 || (s.patched(patch::early_deadlock) && s.patched(patch::drop_hb_before));
    if (result == 0) {
        if (timeout != nullptr) {
            start_sleeper(s, *timeout, until.at);
        }
        result = wait_proxy_lock(s, lock, timeout, *waiter);
    } else if (result == 1) {
        result = 0;
    }
    cleanup = cleanup && result != 0;
    const bool leaves_first = s.patched(patch::cleanup_before_hb) || s.patched(patch::draft_cleanup);
    result = leave_rt_mutex(s, q, lock, *waiter, cleanup, leaves_first) ? 0 : result;
    oracle::waiter_dies(s, *waiter);
    return result;
}

// Blocks on the rt_mutex of q's pi_state. Comes with q's bucket locked and returns with it locked.
int block_on_pi_state(system& s, futex_q& q, hrtimer_sleeper* timeout, deadline until) {
    if (s.patched(patch::proxy_lock)) {
        return block_with_proxy_lock(s, q, timeout, until);
    }
    rt_mutex& lock = q.state.get()->pi_mutex;
    unlock_bucket(s, *q.lock_ptr.peek());
    const int result = timed_futex_lock(s, lock, timeout, until.at);
    lock_own_bucket(s, q);
    return result;
}

int trylock_pi_state(system& s, futex_q& q) {
    rt_mutex& lock = q.state.get()->pi_mutex;
    if (s.patched(patch::proxy_lock)) {
        return futex_trylock(s, lock) ? 0 : -EAGAIN;
    }
    unlock_bucket(s, *q.lock_ptr.peek());
    const int result = futex_trylock(s, lock) ? 0 : -EAGAIN;
    lock_own_bucket(s, q);
    return result;
}

// Takes the word, or attaches q to its owner: then with the bucket locked. 0: attached; 1: taken; -errno.
attach_result take_or_attach(system& s, futex_word& w, futex_q& q, hash_bucket& hb) {
    for (;;) {
        queue_lock(s, q, hb);
        const attach_result attached = lock_pi_atomic(s, w, hb, s.self(), false);
        if (attached.result == 0) {
            return attached;
        }
        queue_unlock(s, hb);
        if (attached.result > 0 || !retry_after(s, w, attached, "futex_lock_pi: the word changed")) {
            return attached;
        }
    }
}

}  // namespace

long futex_lock_pi(system& s, futex_word& w, deadline until, bool trylock) {
    if (const int refused = get_futex_key(w, access::write)) {
        return refused;
    }
    hrtimer_sleeper* const timeout = until.given ? make_sleeper(s, "timeout of lock_pi") : nullptr;
    hash_bucket& hb = *w.bucket;
    scoped<futex_q> q("futex_q");
    q->key.set(&w);
    const attach_result attached = take_or_attach(s, w, *q, hb);
    if (attached.result != 0) {
        return attached.result == 1 ? 0 : attached.result;
    }
    q->state.set(attached.state);
    enqueue(s, *q, hb);
    int result = trylock ? trylock_pi_state(s, *q) : block_on_pi_state(s, *q, timeout, until);
    const int fixed = fixup_owner(s, w, *q, result == 0);
    if (fixed != 0) {
        result = fixed < 0 ? fixed : 0;
    }
    leave_futex(s, *q, result);
    if (timeout != nullptr) {
        cancel_sleeper(s, *timeout);
    }
    return result == -EINTR ? restart_nointr : result;
}

}  // namespace tenthrule::kernel
