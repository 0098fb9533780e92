#pragma once

/// What the protocol needs of the scheduler: states, sleeping, waking, wake queues, the timeout sleeper.

#include "kernel/state.hpp"

namespace tenthrule::kernel {

/// A scheduling point: wakers look at the state without the sleeper's locks.
void set_current_state(system& s, unsigned state);
/// Sleeps unless it was woken since it set its state, or a signal is pending that may end this sleep.
void schedule(system& s, const wait_reason& why);
/// Wakes `t` if it is in one of `states`. One scheduling point, which also takes it off its wake queue.
void wake_up(system& s, task_struct& t, unsigned states, bool from_wake_q = false);
bool signal_pending(const task_struct& t);
/// Between two rounds of a retry loop, no lock held: a kernel without preemption offers its CPU here.
void resched_and_retry(system& s, const char* place);

/// Gives the task's effective priority to the machine. REQUIRES: t.pi_lock held.
void apply_priority(system& s, task_struct& t);

/// Tasks to wake once the locks have been dropped. Lives on the waker's stack.
class wake_q {
public:
    explicit wake_q(system& s) : s_(s) {}
    /// Skips a task that is on some queue already: whoever flushes that one wakes it.
    void add(task_struct& t);
    /// Whoever waits for an rtlock must be woken as such, whatever queue it is on.
    void add_rtlock(task_struct& t) {
        rtlock_task_ = &t;
    }
    void flush();

private:
    system& s_;
    task_struct* rtlock_task_ = nullptr;
    unsigned count_ = 0;
    std::array<task_struct*, tasks_max> tasks_;
};

/// Until the time is over, or somebody wakes the task.
void sleep_uninterruptibly(system& s, nanoseconds duration, const char* what);

/// Not started yet. nullptr-like state (no timeout) is the caller's business.
hrtimer_sleeper* make_sleeper(system& s, const char* what);
void start_sleeper(system& s, hrtimer_sleeper& sleeper, nanoseconds deadline);
/// Waits for a running callback.
void cancel_sleeper(system& s, hrtimer_sleeper& sleeper);
/// A scheduling point.
bool sleeper_expired(hrtimer_sleeper& sleeper);

}  // namespace tenthrule::kernel
