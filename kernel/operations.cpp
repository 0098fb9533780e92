#include "kernel/operations.hpp"

#include <array>
#include <cerrno>

#include <fmt/format.h>

namespace tenthrule::kernel {

namespace {

template <typename... Arguments>
constexpr std::uint32_t set_of(Arguments... arguments) {
    return (0U | ... | (1U << static_cast<unsigned>(arguments)));
}

using enum argument;

constexpr std::array argument_table{
    argument_info{futex, "futex", "the futex word that it works on"},
    argument_info{to, "to", "the second futex word: where waiters are moved, or what wake_op changes"},
    argument_info{value, "value", "the value that the word is expected to have, or is given"},
    argument_info{bits, "bits", "the bitset of a selective wait or wake"},
    argument_info{wake_count, "wake_count", "how many waiters to wake"},
    argument_info{move_count, "move_count", "how many waiters to move (wake_op: to wake on the second word)"},
    argument_info{timeout, "timeout", "a duration, counted from the beginning of the call"},
    argument_info{clock, "clock", R"(the clock of the timeout: "monotonic" or "realtime")"},
    argument_info{operation, "operation", "wake_op: set, add, or, andn, xor"},
    argument_info{operand, "operand", "wake_op: the operation's argument"},
    argument_info{compare, "compare", "wake_op: eq, ne, lt, le, gt, ge"},
    argument_info{compare_with, "compare_with", "wake_op: what the old value is compared with"},
    argument_info{mutex, "mutex", "the mutex that goes with the condition variable"},
    argument_info{priority, "priority", "the new priority, 1 to 99"},
    argument_info{task, "task", "whose priority; if left out, the caller's"},
    argument_info{duration, "duration", "how long to sleep"},
    argument_info{access, "access", R"(what the word's page allows: "read-write", "read-only" or "none")"},
};

constexpr const char* futex_page = "futex(2)";
constexpr const char* user = "user space";
constexpr const char* sched = "scheduling";

constexpr std::array operation_table{
    operation_info{op_code::wait, "wait", futex_page,
                   "FUTEX_WAIT: sleeps if the word has the expected value.", set_of(futex),
                   set_of(value, timeout), "ok EAGAIN ETIMEDOUT EFAULT EINTR EINVAL",
                   "ok EAGAIN ETIMEDOUT EINTR"},
    operation_info{op_code::wait_bitset, "wait_bitset", futex_page,
                   "FUTEX_WAIT_BITSET: as wait; only wakes whose bits overlap count.", set_of(futex),
                   set_of(value, bits, timeout, clock), "ok EAGAIN ETIMEDOUT EFAULT EINTR EINVAL",
                   "ok EAGAIN ETIMEDOUT EINTR"},
    operation_info{op_code::wake, "wake", futex_page, "FUTEX_WAKE: wakes up to wake_count waiters.",
                   set_of(futex), set_of(wake_count), "count EFAULT EINVAL", "count"},
    operation_info{op_code::wake_bitset, "wake_bitset", futex_page,
                   "FUTEX_WAKE_BITSET: wakes waiters whose bits overlap.", set_of(futex),
                   set_of(wake_count, bits), "count EFAULT EINVAL", "count"},
    operation_info{op_code::wake_op, "wake_op", futex_page,
                   "FUTEX_WAKE_OP: changes the second word, wakes on the first, and on the second if its old "
                   "value compares as asked.",
                   set_of(futex, to, operation, operand, compare, compare_with),
                   set_of(wake_count, move_count), "count EFAULT EINVAL ENOSYS", "count"},
    operation_info{op_code::requeue, "requeue", futex_page,
                   "FUTEX_REQUEUE: wakes wake_count waiters, moves move_count others to the second word.",
                   set_of(futex, to), set_of(wake_count, move_count), "count EFAULT EINVAL", "count"},
    operation_info{op_code::cmp_requeue, "cmp_requeue", futex_page,
                   "FUTEX_CMP_REQUEUE: as requeue, if the word has the expected value.", set_of(futex, to),
                   set_of(wake_count, move_count, value), "count EAGAIN EFAULT EINVAL", "count EAGAIN"},
    operation_info{op_code::lock_pi, "lock_pi", futex_page,
                   "FUTEX_LOCK_PI: takes the lock, lending priority to its owner while waiting (timeout on "
                   "the realtime clock).",
                   set_of(futex), set_of(timeout), "ok EDEADLK EFAULT EINVAL EPERM ESRCH ETIMEDOUT",
                   "ok ETIMEDOUT"},
    operation_info{op_code::lock_pi2, "lock_pi2", futex_page,
                   "FUTEX_LOCK_PI2: as lock_pi, with a timeout on either clock.", set_of(futex),
                   set_of(timeout, clock), "ok EDEADLK EFAULT EINVAL ENOSYS EPERM ESRCH ETIMEDOUT",
                   "ok ETIMEDOUT"},
    operation_info{op_code::trylock_pi, "trylock_pi", futex_page,
                   "FUTEX_TRYLOCK_PI: takes the lock if that needs no waiting.", set_of(futex), 0,
                   "ok EAGAIN EDEADLK EFAULT EINVAL EPERM ESRCH", "ok EAGAIN"},
    operation_info{op_code::unlock_pi, "unlock_pi", futex_page,
                   "FUTEX_UNLOCK_PI: releases the lock, handing it to the most urgent waiter.", set_of(futex),
                   0, "ok EPERM EFAULT EINVAL EAGAIN", "ok EAGAIN"},
    operation_info{
        op_code::wait_requeue_pi, "wait_requeue_pi", futex_page,
        "FUTEX_WAIT_REQUEUE_PI: waits on a plain word until it is moved to a PI word and gets that "
        "lock.",
        set_of(futex, to), set_of(value, timeout, clock),
        "ok EAGAIN ETIMEDOUT EFAULT EINVAL EDEADLK EPERM ESRCH", "ok EAGAIN ETIMEDOUT"},
    operation_info{
        op_code::cmp_requeue_pi, "cmp_requeue_pi", futex_page,
        "FUTEX_CMP_REQUEUE_PI: moves waiters from a plain word to a PI word, if the plain word has "
        "the expected value.",
        set_of(futex, to), set_of(wake_count, move_count, value),
        "count EAGAIN EFAULT EINVAL EDEADLK EPERM ESRCH", "count EAGAIN"},
    operation_info{op_code::mutex_lock, "mutex_lock", user,
                   "Takes a PI mutex: compare-and-swap, then LOCK_PI if it is not free.", set_of(futex),
                   set_of(timeout), "ok EDEADLK EFAULT EINVAL EPERM ESRCH ETIMEDOUT", "ok ETIMEDOUT"},
    operation_info{op_code::mutex_trylock, "mutex_trylock", user,
                   "Takes a PI mutex if it is free: compare-and-swap, then TRYLOCK_PI.", set_of(futex), 0,
                   "ok EAGAIN EDEADLK EFAULT EINVAL EPERM ESRCH", "ok EAGAIN"},
    operation_info{op_code::mutex_unlock, "mutex_unlock", user,
                   "Releases a PI mutex: compare-and-swap, then UNLOCK_PI if there are waiters.",
                   set_of(futex), 0, "ok EPERM EFAULT EINVAL EAGAIN", "ok"},
    operation_info{op_code::cond_wait, "cond_wait", user,
                   "Waits on a condition variable: releases the mutex, waits, and has it again afterwards.",
                   set_of(futex, mutex), set_of(timeout, clock),
                   "ok EAGAIN ETIMEDOUT EDEADLK EFAULT EINVAL EPERM ESRCH", "ok ETIMEDOUT"},
    operation_info{op_code::cond_signal, "cond_signal", user,
                   "Signals a condition variable: counts it up and moves one waiter to the mutex.",
                   set_of(futex, mutex), 0, "count EAGAIN EFAULT EINVAL EDEADLK EPERM ESRCH", "count"},
    operation_info{op_code::cond_broadcast, "cond_broadcast", user,
                   "Broadcasts on a condition variable: counts it up and moves all waiters to the mutex.",
                   set_of(futex, mutex), 0, "count EAGAIN EFAULT EINVAL EDEADLK EPERM ESRCH", "count"},
    operation_info{op_code::store, "store", user, "Writes a value to the word.", set_of(futex, value), 0,
                   "ok", "ok"},
    operation_info{op_code::add, "add", user, "Adds a value to the word, atomically.", set_of(futex, value),
                   0, "ok", "ok"},
    operation_info{op_code::cas_lock, "cas_lock", user,
                   "One compare-and-swap from 0 to the caller's TID; EAGAIN if the word was not 0.",
                   set_of(futex), 0, "ok EAGAIN", "ok EAGAIN"},
    operation_info{op_code::cas_unlock, "cas_unlock", user,
                   "One compare-and-swap from the caller's TID to 0; EAGAIN if the word was something else.",
                   set_of(futex), 0, "ok EAGAIN", "ok EAGAIN"},
    operation_info{
        op_code::protect, "protect", user,
        "mprotect(2): changes what the page of the word allows; user space itself must not touch it "
        "against that.",
        set_of(futex, access), 0, "ok", "ok"},
    operation_info{op_code::set_priority, "set_priority", sched,
                   "sched_setscheduler(2): gives a fifo or rr task another priority.", set_of(priority),
                   set_of(task), "ok", "ok"},
    operation_info{op_code::yield, "yield", sched, "sched_yield(2).", 0, 0, "ok", "ok"},
    operation_info{op_code::sleep, "sleep", sched, "nanosleep(2).", set_of(duration), 0, "ok EINTR",
                   "ok EINTR"},
    operation_info{op_code::exit, "exit", sched,
                   "The task ends here: the kernel goes through its robust list and gives up its PI futexes.",
                   0, 0, "ok", "ok"},
};

struct error_name {
    int number;
    std::string_view name;
};

constexpr std::array error_table{
    error_name{EPERM, "EPERM"},   error_name{ESRCH, "ESRCH"},         error_name{EINTR, "EINTR"},
    error_name{EAGAIN, "EAGAIN"}, error_name{ENOMEM, "ENOMEM"},       error_name{EFAULT, "EFAULT"},
    error_name{EBUSY, "EBUSY"},   error_name{EINVAL, "EINVAL"},       error_name{EDEADLK, "EDEADLK"},
    error_name{ENOSYS, "ENOSYS"}, error_name{ETIMEDOUT, "ETIMEDOUT"},
};

// What only sequences of single steps have. Their arguments are no business of scenario files.
constexpr std::array sequence_table{
    operation_info{op_code::waitv, "waitv", futex_page, "futex_waitv(2): sleeps on several words at once.", 0,
                   0, "count EAGAIN ETIMEDOUT EFAULT EINTR EINVAL ENOSYS", "count EAGAIN ETIMEDOUT EINTR"},
    operation_info{op_code::robust_add, "robust_add", user, "Puts a word on the task's robust list.",
                   set_of(futex), 0, "ok", "ok"},
    operation_info{op_code::robust_pending, "robust_pending", user,
                   "Says on the robust list that the task is about to take or give up a word.", set_of(futex),
                   0, "ok", "ok"},
    operation_info{op_code::get_robust_list, "get_robust_list", sched,
                   "get_robust_list(2): asks for the robust list of a task.", 0, 0, "ok ESRCH EFAULT", "ok"},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < operation_table.size(); ++i) {
        if (static_cast<std::size_t>(operation_table[i].id) != i) {
            return false;
        }
    }
    for (std::size_t i = 0; i < sequence_table.size(); ++i) {
        if (static_cast<std::size_t>(sequence_table[i].id) != operation_table.size() + i) {
            return false;
        }
    }
    return true;
}
static_assert(in_order());

}  // namespace

