#include "kernel/exit.hpp"

#include "kernel/bucket.hpp"
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

// One entry of the robust list: whoever takes the lock next learns that its owner has died. False: the page
// is gone, and with it the rest of the list.
bool handle_futex_death(system& s, futex_word& w) {
    const std::uint32_t me = s.self().tid;
    for (;;) {
        std::uint32_t uval = 0;
        if (read_user(s, w, uval) != 0) {
            return false;
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
                return true;
        }
    }
}

void exit_robust_list(system& s) {
    for (unsigned i = 0; i < s.words_count; ++i) {
        futex_word& w = *s.words[i];
        if (w.robust && (w.value.peek() & futex_tid_mask) == s.self().tid && !handle_futex_death(s, w)) {
            return;
        }
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
