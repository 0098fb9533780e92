#pragma once

/// What a task of a scenario can do: the futex(2) operations, the thin user-space layer above them, and
/// a few things that only the outside of a program can do. One table describes them all, for loaders,
/// documentation and messages.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "runtime/types.hpp"

namespace tenthrule::kernel {

class system;

enum class op_code : std::uint8_t {
    // futex(2)
    wait,
    wait_bitset,
    wake,
    wake_bitset,
    wake_op,
    requeue,
    cmp_requeue,
    lock_pi,
    lock_pi2,
    trylock_pi,
    unlock_pi,
    wait_requeue_pi,
    cmp_requeue_pi,
    // User space, in the manner of a libc: compare-and-swap first, the kernel if that fails
    mutex_lock,
    mutex_trylock,
    mutex_unlock,
    cond_wait,
    cond_signal,
    cond_broadcast,
    // User space, single accesses
    store,
    add,
    cas_lock,
    cas_unlock,
    protect,
    // Scheduling
    set_priority,
    yield,
    sleep,
    exit,
    // Only for sequences of single steps, not for scenarios
    waitv,
    robust_add,
    robust_pending,
    get_robust_list,
};

/// Arguments that an operation takes; the names are those of scenario files.
enum class argument : std::uint8_t {
    futex,       ///< the word it works on
    to,          ///< the second word (uaddr2)
    value,       ///< expected or stored value of the word
    bits,        ///< bitset
    wake_count,  ///< how many to wake
    move_count,  ///< how many to requeue
    timeout,
    clock,
    operation,  ///< wake_op: what to do with the second word
    operand,
    compare,
    compare_with,
    mutex,     ///< cond_*: the mutex that goes with the condition variable
    priority,  ///< set_priority: new priority
    task,      ///< set_priority: whose; default: the caller's
    duration,  ///< sleep
    access,    ///< protect
};

enum class need : std::uint8_t { no, optional, required };

struct argument_info {
    argument id;
    const char* name;
    const char* about;
};

struct operation_info {
    op_code id;
    const char* name;
    const char* group;       ///< "futex(2)", "user space", "scheduling"
    const char* about;       ///< one sentence
    std::uint32_t required;  ///< bit per argument
    std::uint32_t optional;
    const char* results;       ///< space-separated names of what it may return; "count" for a number >= 0
    const char* well_behaved;  ///< those a well-behaved program may see without a fault of the kernel (a
                               ///< timeout only counts if one is given)

    constexpr bool takes(argument a) const {
        return (((required | optional) >> static_cast<unsigned>(a)) & 1U) != 0;
    }
    constexpr bool requires_argument(argument a) const {
        return ((required >> static_cast<unsigned>(a)) & 1U) != 0;
    }
};

std::span<const argument_info> all_arguments();
/// Those that a task of a scenario can do.
std::span<const operation_info> all_operations();
/// Of those.
const operation_info* find_operation(std::string_view name);
const operation_info& info(op_code op);

enum class clock_id : std::uint8_t { monotonic, realtime };
enum class wake_op_kind : std::uint8_t { set, add, bit_or, and_not, bit_xor, bad };
/// What a user page lets its program do.
enum class page_access : std::uint8_t { read_write, read_only, none };
enum class wake_op_compare : std::uint8_t { eq, ne, lt, le, gt, ge, bad };

/// How many words a futex_waitv(2) of the model can wait for. The kernel's limit is 128.
inline constexpr std::size_t waitv_max = 32;

/// One of the words that futex_waitv(2) waits for.
struct waitv_entry {
    std::uint8_t futex = 0;
    std::uint32_t value = 0;
};

/// One call, its arguments resolved: words and tasks by number.
struct call {
    op_code op = op_code::yield;
    std::uint8_t futex = 0;
    std::uint8_t to = 0;       ///< also the mutex of cond_*
    std::uint8_t task = 0xff;  ///< 0xff: the caller
    bool has_timeout = false;
    bool bad_timeout = false;  ///< no valid timespec: nanoseconds out of range, or negative
    bool has_value = false;    ///< else: wait and the like take the word's value as the caller last saw it
    clock_id clock = clock_id::monotonic;
    wake_op_kind operation = wake_op_kind::set;
    wake_op_compare compare = wake_op_compare::eq;
    page_access access = page_access::read_write;
    int wake_count = 1;
    int move_count = 0;
    int priority = 0;
    std::uint32_t value = 0;
    std::uint32_t bits = 0xffffffffU;
    std::uint32_t operand = 0;
    std::uint32_t compare_with = 0;
    /// Length of the timeout from the beginning of the call, or of the sleep; 0: expired from the start.
    nanoseconds timeout = 0;
    bool restart = true;                  ///< the handler of a signal that interrupts it has SA_RESTART
    std::span<const waitv_entry> vector;  ///< waitv: lives as long as the call
    bool pi = true;                       ///< robust_add, robust_pending: the kind of the futex
    bool into_null = false;               ///< get_robust_list: nowhere to put the answer
    std::uint32_t tid = 0;                ///< get_robust_list: whose; 0: the caller's
};

/// Performs the call for the current task: everything from entering the kernel to checking the rules at
/// the instant of return. Result: as of the syscall, 0 or a count, or -errno.
/// REQUIRES: called from the task's fiber.
long perform(system& s, const call& c);

/// "read-write", "read-only", "none".
const char* access_name(page_access access);

/// "ok" for 0, "ETIMEDOUT" for -ETIMEDOUT, a number otherwise.
std::string result_name(long result);
/// The errno of a name such as "EINVAL"; 0 for "ok"; -1 if unknown.
int errno_of(std::string_view name);
/// Names of all errors that operations may return.
std::span<const std::string_view> error_names();

}  // namespace tenthrule::kernel
