#pragma once

/// Where the rules look. The model calls these at the moments named; they only look, never change anything,
/// and know nothing of versions or bugs.

#include "kernel/state.hpp"

namespace tenthrule::kernel::oracle {

/// A WARN or BUG of the kernel whose condition is true.
void warn(system& s, const char* text);

// ---- Calls

void call_begins(system& s, const call& c);
/// At the instant of return to user space, before any other task can step.
void call_returns(system& s, const call& c, long result);
/// Inside a retry loop of the current call.
void retried(system& s, const char* place);

/// The task has ended; whatever it holds, it holds for ever.
void dies(system& s, task_struct& t);

/// User space took or gave up a PI word without the kernel.
void obtained(system& s, futex_word& w);
void gives_up(system& s, futex_word& w);

// ---- rt_mutex

/// `t` is about to become the owner. `waiter`: its own, just taken off the lock; nullptr: it did not wait.
void acquires(system& s, const rt_mutex& lock, const task_struct& t, const rt_mutex_waiter* waiter);
/// The current task is about to release it.
void releases(system& s, const rt_mutex& lock);
/// The priority that a task runs at has changed.
void priority_changed(system& s, const task_struct& t);
/// The current task is about to block on an rt_mutex-based lock.
void about_to_block(system& s, const task_struct& t, const char* lock);
void enqueued(system& s, const rt_mutex_waiter& w, const task_struct& t);
void tree_changed(system& s, const waiter_tree& tree, const char* which);
/// The frame that holds the waiter is about to die.
void waiter_dies(system& s, const rt_mutex_waiter& w);

/// Between construction and destruction waiter trees and priorities may disagree; when the last of them
/// ends, they must agree.
class pi_section {
public:
    explicit pi_section(system& s) : s_(s), mine_(s.self().pi_sections) {
        mine_ = mine_ + 1;
    }
    pi_section(const pi_section&) = delete;
    pi_section& operator=(const pi_section&) = delete;
    ~pi_section() noexcept(false) {
        mine_ = mine_ - 1;
        if (!in_some(s_)) {
            check_priorities(s_);
        }
    }

private:
    static bool in_some(const system& s);
    static void check_priorities(system& s);
    system& s_;
    noted<unsigned>& mine_;
};

// ---- pi_state

void reference_taken(system& s, const pi_state& p, int before);
void reference_dropped(system& s, const pi_state& p, int before);
void pi_state_dies(system& s, const pi_state& p);

// ---- At rest

void at_rest(system& s);
void at_end(system& s);

}  // namespace tenthrule::kernel::oracle
