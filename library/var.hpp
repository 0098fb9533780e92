#pragma once

/// var<T>: plain data that threads share, and that something else protects. No access is a scheduling point;
/// each is checked for races by happens-before, so a missing lock is a violation in whatever order the
/// accesses came.

#include <type_traits>
#include <utility>

#include "library/object.hpp"
#include "runtime/memory.hpp"

namespace tenthrule {

template <typename T>
class var : detail::shared_object {
public:
    var() : var(T(), nullptr) {}
    var(T value) : var(std::move(value), nullptr) {}  // NOLINT(google-explicit-constructor): as a T
    /// `name` lives as long as the object.
    var(T value, const char* name)
        : shared_object("var", name), value_(std::move(value)), initial_(as_initial(value_)) {
        if (detail::session::active() != nullptr) {
            renew();
        }
    }
    var(const var& other) : var(other.get()) {}
    var& operator=(const var& other) {
        if (this != &other) {
            set(other.get());
        }
        return *this;
    }

    T get() const {
        return read();
    }
    void set(T value) {
        write() = std::move(value);
    }
    operator T() const {  // NOLINT(google-explicit-constructor): as a T
        return get();
    }
    var& operator=(T value) {
        set(std::move(value));
        return *this;
    }

    /// A read access to all of it. The reference is for use until the next scheduling point.
    const T& read() const {
        if (detail::session* const s = detail::session::active(); s != nullptr) [[likely]] {
            check(*s);
            cell_.read();
        }
        return value_;
    }
    /// A write access to all of it; likewise.
    T& write() {
        if (detail::session* const s = detail::session::active(); s != nullptr) [[likely]] {
            check(*s);
            cell_.write();
        }
        return value_;
    }
    const T* operator->() const {
        return &read();
    }

    T operator++() {
        T& v = write();
        return ++v;
    }
    T operator++(int) {
        T& v = write();
        return v++;
    }
    T operator--() {
        T& v = write();
        return --v;
    }
    T operator--(int) {
        T& v = write();
        return v--;
    }
    template <typename U>
    var& operator+=(U&& by) {
        write() += std::forward<U>(by);
        return *this;
    }
    template <typename U>
    var& operator-=(U&& by) {
        write() -= std::forward<U>(by);
        return *this;
    }

    /// Without any check.
    const T& peek() const {
        return value_;
    }

private:
    static constexpr bool restorable = std::is_trivially_copyable_v<T> && std::is_copy_assignable_v<T>;
    struct nothing {};
    using initial = std::conditional_t<restorable, T, nothing>;
    static initial as_initial([[maybe_unused]] const T& value) {
        if constexpr (restorable) {
            return value;
        } else {
            return {};
        }
    }

    void check(detail::session& s) const {
        if (look(s)) [[unlikely]] {
            renew();
            if constexpr (restorable) {
                value_ = initial_;
            } else {
                detail::fail(
                    rules::misuse, "a var that has to be made in the test",
                    "{} was made outside of the test, and cannot be as new in each execution: its type is "
                    "not trivially copyable",
                    in_words());
            }
        }
    }
    void renew() const {
        static constinit tracked_object immortal;
        cell_ = race_cell(name(), immortal, number());
    }

    mutable race_cell cell_{"", no_object(), 0};
    mutable T value_;
    [[no_unique_address]] initial initial_;

    static tracked_object& no_object() {
        static constinit tracked_object none;
        return none;
    }
};

}  // namespace tenthrule
