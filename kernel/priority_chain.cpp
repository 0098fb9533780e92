// Priorities that locks lend, and how a change travels along a chain of blocked owners.

#include <algorithm>
#include <cerrno>

#include "kernel/mutations.hpp"
#include "kernel/oracle.hpp"
#include "kernel/rtmutex_parts.hpp"

namespace tenthrule::kernel {

namespace {

void set_prio(system& s, task_struct& t, int prio) {
    if (prio != t.prio.get()) {
        t.prio.set(prio);
        apply_priority(s, t);
        oracle::priority_changed(s, t);
    }
}

}  // namespace

void rt_mutex_adjust_prio(system& s, task_struct& t) {
    int prio = t.normal_prio.get();
    rt_mutex_waiter* const top = t.pi_waiters.top();
    if (s.patched(patch::top_task_cached)) {
        t.pi_top_task.set(top != nullptr ? top->task.get() : nullptr);
    }
    if (top != nullptr) {
        // The donor's priority as it is now, not the key under which it is enqueued; the key until 4.11.
        const int lent = s.patched(patch::deboost_first) ? prio_of(*top->task.get()) : top->pi_prio.get();
        prio = lent < prio ? lent : prio;
    }
    set_prio(s, t, prio);
}

void change_normal_prio(system& s, task_struct& t, int normal_prio) {
    t.normal_prio.set(normal_prio);
    if (!s.patched(patch::top_task_cached)) {
        rt_mutex_adjust_prio(s, t);
        return;
    }
    const task_struct* const donor = t.pi_top_task.get();
    set_prio(s, t, donor != nullptr ? std::min(prio_of(*donor), normal_prio) : normal_prio);
}

void rt_mutex_adjust_pi(system& s, task_struct& t) {
    t.pi_lock.lock_irq();
    rt_mutex_waiter* const w = t.pi_blocked_on.get();
    if (w == nullptr || w->prio.get() == prio_of(t)) {
        t.pi_lock.unlock_irq();
        return;
    }
    rt_mutex* const next_lock = w->lock.get();
    t.pi_lock.unlock_irq();
    adjust_prio_chain(s, t, chain_walk::minimal, nullptr, next_lock, nullptr, t);
}

namespace {

constexpr unsigned chain_depth_max = 1024;

// One step of the walk, from a task to the lock it is blocked on and on to that lock's owner.
struct chain_step {
    task_struct* task;
    rt_mutex* next_lock;
    rt_mutex_waiter* top_waiter;
};

}  // namespace

int adjust_prio_chain(system& s, task_struct& first, chain_walk walk, rt_mutex* orig_lock,
                      rt_mutex* next_lock, rt_mutex_waiter* orig_waiter, task_struct& top_task) {
    const oracle::pi_section section(s);
    chain_step at{&first, next_lock, orig_waiter};
    bool requeue = true;  // once off it stays off: from there on it only looks for a deadlock
    for (unsigned depth = 0; depth < chain_depth_max;) {
        at.task->pi_lock.lock_irq();
        rt_mutex_waiter* w = at.task->pi_blocked_on.get();
        // All locks were dropped on the way here: any of this may have changed.
        bool over = w == nullptr;
        over = over || (orig_waiter != nullptr && rt_mutex_owner_lockless(s, *orig_lock) == nullptr);
        over = over || w->lock.get() != at.next_lock;
        if (!over && at.top_waiter != nullptr) {
            rt_mutex_waiter* const top = at.task->pi_waiters.top();
            if (top == nullptr) {
                over = true;
            } else if (top != at.top_waiter) {
                over = walk == chain_walk::minimal;
                requeue = false;
            }
        }
        if (!over && w->prio.get() == prio_of(*at.task)) {
            over = walk == chain_walk::minimal;
            requeue = false;
        }
        if (over) {
            at.task->pi_lock.unlock_irq();
            return 0;
        }
        rt_mutex& lock = *w->lock.get();
        if (!lock.wait_lock.try_lock()) {
            // The order is wait_lock before pi_lock; here it is the other way round.
            at.task->pi_lock.unlock_irq();
            s.e.retry("rt_mutex chain walk: wait_lock is busy");
            continue;
        }
        ++depth;
        if (&lock == orig_lock || rt_mutex_owner(s, lock) == &top_task) {
            lock.wait_lock.unlock();
            at.task->pi_lock.unlock_irq();
            s.e.story("finds a cycle: deadlock");
            return -EDEADLK;
        }
        rt_mutex_waiter* const old_top = lock.waiters.top();
        if (requeue) {
            dequeue(s, lock, *w);
            set_keys(s, *w, prio_of(*at.task));
            enqueue(s, lock, *w);
        }
        at.task->pi_lock.unlock();
        task_struct* const owner = rt_mutex_owner(s, lock);
        if (owner == nullptr) {
            // Nobody to boost, but whoever is first now must know that the lock can be had.
            rt_mutex_waiter* const top = lock.waiters.top();
            task_struct* const wake = requeue && top != old_top && !mutated(mutation::top_waiter_not_woken)
                                          ? top->task.get()
                                          : nullptr;
            const unsigned states = wake != nullptr ? top->wake_state : 0;
            if (wake != nullptr) {
                wake_up(s, *wake, states);
            }
            lock.wait_lock.unlock_irq();
            return 0;
        }
        owner->pi_lock.lock();
        rt_mutex_waiter* const new_top = lock.waiters.top();
        if (requeue && w == new_top) {
            dequeue_pi(s, *owner, *old_top);
            set_pi_key(s, *w);
            enqueue_pi(s, *owner, *w);
            rt_mutex_adjust_prio(s, *owner);
        } else if (requeue && w == old_top) {
            dequeue_pi(s, *owner, *w);
            set_pi_key(s, *new_top);
            enqueue_pi(s, *owner, *new_top);
            rt_mutex_adjust_prio(s, *owner);
            w = new_top;  // the owner may have lost its boost, and so may the rest of the chain
        }
        at = {owner, blocked_on_lock(*owner), new_top};
        owner->pi_lock.unlock();
        lock.wait_lock.unlock_irq();
        if (at.next_lock == nullptr) {
            return 0;
        }
        if (walk == chain_walk::minimal && w != new_top) {
            return 0;
        }
    }
    return -EDEADLK;
}

}  // namespace tenthrule::kernel
