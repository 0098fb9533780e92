#pragma once

/// rt_mutex: a lock whose waiters lend their priority to its owner. As futexes use it (no fast path; a
/// waiter may be enqueued by somebody else) and as the sleeping spinlock of RT.
///
/// The waiter model is that of 2.6.39 and later: a waiter stays enqueued until it takes the lock itself; an
/// unlocker leaves the lock ownerless with the waiters bit set and wakes the top waiter. The model before
/// that is in rtmutex_pending.cpp.

#include <optional>

#include "kernel/oracle.hpp"
#include "kernel/sched.hpp"
#include "kernel/state.hpp"

namespace tenthrule::kernel {

/// What is left to do after an unlock when the spinlocks have been dropped: waking whoever was handed the
/// lock and, before 2a1c60299406, giving back the priority that it had lent. Lives on the unlocker's stack.
class handover {
public:
    explicit handover(system& s);
    /// REQUIRES: wait_lock and the caller's pi_lock held.
    void begin(task_struct& next, bool rtlock);
    /// REQUIRES: no lock held that the woken task or its priority depends on.
    void finish();

private:
    system& s_;
    wake_q wake_;
    std::optional<oracle::pi_section> section_;
    task_struct* next_ = nullptr;  ///< whom to wake
};

/// A glance without wait_lock: it may be out of date at once. A scheduling point.
task_struct* rt_mutex_owner_lockless(system& s, rt_mutex& lock);

/// How far a chain walk goes on when nothing changes any more.
enum class chain_walk : std::uint8_t { minimal, full };

// ---- Parts (REQUIRES: lock.wait_lock held)

task_struct* rt_mutex_owner(system& s, rt_mutex& lock);
/// `waiter`: the enqueued waiter of `task`, or nullptr.
bool try_to_take_rt_mutex(system& s, rt_mutex& lock, task_struct& task, rt_mutex_waiter* waiter);
/// 0, or -EDEADLK. May drop and retake wait_lock.
int task_blocks_on_rt_mutex(system& s, rt_mutex& lock, rt_mutex_waiter& waiter, task_struct& task,
                            chain_walk walk);
/// May drop and retake wait_lock.
void remove_waiter(system& s, rt_mutex& lock, rt_mutex_waiter& waiter);
/// Clears the waiters bit if nobody waits.
void fixup_rt_mutex_waiters(rt_mutex& lock);

// ---- For futexes

/// A free rt_mutex becomes the property of `owner`, who does not know yet. REQUIRES: nobody else sees it.
void init_proxy_locked(rt_mutex& lock, task_struct& owner);
/// 1: taken for `task`; 0: enqueued for it; -EDEADLK. REQUIRES: wait_lock held.
int start_proxy_lock_locked(system& s, rt_mutex& lock, rt_mutex_waiter& waiter, task_struct& task);
int start_proxy_lock(system& s, rt_mutex& lock, rt_mutex_waiter& waiter, task_struct& task);
/// 0, -ETIMEDOUT or -EINTR; in the latter cases the waiter is still enqueued.
int wait_proxy_lock(system& s, rt_mutex& lock, hrtimer_sleeper* timeout, rt_mutex_waiter& waiter);
/// True: the waiter was removed. False: the lock was acquired in the last moment.
bool cleanup_proxy_lock(system& s, rt_mutex& lock, rt_mutex_waiter& waiter);
/// Both in one, as before 38d589f2fd08: 0, or an error and the waiter is gone.
int finish_proxy_lock(system& s, rt_mutex& lock, hrtimer_sleeper* timeout, rt_mutex_waiter& waiter);
/// Takes the lock for the caller, with a waiter of its own: 0, -ETIMEDOUT, -EINTR or -EDEADLK.
int timed_futex_lock(system& s, rt_mutex& lock, hrtimer_sleeper* timeout, nanoseconds until);
/// REQUIRES: wait_lock held.
bool futex_trylock_locked(system& s, rt_mutex& lock);
bool futex_trylock(system& s, rt_mutex& lock);
/// Who would get the lock if it were released now; nullptr: nobody waits. REQUIRES: wait_lock held.
task_struct* rt_mutex_next_owner(rt_mutex& lock);
/// REQUIRES: wait_lock held, which excludes fast paths only since 5293c2efda37.
void futex_unlock_locked(system& s, rt_mutex& lock, handover& over);
/// REQUIRES: wait_lock not held. The caller finishes the handover.
void futex_unlock(system& s, rt_mutex& lock, handover& over);
void futex_unlock(system& s, rt_mutex& lock);

// ---- The same with a pending owner (until 2.6.38)

namespace pending_owner {
int start_proxy_lock(system& s, rt_mutex& lock, rt_mutex_waiter& waiter, task_struct& task);
int finish_proxy_lock(system& s, rt_mutex& lock, hrtimer_sleeper* timeout, rt_mutex_waiter& waiter);
int timed_futex_lock(system& s, rt_mutex& lock, hrtimer_sleeper* timeout, nanoseconds until);
bool futex_trylock(system& s, rt_mutex& lock);
void futex_unlock(system& s, rt_mutex& lock);
}  // namespace pending_owner

// ---- Sleeping spinlocks

void rtlock_lock(system& s, rt_mutex& lock, const lock_class& kind);
bool rtlock_trylock(system& s, rt_mutex& lock, const lock_class& kind);
void rtlock_unlock(system& s, rt_mutex& lock);

// ---- Priorities

/// Effective priority from the task's own and its top pi waiter. REQUIRES: pi_lock held.
void rt_mutex_adjust_prio(system& s, task_struct& t);
/// The same after its own has changed: what sched_setscheduler(2) does. REQUIRES: pi_lock held.
void change_normal_prio(system& s, task_struct& t, int normal_prio);
/// After a priority change of a task that may be blocked. REQUIRES: no lock held.
void rt_mutex_adjust_pi(system& s, task_struct& t);
/// Follows the chain from `first` to the lock that it is blocked on, to that lock's owner, and so on, and
/// passes priorities along. Drops all locks at each step. REQUIRES: no lock held. 0 or -EDEADLK.
int adjust_prio_chain(system& s, task_struct& first, chain_walk walk, rt_mutex* orig_lock,
                      rt_mutex* next_lock, rt_mutex_waiter* orig_waiter, task_struct& top_task);

}  // namespace tenthrule::kernel
