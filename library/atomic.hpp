#pragma once

/// std::atomic, std::atomic_flag and fences, for tests. Every operation is a scheduling point.
///
/// What differs from the standard: operations may end the execution, so they are not noexcept. A weak
/// compare-exchange may fail spuriously; that is a choice like any other (see explore_options). Objects can
/// have a name, for reports.

#include <atomic>
#include <cstddef>

#include "library/atomic_arithmetic.hpp"
#include "library/location.hpp"

namespace tenthrule {

using std::memory_order;
using std::memory_order_acq_rel;
using std::memory_order_acquire;
using std::memory_order_consume;
using std::memory_order_relaxed;
using std::memory_order_release;
using std::memory_order_seq_cst;

template <typename T>
class atomic {
    using arithmetic = detail::atomic_arithmetic<T>;
    static constexpr bool is_number = arithmetic::is_number;
    static constexpr bool is_integer = arithmetic::is_integer;
    static constexpr bool is_object_pointer = arithmetic::is_object_pointer;

public:
    using value_type = T;
    using difference_type = typename arithmetic::difference;
    static constexpr bool is_always_lock_free = true;

    atomic() : atomic(T()) {}
    atomic(T value) : atomic(value, nullptr) {}  // NOLINT(google-explicit-constructor): as std::atomic
    /// `name` lives as long as the object.
    atomic(T value, const char* name) : at_("atomic", name, value) {}
    atomic(const atomic&) = delete;
    atomic& operator=(const atomic&) = delete;

    bool is_lock_free() const {
        return true;
    }

    T load(memory_order order = memory_order_seq_cst) const {
        return at_.load(order);
    }
    void store(T value, memory_order order = memory_order_seq_cst) {
        at_.store(value, order);
    }
    T exchange(T value, memory_order order = memory_order_seq_cst) {
        return at_.update(order, [value](T) { return value; });
    }
    bool compare_exchange_strong(T& expected, T desired, memory_order success, memory_order failure) {
        return at_.compare_exchange(expected, desired, success, failure, false);
    }
    bool compare_exchange_strong(T& expected, T desired, memory_order order = memory_order_seq_cst) {
        return at_.compare_exchange(expected, desired, order, detail::order_on_failure(order), false);
    }
    bool compare_exchange_weak(T& expected, T desired, memory_order success, memory_order failure) {
        return at_.compare_exchange(expected, desired, success, failure, true);
    }
    bool compare_exchange_weak(T& expected, T desired, memory_order order = memory_order_seq_cst) {
        return at_.compare_exchange(expected, desired, order, detail::order_on_failure(order), true);
    }

    void wait(T old, memory_order order = memory_order_seq_cst) const {
        at_.wait(old, order);
    }
    void notify_one() {
        at_.notify(false);
    }
    void notify_all() {
        at_.notify(true);
    }

    operator T() const {  // NOLINT(google-explicit-constructor): as std::atomic
        return load();
    }
    T operator=(T value) {  // NOLINT(misc-unconventional-assign-operator): as std::atomic
        store(value);
        return value;
    }

    T fetch_add(difference_type by,
                memory_order order = memory_order_seq_cst) requires(is_number || is_object_pointer) {
        return at_.update(order, [by](T v) { return arithmetic::plus(v, by); });
    }
    T fetch_sub(difference_type by,
                memory_order order = memory_order_seq_cst) requires(is_number || is_object_pointer) {
        return at_.update(order, [by](T v) { return arithmetic::minus(v, by); });
    }
    T fetch_and(T with, memory_order order = memory_order_seq_cst) requires(is_integer) {
        return at_.update(order, [with](T v) { return static_cast<T>(v & with); });
    }
    T fetch_or(T with, memory_order order = memory_order_seq_cst) requires(is_integer) {
        return at_.update(order, [with](T v) { return static_cast<T>(v | with); });
    }
    T fetch_xor(T with, memory_order order = memory_order_seq_cst) requires(is_integer) {
        return at_.update(order, [with](T v) { return static_cast<T>(v ^ with); });
    }

    T operator++() requires(is_integer || is_object_pointer) {
        return arithmetic::plus(fetch_add(1), 1);
    }
    T operator++(int) requires(is_integer || is_object_pointer) {
        return fetch_add(1);
    }
    T operator--() requires(is_integer || is_object_pointer) {
        return arithmetic::minus(fetch_sub(1), 1);
    }
    T operator--(int) requires(is_integer || is_object_pointer) {
        return fetch_sub(1);
    }
    T operator+=(difference_type by) requires(is_number || is_object_pointer) {
        return arithmetic::plus(fetch_add(by), by);
    }
    T operator-=(difference_type by) requires(is_number || is_object_pointer) {
        return arithmetic::minus(fetch_sub(by), by);
    }
    T operator&=(T with) requires(is_integer) {
        return static_cast<T>(fetch_and(with) & with);
    }
    T operator|=(T with) requires(is_integer) {
        return static_cast<T>(fetch_or(with) | with);
    }
    T operator^=(T with) requires(is_integer) {
        return static_cast<T>(fetch_xor(with) ^ with);
    }

    /// The value, without a scheduling point or any check: for use when all threads have been joined.
    T peek() const {
        return at_.peek();
    }
    const char* name() const {
        return at_.name();
    }
    /// For the library's own use.
    detail::location<T>& location_of() {
        return at_;
    }

private:
    detail::location<T> at_;
};

class atomic_flag {
public:
    atomic_flag() : atomic_flag(nullptr) {}
    /// `name` lives as long as the object.
    explicit atomic_flag(const char* name) : at_("atomic_flag", name, false) {}
    atomic_flag(const atomic_flag&) = delete;
    atomic_flag& operator=(const atomic_flag&) = delete;

    bool test_and_set(memory_order order = memory_order_seq_cst) {
        return at_.update(order, [](bool) { return true; });
    }
    void clear(memory_order order = memory_order_seq_cst) {
        at_.store(false, order);
    }
    bool test(memory_order order = memory_order_seq_cst) const {
        return at_.load(order);
    }
    void wait(bool old, memory_order order = memory_order_seq_cst) const {
        at_.wait(old, order);
    }
    void notify_one() {
        at_.notify(false);
    }
    void notify_all() {
        at_.notify(true);
    }

private:
    detail::location<bool> at_;
};

/// No scheduling point: under sequential consistency a fence is visible only in what happens before what.
inline void atomic_thread_fence(memory_order order) {
    detail::fence(order);
}

using atomic_bool = atomic<bool>;
using atomic_int = atomic<int>;
using atomic_uint = atomic<unsigned>;
using atomic_long = atomic<long>;
using atomic_size_t = atomic<std::size_t>;

}  // namespace tenthrule
