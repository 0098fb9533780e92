// LOCK_PI, TRYLOCK_PI, UNLOCK_PI.

#include <cerrno>

#include "kernel/bucket.hpp"
#include "kernel/futex.hpp"
#include "kernel/oracle.hpp"
#include "kernel/pi_state.hpp"
#include "kernel/rtmutex.hpp"

namespace tenthrule::kernel {

namespace {

// Blocks on the rt_mutex of q's pi_state. Comes with q's bucket locked and returns with it locked.
// The waiter becomes visible on the rt_mutex before the bucket lock is dropped: nobody sees neither.
int block_on_pi_state(system& s, futex_q& q, hrtimer_sleeper* timeout, deadline until) {
    scoped<rt_mutex_waiter> waiter("rt_waiter");
    rt_mutex& lock = q.state.get()->pi_mutex;
    lock.wait_lock.lock_irq();
    unlock_bucket(s, *q.lock_ptr.peek());
    int result = start_proxy_lock_locked(s, lock, *waiter, s.self());
    lock.wait_lock.unlock_irq();
    bool cleanup = true;
    if (result != 0) {
        cleanup = s.patched(patch::early_deadlock);
        result = result == 1 ? 0 : result;
    } else {
        if (timeout != nullptr) {
            start_sleeper(s, *timeout, until.at);
        }
        result = wait_proxy_lock(s, lock, timeout, *waiter);
    }
    if (s.patched(patch::cleanup_before_hb)) {
        if (result != 0 && cleanup && !cleanup_proxy_lock(s, lock, *waiter)) {
            result = 0;
        }
        lock_own_bucket(s, q);
    } else {
        lock_own_bucket(s, q);
        if (result != 0 && cleanup && !cleanup_proxy_lock(s, lock, *waiter)) {
            result = 0;
        }
    }
    oracle::waiter_dies(s, *waiter);
    return result;
}

}  // namespace

long futex_lock_pi(system& s, futex_word& w, deadline until, bool trylock) {
    hrtimer_sleeper* const timeout = until.given ? make_sleeper(s, "timeout of lock_pi") : nullptr;
    hash_bucket& hb = *w.bucket;
    scoped<futex_q> q("futex_q");
    q->key.set(&w);
    attach_result attached;
    for (;;) {
        queue_lock(s, *q, hb);
        attached = lock_pi_atomic(s, w, hb, s.self(), false);
        if (attached.result == 0) {
            break;
        }
        queue_unlock(s, hb);
        if (attached.result == 1) {
            return 0;
        }
        if (attached.result != -EAGAIN) {
            return attached.result;
        }
        resched_and_retry(s, "futex_lock_pi: the word changed");
    }
    q->state.set(attached.state);
    enqueue(s, *q, hb);
    int result = 0;
    if (trylock) {
        result = futex_trylock(s, attached.state->pi_mutex) ? 0 : -EAGAIN;
    } else {
        result = block_on_pi_state(s, *q, timeout, until);
    }
    const int fixed = fixup_owner(s, w, *q, result == 0);
    if (fixed != 0) {
        result = fixed < 0 ? fixed : 0;
    }
    // Before 34b1a1ce1458: whoever returns an error must not own the rt_mutex.
    pi_state* left_locked = nullptr;
    if (result != 0 && !s.patched(patch::fault_consistency) &&
        rt_mutex_owner_lockless(s, attached.state->pi_mutex) == &s.self()) {
        left_locked = attached.state;
        get_pi_state(s, *left_locked);
    }
    if (q->queued.get()) {
        dequeue(*q);
    }
    q->state.set(nullptr);
    put_pi_state(s, attached.state);
    unlock_bucket(s, hb);
    if (left_locked != nullptr) {
        futex_unlock(s, left_locked->pi_mutex);
        put_pi_state(s, left_locked);
    }
    if (timeout != nullptr) {
        cancel_sleeper(s, *timeout);
    }
    return result == -EINTR ? restart_nointr : result;
}

namespace {

// Hands the futex to the top waiter: word, pi_state and rt_mutex in one section.
// REQUIRES: wait_lock held; drops it.
int wake_futex_pi(system& s, futex_word& w, std::uint32_t uval, pi_state& p) {
    rt_mutex_waiter* const top = p.pi_mutex.waiters.top();
    if (top == nullptr) {
        oracle::warn(s, "wake_futex_pi: the rt_mutex has no waiter, though the futex has");
        p.pi_mutex.wait_lock.unlock_irq();
        return -EAGAIN;
    }
    task_struct& next = *top->task.get();
    const std::uint32_t value = futex_waiters | next.tid;
    std::uint32_t found = uval;
    if (!w.value.compare_exchange(found, value)) {
        p.pi_mutex.wait_lock.unlock_irq();
        // Only the waiters bit may appear under our hands.
        return (found & futex_tid_mask) == uval ? -EAGAIN : -EINVAL;
    }
    s.e.story("{} := {}", w.name, owner_words(s, value));
    change_owner(p, &next);
    s.e.story("pi_state of {}: owner {}", w.name, next.name);
    wake_q wake(s);
    const bool waiters = rt_mutex_futex_unlock_locked(s, p.pi_mutex, wake);
    p.pi_mutex.wait_lock.unlock_irq();
    if (waiters) {
        finish_unlock(s, wake);
    }
    return 0;
}

// No waiter in the kernel: the word alone says who owns it. REQUIRES: hb locked.
long unlock_uncontended(system& s, futex_word& w, std::uint32_t uval) {
    std::uint32_t found = uval;
    if (!w.value.compare_exchange(found, 0)) {
        return -EAGAIN;
    }
    s.e.story("{} := 0", w.name);
    return 0;
}

}  // namespace

long futex_unlock_pi(system& s, futex_word& w) {
    task_struct& me = s.self();
    hash_bucket& hb = *w.bucket;
    for (;;) {
        const std::uint32_t uval = w.value.load();
        if ((uval & futex_tid_mask) != me.tid) {
            return -EPERM;
        }
        lock_bucket(s, hb);
        futex_q* top = top_waiter(hb, w);
        pi_state* p = nullptr;
        while (top != nullptr) {
            p = top->state.get();
            if (p == nullptr || p->owner.load() != &me) {
                unlock_bucket(s, hb);
                return -EINVAL;
            }
            if (!s.patched(patch::cleanup_before_hb)) {
                get_pi_state(s, *p);
                p->pi_mutex.wait_lock.lock_irq();
                break;
            }
            p->pi_mutex.wait_lock.lock_irq();
            if (!p->pi_mutex.waiters.empty()) {
                get_pi_state(s, *p);
                break;
            }
            // That waiter is leaving: its rt_waiter is gone already.
            if (!s.patched(patch::stale_pi_state)) {
                p->pi_mutex.wait_lock.unlock_irq();
                top = nullptr;
                break;
            }
            dequeue(*top);
            p->pi_mutex.wait_lock.unlock_irq();
            top = top_waiter(hb, w);
        }
        if (top == nullptr) {
            const long result = unlock_uncontended(s, w, uval);
            unlock_bucket(s, hb);
            return result;
        }
        // Under wait_lock from here on: nobody saw neither lock held.
        unlock_bucket(s, hb);
        const int result = wake_futex_pi(s, w, uval, *p);
        put_pi_state(s, p);
        if (result != -EAGAIN) {
            return result;
        }
        resched_and_retry(s, "futex_unlock_pi: EAGAIN");
    }
}

}  // namespace tenthrule::kernel
