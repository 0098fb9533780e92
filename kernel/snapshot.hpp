#pragma once

/// The kernel's state at one moment as plain data: what people look at to understand an execution. It
/// only looks: no scheduling point, and nothing that a rule or a step depends on is touched.

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/system.hpp"

namespace tenthrule::kernel {

struct snapshot {
    /// Somebody in a queue. `prio`: a kernel priority, smaller is more urgent.
    struct waiter {
        actor task = no_actor;  ///< no_actor: nobody that is known, as behind a dangling pointer
        int prio = 0;
    };

    struct word {
        std::string name;
        word_kind kind = word_kind::plain;
        std::uint32_t value = 0;
        std::string text;        ///< "waiter|WAITERS", "7"
        actor owner = no_actor;  ///< of a PI word: whose TID is in it
        bool waiters = false;    ///< of a PI word: FUTEX_WAITERS
        bool owner_died = false;
        std::vector<waiter> queue;  ///< its bucket's waiters for this word, the first to be woken first
    };

    /// An rt_mutex with what belongs to it.
    struct lock {
        std::string name;        ///< of the futex word, or of the bucket whose sleeping lock it is
        bool of_bucket = false;  ///< a bucket's lock under PREEMPT_RT; else a pi_state's
        actor owner = no_actor;
        bool has_waiters = false;    ///< the flag in the owner word
        bool owner_pending = false;  ///< likewise
        std::vector<waiter> waiters;
        // Of a pi_state only.
        actor pi_state_owner = no_actor;
        int references = 0;
    };

    struct task {
        actor id = no_actor;
        std::string name;
        std::uint32_t tid = 0;
        policy sched = policy::other;
        int normal_prio = 0;  ///< a kernel priority: smaller is more urgent
        int prio = 0;         ///< likewise, possibly lent by somebody who waits for it
        std::string blocked_on;  ///< name of the lock; empty: none
        std::vector<actor> lenders;  ///< the top waiters of the locks it owns, the most urgent first
    };

    std::vector<word> words;  ///< in the order of the program
    std::vector<lock> locks;  ///< pi_states, the oldest first as far as they keep their order, then buckets
    std::vector<task> tasks;  ///< by number; placeholders, which take part in nothing, too
};

/// REQUIRES: the system's execution is still alive.
snapshot look(const system& s);

/// A kernel priority in the words of scenario files: "fifo 20", "other", "deadline". `lent`: it is not the
/// task's own, so that its policy says nothing.
std::string priority_words(policy sched, int prio, bool lent = false);

}  // namespace tenthrule::kernel
