// The rt_mutex as futexes use it: waiters enqueued by somebody else, waiting with a timeout, handing over.

#include <cerrno>

#include "kernel/mutations.hpp"
#include "kernel/oracle.hpp"
#include "kernel/rtmutex_parts.hpp"

namespace tenthrule::kernel {

void init_proxy_locked(rt_mutex& lock, task_struct& owner) {
    lock.owner.poke(owner_word(&owner, 0));
}

int start_proxy_lock_locked(system& s, rt_mutex& lock, rt_mutex_waiter& waiter, task_struct& task) {
    waiter.wake_state = task_running::normal;
    if (try_to_take_rt_mutex(s, lock, task, nullptr)) {
        return 1;
    }
    int result = task_blocks_on_rt_mutex(s, lock, waiter, task, chain_walk::full);
    if (result != 0 && rt_mutex_owner(s, lock) == nullptr) {
        result = 0;  // the owner went away while the chain was walked: waiting will do
    }
    if (result != 0 && !s.patched(patch::early_deadlock) && waiter.enqueued) {
        remove_waiter(s, lock, waiter);
    }
    return result;
}

int start_proxy_lock(system& s, rt_mutex& lock, rt_mutex_waiter& waiter, task_struct& task) {
    if (!s.patched(patch::waiter_stays)) {
        return pending_owner::start_proxy_lock(s, lock, waiter, task);
    }
    lock.wait_lock.lock_irq();
    const int result = start_proxy_lock_locked(s, lock, waiter, task);
    if (s.patched(patch::early_deadlock) &&
        (s.patched(patch::waiter_not_enqueued) ? result < 0 && waiter.enqueued : result != 0)) {
        remove_waiter(s, lock, waiter);
    }
    lock.wait_lock.unlock_irq();
    return result;
}

int interrupted_by(system& s, hrtimer_sleeper* timeout) {
    if (timeout != nullptr && sleeper_expired(*timeout)) {
        s.e.story("sleeper->task is NULL: timed out");
        return -ETIMEDOUT;
    }
    return signal_pending(s.self()) ? -EINTR : 0;
}

namespace {

int wait_for_lock(system& s, rt_mutex& lock, hrtimer_sleeper* timeout, rt_mutex_waiter& waiter) {
    for (;;) {
        if (try_to_take_rt_mutex(s, lock, s.self(), &waiter)) {
            return 0;
        }
        if (const int interrupted = interrupted_by(s, timeout)) {
            return interrupted;
        }
        lock.wait_lock.unlock_irq();
        schedule(s, waits_for(lock));
        set_current_state(s, task_running::interruptible);
        lock.wait_lock.lock_irq();
    }
}

}  // namespace

int wait_proxy_lock(system& s, rt_mutex& lock, hrtimer_sleeper* timeout, rt_mutex_waiter& waiter) {
    set_current_state(s, task_running::interruptible);
    lock.wait_lock.lock_irq();
    const int result = wait_for_lock(s, lock, timeout, waiter);
    set_current_state(s, task_running::running);
    fixup_rt_mutex_waiters(lock);
    lock.wait_lock.unlock_irq();
    return result;
}

bool cleanup_proxy_lock(system& s, rt_mutex& lock, rt_mutex_waiter& waiter) {
    bool removed = false;
    lock.wait_lock.lock_irq();
    if (s.patched(patch::cleanup_trylock) && !mutated(mutation::cleanup_without_trylock)) {
        // Once more, whatever it came back with: an unlocker may have chosen this task in the meantime.
        try_to_take_rt_mutex(s, lock, s.self(), &waiter);
    }
    if (rt_mutex_owner(s, lock) != &s.self()) {
        remove_waiter(s, lock, waiter);
        removed = true;
    }
    fixup_rt_mutex_waiters(lock);
    lock.wait_lock.unlock_irq();
    return removed;
}

int finish_proxy_lock(system& s, rt_mutex& lock, hrtimer_sleeper* timeout, rt_mutex_waiter& waiter) {
    if (!s.patched(patch::waiter_stays)) {
        return pending_owner::finish_proxy_lock(s, lock, timeout, waiter);
    }
    set_current_state(s, task_running::interruptible);
    lock.wait_lock.lock_irq();
    const int result = wait_for_lock(s, lock, timeout, waiter);
    set_current_state(s, task_running::running);
    if (result != 0) {
        remove_waiter(s, lock, waiter);
    }
    fixup_rt_mutex_waiters(lock);
    lock.wait_lock.unlock_irq();
    return result;
}

int timed_futex_lock(system& s, rt_mutex& lock, hrtimer_sleeper* timeout, nanoseconds until) {
    if (!s.patched(patch::waiter_stays)) {
        return pending_owner::timed_futex_lock(s, lock, timeout, until);
    }
    task_struct& me = s.self();
    if (lock.has_fast_path && fast_lock(lock, me)) {
        return 0;
    }
    lock.wait_lock.lock_irq();
    int result = 0;
    if (!try_to_take_rt_mutex(s, lock, me, nullptr)) {
        scoped<rt_mutex_waiter> waiter("rt_waiter");
        waiter->wake_state = task_running::normal;
        set_current_state(s, task_running::interruptible);
        if (timeout != nullptr) {
            start_sleeper(s, *timeout, until);
        }
        result = task_blocks_on_rt_mutex(s, lock, *waiter, me, chain_walk::full);
        if (result == 0) {
            result = wait_for_lock(s, lock, timeout, *waiter);
        }
        set_current_state(s, task_running::running);
        if (result != 0 && waiter->enqueued) {
            remove_waiter(s, lock, *waiter);
        }
        oracle::waiter_dies(s, *waiter);
    }
    fixup_rt_mutex_waiters(lock);
    lock.wait_lock.unlock_irq();
    return result;
}

bool futex_trylock_locked(system& s, rt_mutex& lock) {
    const bool taken = try_to_take_rt_mutex(s, lock, s.self(), nullptr);
    fixup_rt_mutex_waiters(lock);
    return taken;
}

bool futex_trylock(system& s, rt_mutex& lock) {
    if (!s.patched(patch::waiter_stays)) {
        return pending_owner::futex_trylock(s, lock);
    }
    if (lock.has_fast_path && fast_lock(lock, s.self())) {
        return true;
    }
    if (rt_mutex_owner_lockless(s, lock) != nullptr) {
        return false;
    }
    lock.wait_lock.lock_irq();
    const bool taken = futex_trylock_locked(s, lock);
    lock.wait_lock.unlock_irq();
    return taken;
}

task_struct* rt_mutex_next_owner(rt_mutex& lock) {
    rt_mutex_waiter* const top = lock.waiters.top();
    return top != nullptr ? top->task.get() : nullptr;
}

void futex_unlock_locked(system& s, rt_mutex& lock, handover& over) {
    oracle::releases(s, lock);
    if (lock.waiters.empty()) {
        lock.owner.store(0);
        s.e.story("rt_mutex of {} := nobody", lock.name);
        return;
    }
    mark_wakeup_next_waiter(s, lock, over);
}

void futex_unlock(system& s, rt_mutex& lock, handover& over) {
    if (!s.patched(patch::waiter_stays)) {
        pending_owner::futex_unlock(s, lock);
        return;
    }
    if (lock.has_fast_path && fast_unlock(lock, s.self())) {
        s.e.story("rt_mutex of {} := nobody", lock.name);
        return;
    }
    lock.wait_lock.lock_irq();
    futex_unlock_locked(s, lock, over);
    lock.wait_lock.unlock_irq();
}

void futex_unlock(system& s, rt_mutex& lock) {
    handover over(s);
    futex_unlock(s, lock, over);
    over.finish();
}

}  // namespace tenthrule::kernel