std::span<const argument_info> all_arguments() {
    return argument_table;
}

std::span<const operation_info> all_operations() {
    return operation_table;
}

const operation_info& info(op_code op) {
    const auto number = static_cast<std::size_t>(op);
    return number < operation_table.size() ? operation_table[number]
                                           : sequence_table[number - operation_table.size()];
}

const operation_info* find_operation(std::string_view name) {
    for (const operation_info& o : operation_table) {
        if (name == o.name) {
            return &o;
        }
    }
    return nullptr;
}

const char* access_name(page_access access) {
    static constexpr const char* names[] = {"read-write", "read-only", "none"};
    return names[static_cast<std::size_t>(access)];
}

std::string result_name(long result) {
    if (result == 0) {
        return "ok";
    }
    for (const error_name& e : error_table) {
        if (result == -e.number) {
            return std::string(e.name);
        }
    }
    return fmt::format("{}", result);
}

int errno_of(std::string_view name) {
    if (name == "ok") {
        return 0;
    }
    for (const error_name& e : error_table) {
        if (name == e.name) {
            return e.number;
        }
    }
    return -1;
}

std::span<const std::string_view> error_names() {
    static constexpr auto names = [] {
        std::array<std::string_view, error_table.size()> list;
        for (std::size_t i = 0; i < list.size(); ++i) {
            list[i] = error_table[i].name;
        }
        return list;
    }();
    return names;
}

}  // namespace tenthrule::kernel
