#include "kernel/pi_state.hpp"

#include <cerrno>

#include "kernel/bucket.hpp"
#include "kernel/oracle.hpp"
#include "kernel/rtmutex.hpp"

namespace tenthrule::kernel {

pi_state::pi_state(futex_word& for_word)
    : pi_mutex(lock_kinds::wait_lock, "wait_lock", "rt_mutex owner"), key(&for_word) {
    pi_mutex.name = for_word.name;
}

namespace {

// REQUIRES: owner's pi_lock held.
void list_add(pi_state& p, task_struct& owner) {
    owner.owned.cell.write();
    p.next = owner.owned.first;
    owner.owned.first = &p;
    p.listed_by = &owner;
}

void list_remove(pi_state& p, task_struct& owner) {
    owner.owned.cell.write();
    pi_state** link = &owner.owned.first;
    while (*link != nullptr && *link != &p) {
        link = &(*link)->next;
    }
    if (*link != nullptr) {
        *link = p.next;
    }
    p.next = nullptr;
    p.listed_by = nullptr;
}

// REQUIRES: owner's pi_lock held.
pi_state* new_pi_state(system& s, futex_word& w, task_struct& owner) {
    pi_state* const p = make_tracked<pi_state>("pi_state", w.name, no_actor, w);
    init_proxy_locked(p->pi_mutex, owner);
    list_add(*p, owner);
    p->owner.poke(&owner);  // nobody else sees it before the bucket lock is dropped
    s.pi_states[s.pi_states_count++ % pi_states_max] = p;
    s.e.story("pi_state of {}: owner {}", w.name, owner.name);
    return p;
}

void free_pi_state(system& s, pi_state& p) {
    oracle::pi_state_dies(s, p);
    const unsigned live = s.pi_states_count;
    for (unsigned i = 0; i < live; ++i) {
        if (s.pi_states[i] == &p) {
            s.pi_states[i] = s.pi_states[live - 1];
            --s.pi_states_count;
            break;
        }
    }
    end_lifetime(p);
}

}  // namespace

void get_pi_state(system& s, pi_state& p) {
    const int before = p.references.update([](int n) { return n + 1; });
    oracle::reference_taken(s, p, before);
}

void put_pi_state(system& s, pi_state* p) {
    if (p == nullptr) {
        return;
    }
    const int before = p->references.update([](int n) { return n - 1; });
    oracle::reference_dropped(s, *p, before);
    if (before != 1) {
        return;
    }
    if (p->owner.load() != nullptr) {
        p->pi_mutex.wait_lock.lock_irq();
        change_owner(*p, nullptr);
        p->pi_mutex.owner.store(0);
        p->pi_mutex.wait_lock.unlock_irq();
    }
    free_pi_state(s, *p);
}

void change_owner(pi_state& p, task_struct* to) {
    task_struct* const from = p.owner.load_locked();
    if (from != nullptr) {
        from->pi_lock.lock();
        list_remove(p, *from);
        from->pi_lock.unlock();
    }
    if (to != nullptr) {
        to->pi_lock.lock();
        list_add(p, *to);
        p.owner.store(to);
        to->pi_lock.unlock();
    } else {
        p.owner.store(nullptr);
    }
}

namespace {

// The ten rows of the validity matrix: may a waiter attach to `p`, given the word's value? Word and owner can
// change only under wait_lock, so they are looked at again under it.
attach_result attach_to_pi_state(system& s, futex_word& w, std::uint32_t uval, pi_state* p) {
    if (p == nullptr) {
        return {-EINVAL, nullptr};  // its waiter is no PI waiter
    }
    p->pi_mutex.wait_lock.lock_irq();
    int result = 0;
    const std::uint32_t now = w.value.load();
    if (now != uval) {
        result = -EAGAIN;
    } else {
        const std::uint32_t tid = uval & futex_tid_mask;
        task_struct* const owner = p->owner.load_locked();
        const bool died = (uval & futex_owner_died) != 0;
        bool valid = false;
        if (owner == nullptr) {
            valid = died && tid == 0;
        } else if (tid == 0) {
            valid = died;
        } else {
            valid = owner->tid == tid;
        }
        result = valid ? 0 : -EINVAL;
        if (!valid) {
            s.e.story("{} = {}, but pi_state->owner = {}: inconsistent", w.name, owner_words(s, uval),
                      name_of(owner));
        }
    }
    if (result == 0) {
        get_pi_state(s, *p);
    }
    p->pi_mutex.wait_lock.unlock_irq();
    return {result, result == 0 ? p : nullptr};
}

attach_result attach_to_pi_owner(system& s, futex_word& w, std::uint32_t uval) {
    const std::uint32_t tid = uval & futex_tid_mask;
    if (tid == 0) {
        return {-EAGAIN, nullptr};
    }
    task_struct* const owner = s.task_of_tid(tid);
    if (owner == nullptr) {
        if (s.patched(patch::exit_race) && w.value.load() != uval) {
            return {-EAGAIN, nullptr};
        }
        return {-ESRCH, nullptr};
    }
    owner->pi_lock.lock_irq();
    pi_state* const p = new_pi_state(s, w, *owner);
    owner->pi_lock.unlock_irq();
    return {0, p};
}

}  // namespace

attach_result lookup_pi_state(system& s, futex_word& w, std::uint32_t uval, hash_bucket& hb) {
    if (futex_q* const top = top_waiter(hb, w)) {
        return attach_to_pi_state(s, w, uval, top->state.get());
    }
    return attach_to_pi_owner(s, w, uval);
}

attach_result lock_pi_atomic(system& s, futex_word& w, hash_bucket& hb, task_struct& task, bool set_waiters) {
    const std::uint32_t uval = w.value.load();
    if ((uval & futex_tid_mask) == task.tid) {
        s.e.story("{} = {}: deadlock", w.name, owner_words(s, uval));
        return {-EDEADLK, nullptr};
    }
    if (futex_q* const top = top_waiter(hb, w)) {
        return attach_to_pi_state(s, w, uval, top->state.get());
    }
    std::uint32_t expected = uval;
    if ((uval & futex_tid_mask) == 0) {
        const std::uint32_t value = (uval & futex_owner_died) | task.tid | (set_waiters ? futex_waiters : 0U);
        if (!w.value.compare_exchange(expected, value)) {
            return {-EAGAIN, nullptr};
        }
        s.e.story("{} := {}", w.name, owner_words(s, value));
        pi_state* p = nullptr;
        if (set_waiters && s.patched(patch::requeue_state)) {
            task.pi_lock.lock_irq();
            p = new_pi_state(s, w, task);
            task.pi_lock.unlock_irq();
        }
        return {1, p};
    }
    const std::uint32_t marked = uval | futex_waiters;
    if (!w.value.compare_exchange(expected, marked)) {
        return {-EAGAIN, nullptr};
    }
    if (marked != uval) {
        s.e.story("{} := {}", w.name, owner_words(s, marked));
    }
    return attach_to_pi_owner(s, w, marked);
}

hash_bucket& lock_own_bucket(system& s, futex_q& q) {
    for (;;) {
        hash_bucket* const hb = q.lock_ptr.load();
        lock_bucket(s, *hb);
        if (q.lock_ptr.peek() == hb) {
            return *hb;
        }
        unlock_bucket(s, *hb);
    }
}

namespace {

// Writes `owner` into word and pi_state. REQUIRES: wait_lock held.
void rewrite(system& s, futex_word& w, pi_state& p, task_struct& owner) {
    std::uint32_t value = owner.tid | futex_waiters;
    // Between c1e2f0eaf015 and a97cb0e7b3f4 the bit was computed for nothing.
    const bool bit_is_lost = s.patched(patch::fixup_stolen) && !s.patched(patch::owner_died_fixup);
    if (p.owner.load_locked() == nullptr && !bit_is_lost) {
        value |= futex_owner_died;
    }
    std::uint32_t uval = w.value.load();
    while (!w.value.compare_exchange(uval, (uval & futex_owner_died) | value)) {}
    s.e.story("{} := {}", w.name, owner_words(s, w.value.peek()));
    change_owner(p, &owner);
    s.e.story("pi_state of {}: owner {}", w.name, owner.name);
}

int fixup_acquired(system& s, futex_word& w, pi_state& p) {
    p.pi_mutex.wait_lock.lock_irq();
    if (p.owner.load_locked() != &s.self()) {
        rewrite(s, w, p, s.self());
    }
    p.pi_mutex.wait_lock.unlock_irq();
    return 1;
}

// The caller leaves without the lock, but pi_state names it: an unlocker chose it. Somebody else took the
// lock in the meantime, or will.
int fixup_stolen(system& s, futex_word& w, futex_q& q, pi_state& p) {
    task_struct& me = s.self();
    for (;;) {
        p.pi_mutex.wait_lock.lock_irq();
        if (p.owner.load_locked() != &me) {
            p.pi_mutex.wait_lock.unlock_irq();
            return 0;  // somebody else has put it right
        }
        if (futex_trylock_locked(s, p.pi_mutex)) {
            p.pi_mutex.wait_lock.unlock_irq();
            return s.patched(patch::trylock_return) ? 1 : 0;
        }
        task_struct* const owner = rt_mutex_owner(s, p.pi_mutex);
        if (owner != nullptr) {
            rewrite(s, w, p, *owner);
            p.pi_mutex.wait_lock.unlock_irq();
            return 0;
        }
        if (!s.patched(patch::ownerless_retry)) {
            oracle::warn(s, "BUG: fixup_pi_state_owner: the rt_mutex has no owner");
        }
        // The top waiter has been woken and will take it: let it.
        p.pi_mutex.wait_lock.unlock_irq();
        unlock_bucket(s, *q.lock_ptr.peek());
        resched_and_retry(s, "fixup_pi_state_owner: ownerless rt_mutex");
        lock_own_bucket(s, q);
    }
}

}  // namespace

int fixup_owner(system& s, futex_word& w, futex_q& q, bool locked) {
    pi_state& p = *q.state.get();
    if (locked) {
        // Read without wait_lock: only the owner of the rt_mutex may change it to itself.
        return p.owner.load() != &s.self() ? fixup_acquired(s, w, p) : 1;
    }
    if (s.patched(patch::fixup_stolen)) {
        if (p.owner.load() == &s.self()) {
            return fixup_stolen(s, w, q, p);
        }
        return 0;
    }
    if (rt_mutex_owner_lockless(s, p.pi_mutex) == &s.self()) {
        oracle::warn(s, "fixup_owner: the rt_mutex is owned by a waiter that did not get it");
    }
    return 0;
}

}  // namespace tenthrule::kernel
