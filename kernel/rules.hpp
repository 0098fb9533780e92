#pragma once

/// What must always hold in the futex and rt_mutex code, whatever the version. A rule knows no bug: it
/// says what is right, once, and each version either keeps it or does not.

#include <span>

#include "runtime/rules.hpp"

namespace tenthrule::kernel::rules {

inline constexpr rule mutual_exclusion{16, "mutual-exclusion",
                                       "At most one task is between obtaining a PI futex and releasing it."};
inline constexpr rule owner_on_return{17, "owner-on-return",
                                      "At the instant of return the futex word names the caller exactly if "
                                      "the call says that it got the lock."};
inline constexpr rule state_agreement{18, "state-agreement",
                                      "While nobody is inside the kernel on a PI futex, its word, its "
                                      "pi_state and its rt_mutex name one owner."};
inline constexpr rule unexpected_error{19, "unexpected-error",
                                       "A well-behaved program never sees an error that it did not cause."};
inline constexpr rule priority_inheritance{
    20, "priority-inheritance",
    "A task runs at the best of its own priority and those of the top waiters of the locks that it owns."};
inline constexpr rule waiter_integrity{21, "waiter-integrity",
                                       "A task waits for one rt_mutex at most, and its waiter is enqueued "
                                       "exactly while pi_blocked_on names it."};
inline constexpr rule refcount{22, "refcount",
                               "A pi_state is freed once, with its last reference, and none is left over."};
inline constexpr rule lock_balance{
    23, "lock-balance", "A call returns with no kernel lock held, and preemption and interrupts as before."};
inline constexpr rule bucket_accounting{
    24, "bucket-accounting",
    "At rest a bucket counts as many waiters as are queued, each knowing its bucket."};
inline constexpr rule kernel_warning{25, "kernel-warning", "No WARN or BUG condition of the kernel is true."};
inline constexpr rule bounded_retries{26, "bounded-retries",
                                      "A call gets on after a bounded number of internal retries."};
inline constexpr rule owner_died{
    27, "owner-died", "Whoever gets a lock whose owner has died finds OWNER_DIED in the futex word."};
inline constexpr rule queue_order{
    28, "queue-order",
    "A contended lock goes to the most urgent of those who want it, and among equals to the one that came "
    "first."};

/// All of them, in order.
std::span<const rule* const> all();

}  // namespace tenthrule::kernel::rules
