#include "kernel/pi_state.hpp"

#include <cerrno>

#include "kernel/bucket.hpp"
#include "kernel/mutations.hpp"
#include "kernel/oracle.hpp"
#include "kernel/rtmutex.hpp"
#include "kernel/states_reached.hpp"
#include "kernel/user_access.hpp"

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
    p->pi_mutex.has_fast_path = !s.patched(patch::futex_rt_mutex_api);
    init_proxy_locked(p->pi_mutex, owner);
    list_add(*p, owner);
    p->owner.poke(&owner);  // nobody else sees it before the bucket lock is dropped
    s.pi_states[s.pi_states_count.exchange(s.pi_states_count + 1) % pi_states_max] = p;
    s.e.story("pi_state of {}: owner {}", w.name, owner.name);
    return p;
}

void free_pi_state(system& s, pi_state& p) {
    oracle::pi_state_dies(s, p);
    const unsigned live = s.pi_states_count;
    for (unsigned i = 0; i < live; ++i) {
        if (s.pi_states[i] == &p) {
            s.pi_states[i] = s.pi_states[live - 1];
            s.pi_states_count = live - 1;
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

bool get_pi_state_unless_zero(system& s, pi_state& p) {
    const int before = p.references.update([](int n) { return n == 0 ? 0 : n + 1; });
    if (before != 0) {
        oracle::reference_taken(s, p, before);
    }
    return before != 0;
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
        const bool locked = s.patched(patch::owner_serialization);
        if (locked) {
            p->pi_mutex.wait_lock.lock_irq();
        }
        change_owner(s, *p, nullptr);
        p->pi_mutex.owner.store(0);
        if (locked) {
            p->pi_mutex.wait_lock.unlock_irq();
        }
    }
    free_pi_state(s, *p);
}

task_struct* owner_of(system& s, pi_state& p) {
    return s.patched(patch::locking_rules) ? p.owner.load_locked() : p.owner.load();
}

void change_owner(system& s, pi_state& p, task_struct* to) {
    if (task_struct* const from = owner_of(s, p)) {
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
    s.e.story("pi_state of {}: owner {}", p.key->name, name_of(to));
}

pi_state* first_owned(task_struct& t) {
    t.owned.cell.read();
    return t.owned.first;
}

void disown(pi_state& p, task_struct& owner) {
    list_remove(p, owner);
    p.owner.store(nullptr);
}

namespace {

// The cells in which there is a pi_state.
state_reached cell_of(bool owned, bool tid, bool died, bool is_valid) {
    if (!owned) {
        if (!died) {
            return state_reached::ownerless_alive;
        }
        return tid ? state_reached::ownerless_taken : state_reached::ownerless_died;
    }
    if (!tid) {
        return died ? state_reached::owned_died : state_reached::owned_free;
    }
    return is_valid ? state_reached::owned_by_it : state_reached::owned_by_another;
}

// The ten rows of the validity matrix: may a waiter attach to `p`, given the word's value?
bool valid(system& s, std::uint32_t uval, pi_state& p) {
    const std::uint32_t tid = uval & futex_tid_mask;
    task_struct* const owner = owner_of(s, p);
    const bool died = (uval & futex_owner_died) != 0;
    bool is_valid = false;
    if (owner == nullptr) {
        is_valid = died && tid == 0;
    } else if (tid == 0) {
        is_valid = died;
    } else {
        is_valid = owner->tid == tid;
    }
    reached(s, cell_of(owner != nullptr, tid != 0, died, is_valid));
    if (!is_valid) {
        s.self().refused = {p.key, uval, owner};
        s.e.story("{} = {}, but pi_state->owner = {}: inconsistent", p.key->name, owner_words(s, uval),
                  name_of(owner));
    }
    return is_valid;
}

attach_result attach_to_pi_state(system& s, futex_word& w, std::uint32_t uval, pi_state* p) {
    if (p == nullptr) {
        reached(s, state_reached::no_pi_waiter);
        return {-EINVAL, nullptr};  // its waiter is no PI waiter
    }
    if (!s.patched(patch::locking_rules)) {
        if (!valid(s, uval, *p)) {
            return {-EINVAL, nullptr};
        }
        get_pi_state(s, *p);
        return {0, p};
    }
    // Word and owner can change only under wait_lock, so they are looked at again under it.
    p->pi_mutex.wait_lock.lock_irq();
    int result = 0;
    std::uint32_t now = 0;
    if (!read_inatomic(s, w, now)) {
        result = -EFAULT;
    } else if (now != uval && !mutated(mutation::attach_without_recheck)) {
        result = -EAGAIN;
    } else if (!valid(s, uval, *p)) {
        result = -EINVAL;
    } else {
        get_pi_state(s, *p);
    }
    p->pi_mutex.wait_lock.unlock_irq();
    return {result, result == 0 ? p : nullptr};
}

// The owner has ended, or never was: an error, unless its end has changed the word in the meantime.
attach_result attach_to_nobody(system& s, futex_word& w, std::uint32_t uval) {
    if (!s.patched(patch::exit_race)) {
        return {-ESRCH, nullptr};
    }
    std::uint32_t now = 0;
    if (!read_inatomic(s, w, now)) {
        return {-EFAULT, nullptr};
    }
    return {now != uval ? -EAGAIN : -ESRCH, nullptr};
}

attach_result attach_to_pi_owner(system& s, futex_word& w, std::uint32_t uval) {
    const std::uint32_t tid = uval & futex_tid_mask;
    if (tid == 0) {
        reached(s, state_reached::nobody_waits_free);
        return {-EAGAIN, nullptr};
    }
    task_struct* const owner = s.task_of_tid(tid);
    if (owner == nullptr) {
        reached(s, state_reached::nobody_waits_owner_gone);
        return attach_to_nobody(s, w, uval);
    }
    if (owner == s.kernel_thread) {
        reached(s, state_reached::nobody_waits_kernel_thread);
    }
    if (owner == s.kernel_thread && s.patched(patch::kernel_threads)) {
        return {-EPERM, nullptr};
    }
    owner->pi_lock.lock_irq();
    const exit_phase phase = owner->exit.get();
    if (phase != exit_phase::alive) {
        owner->pi_lock.unlock_irq();
        reached(s, phase == exit_phase::dead ? state_reached::nobody_waits_owner_dead
                                             : state_reached::nobody_waits_owner_exits);
        if (phase == exit_phase::dead) {
            return attach_to_nobody(s, w, uval);
        }
        if (s.patched(patch::exit_livelock)) {
            return {-EBUSY, nullptr, owner};
        }
        return {-EAGAIN, nullptr};
    }
    reached(s, state_reached::nobody_waits_owned);
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
    std::uint32_t uval = 0;
    if (!read_inatomic(s, w, uval)) {
        return {-EFAULT, nullptr};
    }
    if ((uval & futex_tid_mask) == task.tid) {
        s.e.story("{} = {}: deadlock", w.name, owner_words(s, uval));
        return {-EDEADLK, nullptr};
    }
    if (futex_q* const top = top_waiter(hb, w)) {
        return attach_to_pi_state(s, w, uval, top->state.get());
    }
    const bool is_free = (uval & futex_tid_mask) == 0;
    if (is_free) {
        reached(s, state_reached::nobody_waits_free);
    }
    const std::uint32_t value =
        is_free ? (uval & futex_owner_died) | task.tid | (set_waiters ? futex_waiters : 0U)
                : uval | futex_waiters;
    std::uint32_t expected = uval;
    switch (cmpxchg_inatomic(s, w, expected, value)) {
        case swap::fault:
            return {-EFAULT, nullptr};
        case swap::changed:
            return {-EAGAIN, nullptr};
        case swap::done:
            break;
    }
    if (value != uval) {
        s.e.story("{} := {}", w.name, owner_words(s, value));
    }
    if (!is_free) {
        return attach_to_pi_owner(s, w, value);
    }
    pi_state* p = nullptr;
    if (set_waiters && s.patched(patch::requeue_state)) {
        task.pi_lock.lock_irq();
        p = new_pi_state(s, w, task);
        task.pi_lock.unlock_irq();
    }
    return {1, p};
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

}  // namespace tenthrule::kernel
