#pragma once

/// std::mutex and its kin, for tests. The guards of the standard library (lock_guard, unique_lock,
/// scoped_lock, shared_lock) work with them.
///
/// Locking is a scheduling point, and so is unlocking. A thread that is about to lock what it cannot have now
/// cannot step; when it is free any one of those who want it may get it. What the standard calls undefined
/// (unlocking what one does not hold, locking a mutex twice, destroying it while it is held) is a violation.

#include <chrono>
#include <cstdint>
#include <mutex>
#include <shared_mutex>

#include "library/clock.hpp"
#include "library/object.hpp"

namespace tenthrule {

using std::adopt_lock;
using std::adopt_lock_t;
using std::defer_lock;
using std::defer_lock_t;
using std::lock;
using std::lock_guard;
using std::scoped_lock;
using std::shared_lock;
using std::try_lock;
using std::try_to_lock;
using std::try_to_lock_t;
using std::unique_lock;

namespace detail {

/// What all locks with one holder at a time have in common.
class lock_state : public shared_object {
public:
    lock_state(const char* kind, const char* name, bool recursive)
        : shared_object(kind, name), recursive_(recursive) {}
    ~lock_state();

    void lock();
    bool try_lock();
    void unlock();

    /// False if it did not come to it before the alarm of the thread, which has been set.
    bool lock_before_alarm();

    bool held_by(actor a) const {
        return owner_ == a;
    }
    /// Gives it back as part of a step that is going on, and takes it in a later one: for condition
    /// variables. Gives how often the current thread had locked it. `in`: for whom.
    unsigned give_up(session& s);
    /// `a` is asleep at the point before `locking`, and wants it from now on.
    void wanted_by(actor a);
    operation locking() const {
        return {op_kind::lock, access::write, number(), name()};
    }
    /// The current thread goes on behind that point.
    void take_again(session& s, unsigned times);

    void enter_execution(session& s) {
        if (look(s)) [[unlikely]] {
            renew();
        }
    }

private:
    friend class lock_list;
    /// `waited`: it could not have come to this point and found the lock held by somebody else.
    void take(session& s, bool waited);
    void hand_back(session& s);
    bool lock_again(session& s);
    void renew();
    wait_reason why() const;
    void wrong_unlock(session& s);

    sync_clock clock_;
    blocked_tasks wanted_;
    lock_state* next_held_ = nullptr;  ///< of its holder's locks
    std::uint32_t depth_ = 0;          ///< how often it is locked
    actor owner_ = no_actor;
    bool recursive_;
};

/// The name of a lock that `t` still holds. REQUIRES: there is one.
const char* lock_still_held(const thread_state& t);

/// What all of them can do.
class exclusive_lock {
public:
    exclusive_lock(const exclusive_lock&) = delete;
    exclusive_lock& operator=(const exclusive_lock&) = delete;

    void lock() {
        state_.lock();
    }
    bool try_lock() {
        return state_.try_lock();
    }
    void unlock() {
        state_.unlock();
    }

protected:
    exclusive_lock(const char* kind, const char* name, bool recursive) : state_(kind, name, recursive) {}
    ~exclusive_lock() = default;

    lock_state state_;
};

class timed_lock : public exclusive_lock {
public:
    template <typename Rep, typename Period>
    bool try_lock_for(const std::chrono::duration<Rep, Period>& timeout) {
        return lock_until(deadline_after(timeout));
    }
    template <typename Clock, typename Duration>
    bool try_lock_until(const std::chrono::time_point<Clock, Duration>& when) {
        return lock_until(deadline_at(when));
    }

protected:
    using exclusive_lock::exclusive_lock;
    ~timed_lock() = default;

private:
    bool lock_until(std::uint64_t deadline);
};

}  // namespace detail

class mutex : public detail::exclusive_lock {
public:
    mutex() : mutex(nullptr) {}
    /// `name` lives as long as the object.
    explicit mutex(const char* name) : exclusive_lock("mutex", name, false) {}

private:
    friend class condition_variable;
};

class recursive_mutex : public detail::exclusive_lock {
public:
    recursive_mutex() : recursive_mutex(nullptr) {}
    /// `name` lives as long as the object.
    explicit recursive_mutex(const char* name) : exclusive_lock("recursive_mutex", name, true) {}
};

class timed_mutex : public detail::timed_lock {
public:
    timed_mutex() : timed_mutex(nullptr) {}
    explicit timed_mutex(const char* name) : timed_lock("timed_mutex", name, false) {}
};

class recursive_timed_mutex : public detail::timed_lock {
public:
    recursive_timed_mutex() : recursive_timed_mutex(nullptr) {}
    explicit recursive_timed_mutex(const char* name) : timed_lock("recursive_timed_mutex", name, true) {}
};

}  // namespace tenthrule
