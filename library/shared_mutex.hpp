#pragma once

/// std::shared_mutex and std::shared_timed_mutex, for tests: one writer, or any number of readers. Who comes
/// next when it is free, readers or a writer, is the schedule's choice, as the standard leaves it open.

#include <chrono>
#include <cstdint>
#include <shared_mutex>

#include "library/clock.hpp"
#include "library/object.hpp"

namespace tenthrule {

using std::shared_lock;

namespace detail {

class shared_lock_state : public shared_object {
public:
    shared_lock_state(const char* kind, const char* name) : shared_object(kind, name) {}
    ~shared_lock_state();

    void lock(bool shared);
    bool try_lock(bool shared);
    bool lock_before(bool shared, std::uint64_t deadline);
    void unlock(bool shared);

private:
    void as_new(session& s);
    bool is_free(bool shared) const {
        return owner_ == no_actor && (shared || readers_ == 0);
    }
    void check_not_held(session& s, bool shared);
    void take(session& s, bool shared);
    wait_reason why() const;
    operation locking() const {
        return {op_kind::lock, access::write, number(), name()};
    }

    sync_clock written_;  ///< what writers have done
    sync_clock read_;     ///< what readers have done
    sleepers waiting_;
    task_bits readers_ = 0;
    actor owner_ = no_actor;
};

}  // namespace detail

class shared_mutex {
public:
    shared_mutex() : shared_mutex(nullptr) {}
    /// `name` lives as long as the object.
    explicit shared_mutex(const char* name) : shared_mutex("shared_mutex", name) {}
    shared_mutex(const shared_mutex&) = delete;
    shared_mutex& operator=(const shared_mutex&) = delete;

    void lock() {
        state_.lock(false);
    }
    bool try_lock() {
        return state_.try_lock(false);
    }
    void unlock() {
        state_.unlock(false);
    }
    void lock_shared() {
        state_.lock(true);
    }
    bool try_lock_shared() {
        return state_.try_lock(true);
    }
    void unlock_shared() {
        state_.unlock(true);
    }

protected:
    shared_mutex(const char* kind, const char* name) : state_(kind, name) {}
    detail::shared_lock_state& state() {
        return state_;
    }

private:
    detail::shared_lock_state state_;
};

class shared_timed_mutex : public shared_mutex {
public:
    shared_timed_mutex() : shared_timed_mutex(nullptr) {}
    explicit shared_timed_mutex(const char* name) : shared_mutex("shared_timed_mutex", name) {}

    template <typename Rep, typename Period>
    bool try_lock_for(const std::chrono::duration<Rep, Period>& timeout) {
        return state().lock_before(false, detail::deadline_after(timeout));
    }
    template <typename Clock, typename Duration>
    bool try_lock_until(const std::chrono::time_point<Clock, Duration>& when) {
        return state().lock_before(false, detail::deadline_at(when));
    }
    template <typename Rep, typename Period>
    bool try_lock_shared_for(const std::chrono::duration<Rep, Period>& timeout) {
        return state().lock_before(true, detail::deadline_after(timeout));
    }
    template <typename Clock, typename Duration>
    bool try_lock_shared_until(const std::chrono::time_point<Clock, Duration>& when) {
        return state().lock_before(true, detail::deadline_at(when));
    }
};

}  // namespace tenthrule
