// UNLOCK_PI.

#include <cerrno>

#include "kernel/bucket.hpp"
#include "kernel/futex.hpp"
#include "kernel/mutations.hpp"
#include "kernel/oracle.hpp"
#include "kernel/pi_state.hpp"
#include "kernel/rtmutex.hpp"
#include "kernel/user_access.hpp"

namespace tenthrule::kernel {

namespace {

// Once more from the beginning; EAGAIN is for user space.
constexpr int retry_unlock = -1024;

// Gives the word to `next`. REQUIRES: the state locked.
int publish(system& s, futex_word& w, std::uint32_t uval, const task_struct& next) {
    const std::uint32_t value = futex_waiters | next.tid;
    std::uint32_t found = uval;
    switch (cmpxchg_inatomic(s, w, found, value)) {
        case swap::fault:
            return -EFAULT;
        case swap::changed:
            // Only the waiters bit may appear under our hands.
            return (found & futex_tid_mask) == uval ? retry_unlock : -EINVAL;
        case swap::done:
            break;
    }
    s.e.story("{} := {}", w.name, owner_words(s, value));
    return 0;
}

// No waiter in the kernel: the word alone says who owns it.
int release_word(system& s, futex_word& w, std::uint32_t uval) {
    std::uint32_t found = uval;
    switch (cmpxchg_inatomic(s, w, found, 0)) {
        case swap::fault:
            return -EFAULT;
        case swap::changed:
            return -EAGAIN;
        case swap::done:
            break;
    }
    s.e.story("{} := 0", w.name);
    return 0;
}

// The waiter's pi_state, if it says that the caller owns the lock. REQUIRES: hb locked.
pi_state* own_pi_state(system& s, futex_word& w, std::uint32_t uval, futex_q& q) {
    pi_state* const p = q.state.get();
    if (p != nullptr && p->owner.load() == &s.self()) {
        return p;
    }
    s.self().refused = {&w, uval, p != nullptr ? p->owner.peek() : nullptr};
    return nullptr;
}

// ---- Since 73d786bd043e: word, pi_state and rt_mutex change in one section of wait_lock

// REQUIRES: wait_lock held; drops it.
int wake_futex_pi(system& s, futex_word& w, std::uint32_t uval, pi_state& p, handover& over) {
    task_struct* const next = rt_mutex_next_owner(p.pi_mutex);
    if (next == nullptr) {
        if (s.patched(patch::unlock_overlap)) {
            oracle::warn(s, "wake_futex_pi: the rt_mutex has no waiter, though the futex has");
        }
        p.pi_mutex.wait_lock.unlock_irq();
        return retry_unlock;
    }
    const int result = publish(s, w, uval, *next);
    if (result == 0) {
        change_owner(s, p, next);
        futex_unlock_locked(s, p.pi_mutex, over);
    }
    p.pi_mutex.wait_lock.unlock_irq();
    return result;
}

// The waiter that the bucket still has is leaving: its rt_waiter is gone. REQUIRES: hb and wait_lock locked;
// drops wait_lock. True: q has been dequeued as well, and the next one may have a waiter.
bool pass_over_leaving(system& s, pi_state& p, futex_q& q) {
    if (!s.patched(patch::cleanup_before_hb)) {
        // The draft: it came here with a reference and wait_lock, and goes on without a thought of either.
        if (s.patched(patch::draft_drops_lock)) {
            p.pi_mutex.wait_lock.unlock_irq();
        }
        if (s.patched(patch::draft_drops_state)) {
            put_pi_state(s, &p);
        }
        return false;
    }
    const bool dequeues = s.patched(patch::stale_pi_state);
    if (dequeues) {
        dequeue(q);
    }
    p.pi_mutex.wait_lock.unlock_irq();
    return dequeues;
}

// REQUIRES: hb locked; drops it.
int unlock_with_waiters(system& s, futex_word& w, std::uint32_t uval, hash_bucket& hb, futex_q* top) {
    const bool tolerates_leaving = s.patched(patch::cleanup_before_hb) || s.patched(patch::draft_cleanup);
    handover over(s);
    while (top != nullptr) {
        pi_state* const p = own_pi_state(s, w, uval, *top);
        if (p == nullptr) {
            unlock_bucket(s, hb);
            return -EINVAL;
        }
        if (!s.patched(patch::unlock_outside_hb)) {
            p->pi_mutex.wait_lock.lock_irq();
            const int result = wake_futex_pi(s, w, uval, *p, over);
            unlock_bucket(s, hb);
            over.finish();
            return result;
        }
        if (!s.patched(patch::unlock_overlap)) {
            get_pi_state(s, *p);
            unlock_bucket(s, hb);
            p->pi_mutex.wait_lock.lock_irq();
        } else {
            if (!s.patched(patch::cleanup_before_hb)) {
                get_pi_state(s, *p);
            }
            p->pi_mutex.wait_lock.lock_irq();
            if (tolerates_leaving && p->pi_mutex.waiters.empty()) {
                top = pass_over_leaving(s, *p, *top) ? top_waiter(hb, w) : nullptr;
                continue;
            }
            if (s.patched(patch::cleanup_before_hb)) {
                get_pi_state(s, *p);
            }
            // Under wait_lock from here on: nobody saw neither lock held.
            unlock_bucket(s, hb);
        }
        const int result = wake_futex_pi(s, w, uval, *p, over);
        over.finish();
        if (!mutated(mutation::reference_leaked)) {
            put_pi_state(s, p);
        }
        return result;
    }
    const int result = release_word(s, w, uval);
    unlock_bucket(s, hb);
    return result;
}

// ---- Until 4.11: the bucket stays locked, the rt_mutex is released in a step of its own

// REQUIRES: hb locked; drops it.
int unlock_in_two_steps(system& s, futex_word& w, std::uint32_t uval, hash_bucket& hb, futex_q& top) {
    pi_state* const p = own_pi_state(s, w, uval, top);
    if (p == nullptr) {
        unlock_bucket(s, hb);
        return -EINVAL;
    }
    handover over(s);
    p->pi_mutex.wait_lock.lock_irq();
    task_struct* next = rt_mutex_next_owner(p->pi_mutex);
    if (next == nullptr) {
        next = top.task.get();  // on its way to the rt_mutex, or back
    }
    const int result = publish(s, w, uval, *next);
    if (result == 0) {
        change_owner(s, *p, next);
    }
    p->pi_mutex.wait_lock.unlock_irq();
    if (result == 0) {
        futex_unlock(s, p->pi_mutex, over);
    }
    unlock_bucket(s, hb);
    over.finish();
    return result;
}

// ---- The proposal of October 2016: the bucket lock only to find the waiter

// REQUIRES: hb locked; drops it.
int unlock_as_proposed(system& s, futex_word& w, std::uint32_t uval, hash_bucket& hb, futex_q& top) {
    pi_state* const p = own_pi_state(s, w, uval, top);
    if (p == nullptr) {
        unlock_bucket(s, hb);
        return -EINVAL;
    }
    get_pi_state(s, *p);
    unlock_bucket(s, hb);
    handover over(s);
    p->pi_mutex.wait_lock.lock_irq();
    task_struct* const next = rt_mutex_next_owner(p->pi_mutex);
    int result = next != nullptr ? publish(s, w, uval, *next) : release_word(s, w, uval);
    if (result == 0) {
        if (next != nullptr) {
            change_owner(s, *p, next);
        }
        futex_unlock_locked(s, p->pi_mutex, over);
    }
    p->pi_mutex.wait_lock.unlock_irq();
    over.finish();
    put_pi_state(s, p);
    return result;
}

int unlock(system& s, futex_word& w, std::uint32_t uval, hash_bucket& hb) {
    lock_bucket(s, hb);
    futex_q* const top = top_waiter(hb, w);
    if (top == nullptr || s.patched(patch::inconsistent_state)) {
        return unlock_with_waiters(s, w, uval, hb, top);
    }
    return s.patched(patch::rfc_2016_unlock) ? unlock_as_proposed(s, w, uval, hb, *top)
                                             : unlock_in_two_steps(s, w, uval, hb, *top);
}

}  // namespace

long futex_unlock_pi(system& s, futex_word& w) {
    for (;;) {
        std::uint32_t uval = 0;
        if (read_user(s, w, uval) != 0) {
            return -EFAULT;
        }
        if ((uval & futex_tid_mask) != s.self().tid) {
            return -EPERM;
        }
        if (const int refused = get_futex_key(w, access::write)) {
            return refused;
        }
        const int result = unlock(s, w, uval, *w.bucket);
        switch (result) {
            case -EFAULT:
                if (fault_in_user_writeable(s, w) != 0) {
                    return -EFAULT;
                }
                resched_and_retry(s, "futex_unlock_pi: page fault");
                break;
            case retry_unlock:
                resched_and_retry(s, "futex_unlock_pi: EAGAIN");
                break;
            default:
                return result;
        }
    }
}

}  // namespace tenthrule::kernel
