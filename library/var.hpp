#pragma once

/// var<T>: plain data that threads share, and that something else protects. No access is a scheduling point;
/// each is checked for races by happens-before, so a missing lock is a violation in whatever order the
/// accesses came.

#include <type_traits>
#include <utility>

#include "library/location.hpp"
#include "library/object.hpp"
#include "library/weak_memory/weak_memory.hpp"
#include "runtime/memory.hpp"

namespace tenthrule {

namespace detail {
/// What plain accesses to a var need to know of those through an atomic_ref.
struct atomic_history {
    race_cell accesses;     ///< noted as reads, for they need not be ordered among themselves
    race_cell writes;       ///< those of them that write, likewise
    bool outdated = false;  ///< there was a plain write since
};
}  // namespace detail

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
            if (atomics_ != nullptr) [[unlikely]] {
                atomics_->writes.check_reads_are_over("is read while it is written");
            }
        }
        return value_;
    }
    /// A write access to all of it; likewise.
    T& write() {
        if (detail::session* const s = detail::session::active(); s != nullptr) [[likely]] {
            check(*s);
            cell_.write();
            if (atomics_ != nullptr) [[unlikely]] {
                atomics_->accesses.check_reads_are_over("is written while it is read");
                atomics_->outdated = true;
            }
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
        if (s.memory() != nullptr) [[unlikely]] {
            s.memory()->plain_access();
        }
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
        cell_ = race_cell(name(), immortal(), number());
        atomics_ = nullptr;
    }

    // ---- For atomic_ref

    template <typename U>
    friend class atomic_ref;

    // What it is to those who access it through an atomic_ref.
    struct atomic_side : detail::atomic_history {
        atomic_side(const var& of, T value)
            : atomic_history{race_cell(of.name(), immortal(), of.number()),
                             race_cell(of.name(), immortal(), of.number())},
              at(of, value) {}
        detail::location<T> at;
    };

    // `access(at)` is one atomic access, and says whether it wrote.
    template <typename F>
    void access_atomically(F&& access) const {
        detail::session* const s = detail::session::active();
        if (s == nullptr) [[unlikely]] {
            detail::location<T> at("var", nullptr, value_);
            std::forward<F>(access)(at);
            value_ = initial_ = at.peek();
            return;
        }
        check(*s);
        if (atomics_ == nullptr) {
            atomics_ = s->machine().arena().template make<atomic_side>(*this, value_);
        }
        auto& here =
            static_cast<atomic_side&>(*atomics_);  // which stays, whatever becomes of this while others step
        if (here.outdated) {
            here.outdated = false;
            here.at.begin_anew(value_);
        }
        const bool wrote = std::forward<F>(access)(here.at);
        check(*s);
        cell_.peeked();
        cell_.check_write_is_over("is read while it is written");
        here.accesses.read();
        if (wrote) {
            cell_.check_reads_are_over("is written while it is read");
            here.writes.read();
            footprint::note(places::cell(number()), true);
            value_ = here.at.peek();
        }
    }

    mutable race_cell cell_{"", immortal(), 0};
    mutable T value_;
    [[no_unique_address]] mutable initial initial_;
    mutable detail::atomic_history* atomics_ = nullptr;  ///< null: no atomic_ref was used; in the arena

    // What race_cells are part of, for we watch lifetimes ourselves.
    static tracked_object& immortal() {
        static constinit tracked_object none;
        return none;
    }
};

}  // namespace tenthrule
