#include "kernel/exit.hpp"

#include "kernel/bucket.hpp"
#include "kernel/futex.hpp"
#include "kernel/oracle.hpp"
#include "kernel/pi_state.hpp"
#include "kernel/rtmutex.hpp"
#include "kernel/user_access.hpp"

namespace tenthrule::kernel {

namespace {

void set_phase(task_struct& t, exit_phase phase) {
    t.pi_lock.lock_irq();
    t.exit.set(phase);
    t.pi_lock.unlock_irq();
}

// Whoever is about to take or to give up a plain futex may have swallowed somebody else's wake-up.
bool owes_wakeup(const system& s, std::uint32_t uval) {
    if (!s.patched(patch::robust_pending_wake)) {
        return false;
    }
    return (s.patched(patch::robust_resend) ? uval & futex_tid_mask : uval) == 0;
}

// The kernel looks for waiters on a process-shared futex, since the list does not say; those on a private one
// have another key and go on sleeping.
void wake_next(system& s, futex_word& w) {
    if (w.process_shared) {
        futex_wake(s, w, 1, ~0U);
    }
}

// One entry of the robust list: whoever takes the lock next learns that its owner has died. False: the page
// is gone, and with it the rest of the list.
bool handle_futex_death(system& s, futex_word& w, bool pi, bool pending) {
    const std::uint32_t me = s.self().tid;
    if (w.misaligned_by != 0) {
        return false;
    }
    for (;;) {
        std::uint32_t uval = 0;
        if (read_user(s, w, uval) != 0) {
            return false;
        }
        if (pending && !pi && owes_wakeup(s, uval)) {
            wake_next(s, w);
            return true;
        }
        if ((uval & futex_tid_mask) != me) {
            return true;
        }
        const std::uint32_t value = (uval & futex_waiters) | futex_owner_died;
        switch (cmpxchg_inatomic(s, w, uval, value)) {
            case swap::fault:
                if (fault_in_user_writeable(s, w) != 0) {
                    return false;
                }
                break;
            case swap::changed:
                break;
            case swap::done:
                s.e.story("{} := {}", w.name, owner_words(s, value));
                if (!pi && (uval & futex_waiters) != 0) {
                    wake_next(s, w);
                }
                return true;
        }
    }
}

void exit_robust_list(system& s) {
    const task_struct& me = s.self();
    const robust_entry* const pending = me.robust_pending;
    for (unsigned i = 0; i < s.words_count; ++i) {
        futex_word& w = *s.words[i];
        if (w.robust && (w.value.peek() & futex_tid_mask) == me.tid &&
            !handle_futex_death(s, w, true, false)) {
            return;
        }
    }
    for (const robust_entry* entry = me.robust_list; entry != nullptr; entry = entry->next) {
        // The pending one comes last, even if it is on the list.
        const bool comes_later = pending != nullptr && pending->word == entry->word;
        if (!comes_later && !handle_futex_death(s, *entry->word, entry->pi, false)) {
            return;
        }
    }
    if (pending != nullptr) {
        handle_futex_death(s, *pending->word, pending->pi, true);
    }
}

// Gives up one pi_state of the list. REQUIRES: my pi_lock locked; drops and retakes it.
void exit_pi_state(system& s, pi_state& p) {
    task_struct& me = s.self();
    const bool counts = s.patched(patch::exit_refcount);
    const bool locked = s.patched(patch::owner_serialization);
    if (counts && !get_pi_state_unless_zero(s, p)) {
        // Its last waiter is about to free it.
        me.pi_lock.unlock_irq();
        s.e.retry("exit_pi_state_list: the pi_state is being freed");
        me.pi_lock.lock_irq();
        return;
    }
    hash_bucket& hb = *p.key->bucket;
    me.pi_lock.unlock_irq();
    lock_bucket(s, hb);
    if (locked) {
        p.pi_mutex.wait_lock.lock_irq();
    }
    me.pi_lock.lock();
    const bool still_first = first_owned(me) == &p;
    if (still_first) {
        disown(p, me);
        s.e.story("pi_state of {}: owner nobody", p.key->name);
    }
    me.pi_lock.unlock();
    if (locked) {
        p.pi_mutex.wait_lock.unlock_irq();
    }
    if (still_first && !s.patched(patch::unlock_outside_hb)) {
        futex_unlock(s, p.pi_mutex);
    }
    unlock_bucket(s, hb);
    if (still_first && s.patched(patch::unlock_outside_hb)) {
        futex_unlock(s, p.pi_mutex);
    }
    if (counts) {
        put_pi_state(s, &p);
    }
    me.pi_lock.lock_irq();
}

void exit_pi_state_list(system& s) {
    task_struct& me = s.self();
    me.pi_lock.lock_irq();
    while (pi_state* const p = first_owned(me)) {
        exit_pi_state(s, *p);
    }
    me.pi_lock.unlock_irq();
}

bool is_dead(const void* task) {
    return static_cast<const task_struct*>(task)->exit.peek() == exit_phase::dead;
}

actor number_of(const void* task) {
    return static_cast<const task_struct*>(task)->id;
}

}  // namespace

void exit_futexes(system& s) {
    task_struct& me = s.self();
    oracle::dies(s, me);
    set_phase(me, exit_phase::exiting);
    exit_robust_list(s);
    exit_pi_state_list(s);
    me.pi_lock.lock_irq();
    me.exit.set(exit_phase::dead);
    const actor_set sleepers = std::exchange(me.exit_waiters, {});
    me.pi_lock.unlock_irq();
    for (actor_set rest = sleepers; !rest.empty(); rest.erase(rest.first())) {
        wake_up(s, *s.tasks[rest.first()], task_running::uninterruptible);
    }
}

void wait_for_exit(system& s, task_struct& exiting) {
    task_struct& me = s.self();
    exiting.pi_lock.lock_irq();
    const bool dead = exiting.exit.get() == exit_phase::dead;
    if (!dead) {
        exiting.exit_waiters.insert(me.id);
        set_current_state(s, task_running::uninterruptible);
    }
    exiting.pi_lock.unlock_irq();
    if (dead) {
        return;
    }
    wait_reason why;
    why.what = "waits for the end of";
    why.object = exiting.name;
    why.subject = &exiting;
    why.holder = &number_of;
    why.available = &is_dead;
    schedule(s, why);
}

}  // namespace tenthrule::kernel
