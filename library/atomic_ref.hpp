#pragma once

/// std::atomic_ref, for tests: atomic accesses to a var<T>, which others access as plain data at other times.
///
/// What differs from the standard: it refers to a var<T>, not to a T. Of plain memory nobody can tell when
/// the object in it begins and ends, and so neither which values a load may still see nor what has
/// synchronised. With a var both kinds of accesses are checked against each other: an atomic one and a plain
/// one, or a plain one and any other, that are not ordered by happens-before are a data race if one of them
/// writes. Making an atomic_ref is no access.
///
/// As with atomic<T> every operation is a scheduling point, a weak compare-exchange may fail spuriously, and
/// a load may give an older value if the memory model is weak.

#include <type_traits>

#include "library/atomic.hpp"
#include "library/var.hpp"

namespace tenthrule {

/// The var must outlive it. Copies refer to the same var.
template <typename T>
class atomic_ref {
    using arithmetic = detail::atomic_arithmetic<T>;
    static constexpr bool is_number = arithmetic::is_number;
    static constexpr bool is_integer = arithmetic::is_integer;
    static constexpr bool is_object_pointer = arithmetic::is_object_pointer;

public:
    using value_type = T;
    using difference_type = typename arithmetic::difference;
    static constexpr bool is_always_lock_free = true;
    static constexpr std::size_t required_alignment = alignof(T);

    explicit atomic_ref(var<T>& object) : object_(&object) {}
    atomic_ref(const atomic_ref&) = default;
    atomic_ref& operator=(const atomic_ref&) = delete;

    bool is_lock_free() const {
        return true;
    }

    T load(memory_order order = memory_order_seq_cst) const {
        T value = object_->peek();
        object_->access_atomically([&](auto& at) {
            value = at.load(order);
            return false;
        });
        return value;
    }
    void store(T value, memory_order order = memory_order_seq_cst) const {
        object_->access_atomically([&](auto& at) {
            at.store(value, order);
            return true;
        });
    }
    T exchange(T value, memory_order order = memory_order_seq_cst) const {
        return update(order, [value](T) { return value; });
    }
    bool compare_exchange_strong(T& expected, T desired, memory_order success, memory_order failure) const {
        return compare_exchange(expected, desired, success, failure, false);
    }
    bool compare_exchange_strong(T& expected, T desired, memory_order order = memory_order_seq_cst) const {
        return compare_exchange(expected, desired, order, detail::order_on_failure(order), false);
    }
    bool compare_exchange_weak(T& expected, T desired, memory_order success, memory_order failure) const {
        return compare_exchange(expected, desired, success, failure, true);
    }
    bool compare_exchange_weak(T& expected, T desired, memory_order order = memory_order_seq_cst) const {
        return compare_exchange(expected, desired, order, detail::order_on_failure(order), true);
    }

    void wait(T old, memory_order order = memory_order_seq_cst) const {
        (void)load(memory_order_relaxed);  // so that it counts as an access even while it sleeps
        object_->access_atomically([&](auto& at) {
            at.wait(old, order);
            return false;
        });
    }
    void notify_one() const {
        notify(false);
    }
    void notify_all() const {
        notify(true);
    }

    operator T() const {  // NOLINT(google-explicit-constructor): as std::atomic_ref
        return load();
    }
    T operator=(T value) const {  // NOLINT(misc-unconventional-assign-operator): as std::atomic_ref
        store(value);
        return value;
    }

    T fetch_add(difference_type by, memory_order order = memory_order_seq_cst) const
        requires(is_number || is_object_pointer) {
        return update(order, [by](T v) { return arithmetic::plus(v, by); });
    }
    T fetch_sub(difference_type by, memory_order order = memory_order_seq_cst) const
        requires(is_number || is_object_pointer) {
        return update(order, [by](T v) { return arithmetic::minus(v, by); });
    }
    T fetch_and(T with, memory_order order = memory_order_seq_cst) const requires(is_integer) {
        return update(order, [with](T v) { return static_cast<T>(v & with); });
    }
    T fetch_or(T with, memory_order order = memory_order_seq_cst) const requires(is_integer) {
        return update(order, [with](T v) { return static_cast<T>(v | with); });
    }
    T fetch_xor(T with, memory_order order = memory_order_seq_cst) const requires(is_integer) {
        return update(order, [with](T v) { return static_cast<T>(v ^ with); });
    }

    T operator++() const requires(is_integer || is_object_pointer) {
        return arithmetic::plus(fetch_add(1), 1);
    }
    T operator++(int) const requires(is_integer || is_object_pointer) {
        return fetch_add(1);
    }
    T operator--() const requires(is_integer || is_object_pointer) {
        return arithmetic::minus(fetch_sub(1), 1);
    }
    T operator--(int) const requires(is_integer || is_object_pointer) {
        return fetch_sub(1);
    }
    T operator+=(difference_type by) const requires(is_number || is_object_pointer) {
        return arithmetic::plus(fetch_add(by), by);
    }
    T operator-=(difference_type by) const requires(is_number || is_object_pointer) {
        return arithmetic::minus(fetch_sub(by), by);
    }
    T operator&=(T with) const requires(is_integer) {
        return static_cast<T>(fetch_and(with) & with);
    }
    T operator|=(T with) const requires(is_integer) {
        return static_cast<T>(fetch_or(with) | with);
    }
    T operator^=(T with) const requires(is_integer) {
        return static_cast<T>(fetch_xor(with) ^ with);
    }

private:
    template <typename F>
    T update(memory_order order, F f) const {
        T before = object_->peek();
        object_->access_atomically([&](auto& at) {
            before = at.update(order, f);
            return true;
        });
        return before;
    }
    bool compare_exchange(T& expected, T desired, memory_order success, memory_order failure,
                          bool weak) const {
        bool done = false;
        object_->access_atomically([&](auto& at) {
            done = at.compare_exchange(expected, desired, success, failure, weak);
            return done;
        });
        return done;
    }
    void notify(bool all) const {
        object_->access_atomically([&](auto& at) {
            at.notify(all);
            return false;
        });
    }

    var<T>* object_;
};

template <typename T>
atomic_ref(var<T>&) -> atomic_ref<T>;

}  // namespace tenthrule
