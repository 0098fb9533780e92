// Sleeping spinlocks: what a bucket lock is on RT.

#include <utility>

#include "kernel/oracle.hpp"
#include "kernel/rtmutex_parts.hpp"

namespace tenthrule::kernel {

void rtlock_lock(system& s, rt_mutex& lock, const lock_class& kind) {
    task_struct& me = s.self();
    oracle::about_to_block(s, me, lock.name);
    if (!fast_lock(lock, me)) {
        lock.wait_lock.lock_irq();
        if (!try_to_take_rt_mutex(s, lock, me, nullptr)) {
            scoped<rt_mutex_waiter> waiter("rt_waiter");
            waiter->wake_state = task_running::rtlock_wait;
            me.saved_state = me.state.exchange(task_running::rtlock_wait);
            task_blocks_on_rt_mutex(s, lock, *waiter, me, chain_walk::minimal);
            while (!try_to_take_rt_mutex(s, lock, me, waiter.get())) {
                lock.wait_lock.unlock_irq();
                schedule(s, waits_for(lock));
                lock.wait_lock.lock_irq();
                set_current_state(s, task_running::rtlock_wait);
            }
            // In one step: a wake-up meant for the interrupted sleep arrives before or after it, never in
            // between.
            me.state.update([&](unsigned) { return me.saved_state.exchange(task_running::running); });
            oracle::waiter_dies(s, *waiter);
        }
        fixup_rt_mutex_waiters(lock);
        lock.wait_lock.unlock_irq();
    }
    s.e.lock_taken(&lock, kind, lock.name, true);
}

bool rtlock_trylock(system& s, rt_mutex& lock, const lock_class& kind) {
    task_struct& me = s.self();
    if (!fast_lock(lock, me)) {
        if (rt_mutex_owner_lockless(s, lock) != nullptr) {
            return false;
        }
        lock.wait_lock.lock_irq();
        const bool taken = try_to_take_rt_mutex(s, lock, me, nullptr);
        fixup_rt_mutex_waiters(lock);
        lock.wait_lock.unlock_irq();
        if (!taken) {
            return false;
        }
    }
    s.e.lock_taken(&lock, kind, lock.name, true);
    return true;
}

void rtlock_unlock(system& s, rt_mutex& lock) {
    task_struct& me = s.self();
    s.e.lock_dropped(&lock);
    if (fast_unlock(lock, me)) {
        return;
    }
    handover over(s);
    lock.wait_lock.lock_irq();
    while (lock.waiters.empty()) {
        // Nobody waits any more: back to the fast path, and only after wait_lock has been dropped, since
        // whoever takes the lock then may be gone, and the lock with it, before this function is through.
        fixup_rt_mutex_waiters(lock);
        lock.wait_lock.unlock_irq();
        if (fast_unlock(lock, me)) {
            return;
        }
        lock.wait_lock.lock_irq();
    }
    mark_wakeup_next_waiter(s, lock, over);
    lock.wait_lock.unlock_irq();
    over.finish();
}

}  // namespace tenthrule::kernel
