#pragma once

/// What the parts of the rt_mutex share among themselves; nothing for anybody else.

#include "kernel/rtmutex.hpp"

namespace tenthrule::kernel {

/// The priority that a task runs at; a lock that matters is held, or it does not matter.
inline int prio_of(const task_struct& t) {
    return t.prio.peek();
}

// ---- Trees (REQUIRES: wait_lock; for the owner's tree its pi_lock)

void enqueue(system& s, rt_mutex& lock, rt_mutex_waiter& w);
void dequeue(system& s, rt_mutex& lock, rt_mutex_waiter& w);
void enqueue_pi(system& s, task_struct& owner, rt_mutex_waiter& w);
void dequeue_pi(system& s, task_struct& owner, rt_mutex_waiter& w);
/// The keys are copies: a tree must not change its order because a task's priority does. Before
/// f7853c342418 both trees used one copy.
void set_keys(system& s, rt_mutex_waiter& w, int prio);
/// Copied when the waiter enters an owner's tree, under that owner's pi_lock.
void set_pi_key(system& s, rt_mutex_waiter& w);

// ---- The owner word (REQUIRES: wait_lock)

/// Sets the waiters bit and gives the word as it was.
std::uint32_t mark_waiters(rt_mutex& lock);
/// With the waiters bit as the tree says.
void set_owner(system& s, rt_mutex& lock, task_struct* t, std::uint32_t flags = 0);

/// The compare-and-swaps of those who know that nobody waits. A scheduling point.
bool fast_lock(rt_mutex& lock, task_struct& t);
bool fast_unlock(rt_mutex& lock, task_struct& t);

// ---- Waiting

rt_mutex* blocked_on_lock(task_struct& t);
wait_reason waits_for(const rt_mutex& lock);
/// Ends a wait, one way or the other. REQUIRES: wait_lock.
/// 0 or an error of the sleep: -ETIMEDOUT or -EINTR; else it goes on waiting.
int interrupted_by(system& s, hrtimer_sleeper* timeout);

/// Hands the lock to the top waiter: ownerless, the waiter still enqueued. REQUIRES: wait_lock, a waiter.
void mark_wakeup_next_waiter(system& s, rt_mutex& lock, handover& over);

}  // namespace tenthrule::kernel
