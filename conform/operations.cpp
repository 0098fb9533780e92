#include "conform/operations.hpp"

#include <array>

namespace tenthrule::conform {

namespace {

using enum field_id;
using kernel::op_code;

template <typename... Fields>
constexpr std::uint32_t set_of(Fields... fields) {
    return (0U | ... | (1U << static_cast<unsigned>(fields)));
}

constexpr std::array operation_table{
    operation_info{operation_id::wait, op_code::wait, "wait", taker::thread, set_of(word),
                   set_of(value, timeout, clock, then), "FUTEX_WAIT"},
    operation_info{operation_id::wait_bitset, op_code::wait_bitset, "wait_bitset", taker::thread,
                   set_of(word), set_of(value, bits, timeout, clock, then), "FUTEX_WAIT_BITSET"},
    operation_info{operation_id::wake, op_code::wake, "wake", taker::thread, set_of(word),
                   set_of(wake_count, clock, then), "FUTEX_WAKE"},
    operation_info{operation_id::wake_bitset, op_code::wake_bitset, "wake_bitset", taker::thread,
                   set_of(word), set_of(wake_count, bits, clock, then), "FUTEX_WAKE_BITSET"},
    operation_info{operation_id::wake_op, op_code::wake_op, "wake_op", taker::thread, set_of(word, target),
                   set_of(wake_count, move_count, operation, operand, compare, compare_with, clock, then),
                   "FUTEX_WAKE_OP; move_count is the number to wake on the target"},
    operation_info{operation_id::requeue, op_code::requeue, "requeue", taker::thread, set_of(word, target),
                   set_of(wake_count, move_count, clock, then), "FUTEX_REQUEUE"},
    operation_info{operation_id::cmp_requeue, op_code::cmp_requeue, "cmp_requeue", taker::thread,
                   set_of(word, target), set_of(wake_count, move_count, value, clock, then),
                   "FUTEX_CMP_REQUEUE"},
    operation_info{operation_id::lock_pi, op_code::lock_pi, "lock_pi", taker::thread, set_of(word),
                   set_of(timeout, clock, then), "FUTEX_LOCK_PI"},
    operation_info{operation_id::lock_pi2, op_code::lock_pi2, "lock_pi2", taker::thread, set_of(word),
                   set_of(timeout, clock, then), "FUTEX_LOCK_PI2"},
    operation_info{operation_id::trylock_pi, op_code::trylock_pi, "trylock_pi", taker::thread, set_of(word),
                   set_of(clock, then), "FUTEX_TRYLOCK_PI"},
    operation_info{operation_id::unlock_pi, op_code::unlock_pi, "unlock_pi", taker::thread, set_of(word),
                   set_of(clock, then), "FUTEX_UNLOCK_PI"},
    operation_info{operation_id::wait_requeue_pi, op_code::wait_requeue_pi, "wait_requeue_pi", taker::thread,
                   set_of(word, target), set_of(value, bits, timeout, clock, then), "FUTEX_WAIT_REQUEUE_PI"},
    operation_info{operation_id::cmp_requeue_pi, op_code::cmp_requeue_pi, "cmp_requeue_pi", taker::thread,
                   set_of(word, target), set_of(wake_count, move_count, value, clock, then),
                   "FUTEX_CMP_REQUEUE_PI"},
    operation_info{operation_id::waitv, op_code::waitv, "waitv", taker::thread, set_of(word),
                   set_of(value, timeout, clock), "futex_waitv(2): words and values separated by commas"},
    operation_info{operation_id::cas_lock, op_code::cas_lock, "cas_lock", taker::thread, set_of(word),
                   set_of(then),
                   "compare-and-swap from 0 to the thread's TID; \"held\" if the word was not 0"},
    operation_info{operation_id::cas_unlock, op_code::cas_unlock, "cas_unlock", taker::thread, set_of(word),
                   set_of(then),
                   "compare-and-swap from the thread's TID to 0; \"held\" if the word was something else"},
    operation_info{operation_id::store, op_code::store, "store", taker::either, set_of(word, value), 0,
                   "writes the word"},
    operation_info{operation_id::robust_add, op_code::robust_add, "robust_add", taker::thread, set_of(word),
                   set_of(kind), "puts the word on the thread's robust list, at the end"},
    operation_info{operation_id::robust_pending, op_code::robust_pending, "robust_pending", taker::thread,
                   set_of(word), set_of(kind),
                   "makes the word the pending operation of the thread's robust list"},
    operation_info{operation_id::get_robust_list, op_code::get_robust_list, "get_robust_list", taker::thread,
                   0, set_of(of, into), "get_robust_list(2)"},
    operation_info{operation_id::exit, op_code::exit, "exit", taker::thread, 0, 0, "the thread ends"},
    operation_info{operation_id::signal, op_code::yield, "signal", taker::outside, set_of(thread),
                   set_of(restart), "a signal with a handler, with or without SA_RESTART"},
    operation_info{operation_id::fire, op_code::yield, "fire", taker::outside, set_of(thread), 0,
                   "the timeout of the thread's call expires"},
    operation_info{operation_id::set_priority, op_code::set_priority, "set_priority", taker::outside,
                   set_of(thread, target), 0,
                   "sched_setscheduler(2): SCHED_FIFO with that priority; 0: SCHED_OTHER"},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < operation_table.size(); ++i) {
        if (static_cast<std::size_t>(operation_table[i].id) != i) {
            return false;
        }
    }
    return true;
}
static_assert(in_order());

constexpr std::array<std::string_view, 18> names_of_fields{
    "word",    "target", "value",     "bits",    "wake_count", "move_count",
    "timeout", "clock",  "operation", "operand", "compare",    "compare_with",
    "kind",    "of",     "into",      "thread",  "restart",    "then",
};
static_assert(static_cast<std::size_t>(then) + 1 == names_of_fields.size());

}  // namespace

std::span<const operation_info> all_operations() {
    return operation_table;
}

const operation_info& info(operation_id id) {
    return operation_table[static_cast<std::size_t>(id)];
}

const operation_info* find_operation(std::string_view name) {
    for (const operation_info& o : operation_table) {
        if (name == o.name) {
            return &o;
        }
    }
    return nullptr;
}

std::string_view name_of(field_id f) {
    return names_of_fields[static_cast<std::size_t>(f)];
}

std::optional<field_id> find_field(std::string_view name) {
    for (std::size_t i = 0; i < names_of_fields.size(); ++i) {
        if (name == names_of_fields[i]) {
            return static_cast<field_id>(i);
        }
    }
    return std::nullopt;
}

std::span<const std::string_view> field_names() {
    return names_of_fields;
}

bool is_system_call(operation_id id) {
    return id <= operation_id::waitv;
}

bool may_follow(operation_id id) {
    switch (id) {
        case operation_id::wake:
        case operation_id::lock_pi:
        case operation_id::lock_pi2:
        case operation_id::trylock_pi:
        case operation_id::unlock_pi:
        case operation_id::cas_lock:
        case operation_id::cas_unlock:
        case operation_id::exit:
            return true;
        default:
            return false;
    }
}

}  // namespace tenthrule::conform
