// After waiting for the rt_mutex, with or without success: word and pi_state have to agree with it again.

#include <cerrno>

#include "kernel/bucket.hpp"
#include "kernel/mutations.hpp"
#include "kernel/oracle.hpp"
#include "kernel/pi_state.hpp"
#include "kernel/rtmutex.hpp"
#include "kernel/user_access.hpp"

namespace tenthrule::kernel {

namespace {

// Since 734009e96d19 wait_lock guards word and owner; before, it was the bucket lock alone.
void lock_state(system& s, pi_state& p) {
    if (s.patched(patch::locking_rules)) {
        p.pi_mutex.wait_lock.lock_irq();
    }
}

void unlock_state(system& s, pi_state& p) {
    if (s.patched(patch::locking_rules)) {
        p.pi_mutex.wait_lock.unlock_irq();
    }
}

// Writes `owner` into word and pi_state. -EFAULT: nothing has been changed. REQUIRES: the state locked.
int rewrite(system& s, futex_word& w, pi_state& p, task_struct& owner) {
    std::uint32_t value = owner.tid | futex_waiters;
    // Between c1e2f0eaf015 and a97cb0e7b3f4 the bit was computed for nothing.
    const bool bit_is_lost = s.patched(patch::fixup_stolen) && !s.patched(patch::owner_died_fixup);
    if (owner_of(s, p) == nullptr && !bit_is_lost) {
        value |= futex_owner_died;
    }
    std::uint32_t uval = 0;
    if (!read_inatomic(s, w, uval)) {
        return -EFAULT;
    }
    for (;;) {
        switch (cmpxchg_inatomic(s, w, uval, (uval & futex_owner_died) | value)) {
            case swap::fault:
                return -EFAULT;
            case swap::changed:
                continue;
            case swap::done:
                break;
        }
        break;
    }
    s.e.story("{} := {}", w.name, owner_words(s, w.value.peek()));
    change_owner(s, p, &owner);
    return 0;
}

// The word cannot be written: all that is left is to keep pi_state and rt_mutex together. Whoever uses the
// word later is refused. REQUIRES: the state locked.
void give_up_word(system& s, pi_state& p) {
    if (!s.patched(patch::fault_consistency)) {
        return;
    }
    task_struct* const owner = rt_mutex_owner(s, p.pi_mutex);
    if (owner_of(s, p) != owner) {
        change_owner(s, p, owner);
    }
}

void drop_locks(system& s, futex_q& q, pi_state& p) {
    unlock_state(s, p);
    unlock_bucket(s, *q.lock_ptr.peek());
}

void retake_locks(system& s, futex_q& q, pi_state& p) {
    lock_own_bucket(s, q);
    lock_state(s, p);
}

// The caller owns the rt_mutex; pi_state and word do not say so yet.
int fixup_acquired(system& s, futex_word& w, futex_q& q, pi_state& p) {
    task_struct& me = s.self();
    int result = 1;
    lock_state(s, p);
    task_struct* const before = owner_of(s, p);
    while (result == 1 && owner_of(s, p) != &me && rewrite(s, w, p, me) != 0) {
        drop_locks(s, q, p);
        const int present = fault_in_user_writeable(s, w);
        retake_locks(s, q, p);
        if (owner_of(s, p) != before) {
            break;  // somebody else has seen to it
        }
        if (present != 0) {
            give_up_word(s, p);
            result = present;
        }
    }
    unlock_state(s, p);
    return result;
}

// The caller leaves without the lock, but pi_state names it: an unlocker chose it. Somebody else took the
// lock in the meantime, or will.
int fixup_stolen(system& s, futex_word& w, futex_q& q, pi_state& p) {
    task_struct& me = s.self();
    lock_state(s, p);
    for (;;) {
        if (owner_of(s, p) != &me) {
            unlock_state(s, p);
            return 0;  // somebody else has put it right
        }
        if (futex_trylock_locked(s, p.pi_mutex)) {
            unlock_state(s, p);
            return s.patched(patch::trylock_return) ? 1 : 0;
        }
        task_struct* const owner = rt_mutex_owner(s, p.pi_mutex);
        if (owner == nullptr) {
            if (!s.patched(patch::ownerless_retry)) {
                oracle::warn(s, "BUG: fixup_pi_state_owner: the rt_mutex has no owner");
            }
            // The top waiter has been woken and will take it: let it.
            drop_locks(s, q, p);
            resched_and_retry(s, "fixup_pi_state_owner: ownerless rt_mutex");
            retake_locks(s, q, p);
            continue;
        }
        if (rewrite(s, w, p, *owner) == 0) {
            unlock_state(s, p);
            return 0;
        }
        drop_locks(s, q, p);
        const int present = fault_in_user_writeable(s, w);
        retake_locks(s, q, p);
        if (present != 0 && owner_of(s, p) == &me) {
            give_up_word(s, p);
            unlock_state(s, p);
            return present;
        }
    }
}

// Until 4.11: the same in three sections, of which only the first is under wait_lock.
int fixup_chosen(system& s, futex_word& w, futex_q& q, pi_state& p) {
    if (futex_trylock(s, p.pi_mutex)) {
        return 1;
    }
    if (!s.patched(patch::stale_owner_fixup)) {
        return 0;
    }
    p.pi_mutex.wait_lock.lock_irq();
    task_struct* owner = rt_mutex_owner(s, p.pi_mutex);
    if (owner == nullptr) {
        owner = rt_mutex_next_owner(p.pi_mutex);
    }
    p.pi_mutex.wait_lock.unlock_irq();
    if (owner == nullptr) {
        oracle::warn(s, "BUG: fixup_pi_state_owner: nobody to give the futex to");
        return 0;
    }
    task_struct* const before = p.owner.load();
    while (rewrite(s, w, p, *owner) != 0) {
        unlock_bucket(s, *q.lock_ptr.peek());
        const int present = fault_in_user_writeable(s, w);
        lock_own_bucket(s, q);
        if (p.owner.load() != before) {
            return 0;
        }
        if (present != 0) {
            return present;
        }
    }
    return 0;
}

}  // namespace

int fixup_owner(system& s, futex_word& w, futex_q& q, bool locked) {
    pi_state& p = *q.state.get();
    task_struct& me = s.self();
    if (locked) {
        // Read without wait_lock: only the owner of the rt_mutex may change it to itself.
        return p.owner.load() != &me ? fixup_acquired(s, w, q, p) : 1;
    }
    if (s.patched(patch::fixup_stolen) && !mutated(mutation::stolen_not_fixed)) {
        return p.owner.load() == &me ? fixup_stolen(s, w, q, p) : 0;
    }
    if (!s.patched(patch::inconsistent_state) && p.owner.load() == &me) {
        return fixup_chosen(s, w, q, p);
    }
    if (rt_mutex_owner_lockless(s, p.pi_mutex) == &me) {
        oracle::warn(s, "fixup_owner: the rt_mutex is owned by a waiter that did not get it");
    }
    return 0;
}

}  // namespace tenthrule::kernel
