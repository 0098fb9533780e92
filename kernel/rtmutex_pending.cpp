// The rt_mutex of 2.6.38 and earlier: an unlocker takes the top waiter off the lock and makes it the
// *pending* owner. Until that one has run, somebody strictly more urgent may still take the lock away from
// it. A waiter's `task` says whether it is enqueued: NULL means that it was made pending owner, or never was.

#include <cerrno>

#include "kernel/oracle.hpp"
#include "kernel/rtmutex_parts.hpp"

namespace tenthrule::kernel::pending_owner {

namespace {

std::uint32_t word_of(rt_mutex& lock) {
    return lock.owner.load();  // its fast paths need no wait_lock
}

// Moves the waiter that comes next from one owner's tree to another's. REQUIRES: wait_lock.
void take_over_top_waiter(system& s, rt_mutex& lock, task_struct& from, task_struct& to) {
    rt_mutex_waiter* const next = lock.waiters.top();
    if (next == nullptr) {
        return;
    }
    from.pi_lock.lock();
    dequeue_pi(s, from, *next);
    rt_mutex_adjust_prio(s, from);
    from.pi_lock.unlock();
    if (next->task.get() != &to) {
        to.pi_lock.lock();
        set_pi_key(s, *next);
        enqueue_pi(s, to, *next);
        rt_mutex_adjust_prio(s, to);
        to.pi_lock.unlock();
    }
}

// Whether `task` may have the lock that `word` says is owned. REQUIRES: wait_lock.
bool try_to_steal(system& s, rt_mutex& lock, std::uint32_t word, task_struct& task) {
    if ((word & owner_pending) == 0) {
        return false;
    }
    task_struct& pending = *s.task_of_owner(word);
    if (&pending == &task) {
        return true;
    }
    if (prio_of(task) >= prio_of(pending)) {
        return false;
    }
    s.e.story("steals {} from {}", lock.name, pending.name);
    take_over_top_waiter(s, lock, pending, task);
    return true;
}

bool try_to_take(system& s, rt_mutex& lock, task_struct& task) {
    const oracle::pi_section section(s);
    const std::uint32_t word = mark_waiters(lock);
    const task_struct* const owner = s.task_of_owner(word);
    if (owner != nullptr && !try_to_steal(s, lock, word, task)) {
        s.e.story("cannot take {}: {} owns it", lock.name, owner->name);
        return false;
    }
    set_owner(s, lock, &task);
    return true;
}

bool in_a_tree(const system& s, const rt_mutex_waiter& w) {
    for (unsigned i = 0; i < s.tasks_count; ++i) {
        if (s.tasks[i]->pi_waiters.contains(w)) {
            return true;
        }
    }
    return false;
}

// Of the current task; drops and retakes wait_lock.
void remove_own_waiter(system& s, rt_mutex& lock, rt_mutex_waiter& waiter) {
    const oracle::pi_section section(s);
    task_struct& me = s.self();
    const bool was_top = lock.waiters.top() == &waiter;
    task_struct* const owner = s.task_of_owner(word_of(lock));
    me.pi_lock.lock();
    dequeue(s, lock, waiter);
    waiter.task.set(nullptr);
    me.pi_blocked_on.set(nullptr);
    me.pi_lock.unlock();
    rt_mutex* next_lock = nullptr;
    if (was_top && owner != nullptr && owner != &me) {
        owner->pi_lock.lock();
        dequeue_pi(s, *owner, waiter);
        if (rt_mutex_waiter* const next = lock.waiters.top()) {
            set_pi_key(s, *next);
            enqueue_pi(s, *owner, *next);
        }
        rt_mutex_adjust_prio(s, *owner);
        next_lock = blocked_on_lock(*owner);
        owner->pi_lock.unlock();
    }
    if (in_a_tree(s, waiter)) {
        oracle::warn(s, "remove_waiter: the waiter is still among somebody's pi_waiters");
    }
    if (next_lock != nullptr) {
        lock.wait_lock.unlock_irq();
        adjust_prio_chain(s, *owner, chain_walk::minimal, &lock, next_lock, nullptr, me);
        lock.wait_lock.lock_irq();
    }
}

// REQUIRES: wait_lock. A waiter whose `task` is set is enqueued already.
int wait_for_lock(system& s, rt_mutex& lock, hrtimer_sleeper* timeout, rt_mutex_waiter& waiter) {
    for (;;) {
        if (try_to_take(s, lock, s.self())) {
            return 0;
        }
        if (const int interrupted = interrupted_by(s, timeout)) {
            return interrupted;
        }
        if (waiter.task.get() == nullptr) {
            const bool own = s.task_of_owner(word_of(lock)) == &s.self();
            const int result = task_blocks_on_rt_mutex(s, lock, waiter, s.self(), chain_walk::full);
            if (waiter.task.get() == nullptr && !own) {
                continue;  // handed over while the chain was walked, whatever that found
            }
            if (result != 0) {
                return result;
            }
        }
        lock.wait_lock.unlock_irq();
        schedule(s, waits_for(lock));
        lock.wait_lock.lock_irq();
        set_current_state(s, task_running::interruptible);
    }
}

// Hands the lock over; the waiters bit goes with it. REQUIRES: wait_lock, a waiter.
void wake_next_waiter(system& s, rt_mutex& lock) {
    task_struct& me = s.self();
    me.pi_lock.lock();
    rt_mutex_waiter& top = *lock.waiters.top();
    dequeue_pi(s, me, top);
    dequeue(s, lock, top);
    task_struct& next = *top.task.get();
    top.task.set(nullptr);
    set_owner(s, lock, &next, owner_pending);
    me.pi_lock.unlock();
    next.pi_lock.lock();
    next.pi_blocked_on.set(nullptr);
    if (rt_mutex_waiter* const after = lock.waiters.top()) {
        set_pi_key(s, *after);
        enqueue_pi(s, next, *after);
    }
    next.pi_lock.unlock();
    wake_up(s, next, task_running::normal);
}

}  // namespace

int start_proxy_lock(system& s, rt_mutex& lock, rt_mutex_waiter& waiter, task_struct& task) {
    waiter.wake_state = task_running::normal;
    lock.wait_lock.lock_irq();
    if (s.patched(patch::proxy_marks)) {
        mark_waiters(lock);
    }
    const std::uint32_t word = word_of(lock);
    if (s.patched(patch::proxy_tries) &&
        (s.task_of_owner(word) == nullptr || try_to_steal(s, lock, word, task))) {
        set_owner(s, lock, &task);
        lock.wait_lock.unlock_irq();
        return 1;
    }
    int result = task_blocks_on_rt_mutex(s, lock, waiter, task, chain_walk::full);
    if (result != 0 && waiter.task.get() == nullptr) {
        result = 0;  // handed over while the chain was walked
    }
    lock.wait_lock.unlock_irq();
    return result;
}

int finish_proxy_lock(system& s, rt_mutex& lock, hrtimer_sleeper* timeout, rt_mutex_waiter& waiter) {
    set_current_state(s, task_running::interruptible);
    lock.wait_lock.lock_irq();
    const int result = wait_for_lock(s, lock, timeout, waiter);
    set_current_state(s, task_running::running);
    if (waiter.task.get() != nullptr) {
        remove_own_waiter(s, lock, waiter);
    }
    fixup_rt_mutex_waiters(lock);
    lock.wait_lock.unlock_irq();
    return result;
}

int timed_futex_lock(system& s, rt_mutex& lock, hrtimer_sleeper* timeout, nanoseconds until) {
    task_struct& me = s.self();
    if (fast_lock(lock, me)) {
        return 0;
    }
    lock.wait_lock.lock_irq();
    int result = 0;
    if (!try_to_take(s, lock, me)) {
        scoped<rt_mutex_waiter> waiter("rt_waiter");
        waiter->wake_state = task_running::normal;
        set_current_state(s, task_running::interruptible);
        if (timeout != nullptr) {
            start_sleeper(s, *timeout, until);
        }
        result = wait_for_lock(s, lock, timeout, *waiter);
        set_current_state(s, task_running::running);
        if (waiter->task.get() != nullptr) {
            remove_own_waiter(s, lock, *waiter);
        }
        oracle::waiter_dies(s, *waiter);
    }
    fixup_rt_mutex_waiters(lock);
    lock.wait_lock.unlock_irq();
    return result;
}

bool futex_trylock(system& s, rt_mutex& lock) {
    if (fast_lock(lock, s.self())) {
        return true;
    }
    lock.wait_lock.lock_irq();
    bool taken = false;
    if (s.task_of_owner(word_of(lock)) != &s.self()) {
        taken = try_to_take(s, lock, s.self());
        fixup_rt_mutex_waiters(lock);
    }
    lock.wait_lock.unlock_irq();
    return taken;
}

void futex_unlock(system& s, rt_mutex& lock) {
    task_struct& me = s.self();
    if (fast_unlock(lock, me)) {
        s.e.story("rt_mutex of {} := nobody", lock.name);
        return;
    }
    const oracle::pi_section section(s);
    lock.wait_lock.lock_irq();
    oracle::releases(s, lock);
    if (lock.waiters.empty()) {
        lock.owner.store(0);
        s.e.story("rt_mutex of {} := nobody", lock.name);
        lock.wait_lock.unlock_irq();
        return;
    }
    wake_next_waiter(s, lock);
    lock.wait_lock.unlock_irq();
    me.pi_lock.lock_irq();
    rt_mutex_adjust_prio(s, me);
    me.pi_lock.unlock_irq();
}

}  // namespace tenthrule::kernel::pending_owner
