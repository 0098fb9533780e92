#pragma once

/// std::condition_variable and std::condition_variable_any, for tests.
///
/// A notification wakes one of those who wait when it comes, and nobody if nobody waits: that is how wake-ups
/// get lost. Which one is a choice of the schedule. Spurious wake-ups happen only if explore_options say so.

#include <condition_variable>

#include "library/mutex.hpp"
#include "library/stop_token.hpp"

namespace tenthrule {

using std::cv_status;

namespace detail {

/// What both have in common: those who wait.
class waiting_threads : public shared_object {
public:
    waiting_threads(const char* kind, const char* name) : shared_object(kind, name) {}
    ~waiting_threads();

    void notify(bool all);
    /// Gives up `l`, waits, and takes it again. `alarm`: also when the alarm of the thread rings; false is
    /// returned then.
    bool wait(lock_state& l, bool owned, bool alarm);

    // For locks of any type: the current thread waits from `begin` on. `sleep` returns false if the alarm
    // rang first.
    void begin(session& s);
    bool sleep(session& s, bool alarm);
    void enter_execution(session& s) {
        if (look(s)) [[unlikely]] {
            waiting_ = {};
            used_with_ = nullptr;
        }
    }

private:
    void let_go(actor a);
    void wrong_lock(session& s, const char* how);

    sleepers waiting_;
    lock_state* used_with_ = nullptr;  ///< by those who wait
    task_bits notified_ = 0;           ///< those that `begin` and have been notified before they sleep
};

}  // namespace detail

class condition_variable {
public:
    condition_variable() : condition_variable(nullptr) {}
    /// `name` lives as long as the object.
    explicit condition_variable(const char* name) : waiting_("condition_variable", name) {}
    condition_variable(const condition_variable&) = delete;
    condition_variable& operator=(const condition_variable&) = delete;

    void notify_one() {
        waiting_.notify(false);
    }
    void notify_all() {
        waiting_.notify(true);
    }
    void wait(std::unique_lock<mutex>& lock) {
        wait_with(lock, false);
    }
    template <typename Predicate>
    void wait(std::unique_lock<mutex>& lock, Predicate stop_waiting) {
        while (!stop_waiting()) {
            wait(lock);
        }
    }
    template <typename Clock, typename Duration>
    cv_status wait_until(std::unique_lock<mutex>& lock,
                         const std::chrono::time_point<Clock, Duration>& when) {
        return wait_before(lock, detail::deadline_at(when));
    }
    template <typename Clock, typename Duration, typename Predicate>
    bool wait_until(std::unique_lock<mutex>& lock, const std::chrono::time_point<Clock, Duration>& when,
                    Predicate stop_waiting) {
        return wait_before(lock, detail::deadline_at(when), std::move(stop_waiting));
    }
    template <typename Rep, typename Period>
    cv_status wait_for(std::unique_lock<mutex>& lock, const std::chrono::duration<Rep, Period>& timeout) {
        return wait_before(lock, detail::deadline_after(timeout));
    }
    template <typename Rep, typename Period, typename Predicate>
    bool wait_for(std::unique_lock<mutex>& lock, const std::chrono::duration<Rep, Period>& timeout,
                  Predicate stop_waiting) {
        return wait_before(lock, detail::deadline_after(timeout), std::move(stop_waiting));
    }

private:
    bool wait_with(std::unique_lock<mutex>& lock, bool alarm) {
        detail::session_for("condition_variable");
        mutex* const m = lock.mutex();
        if (m == nullptr) {
            detail::fail(rules::misuse, "a wait without a lock",
                         "a condition variable is waited on without a lock");
            return true;
        }
        return waiting_.wait(m->state_, lock.owns_lock(), alarm);
    }
    cv_status wait_before(std::unique_lock<mutex>& lock, std::uint64_t deadline) {
        detail::session& s = detail::session_for("condition_variable");
        s.start_alarm(deadline, "timeout of a wait");
        const bool notified = wait_with(lock, true);
        s.stop_alarm();
        return notified ? cv_status::no_timeout : cv_status::timeout;
    }
    template <typename Predicate>
    bool wait_before(std::unique_lock<mutex>& lock, std::uint64_t deadline, Predicate stop_waiting) {
        while (!stop_waiting()) {
            if (wait_before(lock, deadline) == cv_status::timeout) {
                return stop_waiting();
            }
        }
        return true;
    }

    detail::waiting_threads waiting_;
};

class condition_variable_any {
public:
    condition_variable_any() : condition_variable_any(nullptr) {}
    /// `name` lives as long as the object.
    explicit condition_variable_any(const char* name) : waiting_("condition_variable_any", name) {}
    condition_variable_any(const condition_variable_any&) = delete;
    condition_variable_any& operator=(const condition_variable_any&) = delete;

    void notify_one() {
        waiting_.notify(false);
    }
    void notify_all() {
        waiting_.notify(true);
    }
    template <typename Lock>
    void wait(Lock& lock) {
        (void)wait_with(lock, false);
    }
    template <typename Lock, typename Predicate>
    requires std::is_invocable_r_v<bool, Predicate&>
    void wait(Lock& lock, Predicate stop_waiting) {
        while (!stop_waiting()) {
            wait(lock);
        }
    }
    template <typename Lock, typename Clock, typename Duration>
    cv_status wait_until(Lock& lock, const std::chrono::time_point<Clock, Duration>& when) {
        return wait_before(lock, detail::deadline_at(when));
    }
    template <typename Lock, typename Clock, typename Duration, typename Predicate>
    bool wait_until(Lock& lock, const std::chrono::time_point<Clock, Duration>& when,
                    Predicate stop_waiting) {
        return wait_before(lock, detail::deadline_at(when), std::move(stop_waiting));
    }
    template <typename Lock, typename Rep, typename Period>
    cv_status wait_for(Lock& lock, const std::chrono::duration<Rep, Period>& timeout) {
        return wait_before(lock, detail::deadline_after(timeout));
    }
    template <typename Lock, typename Rep, typename Period, typename Predicate>
    bool wait_for(Lock& lock, const std::chrono::duration<Rep, Period>& timeout, Predicate stop_waiting) {
        return wait_before(lock, detail::deadline_after(timeout), std::move(stop_waiting));
    }
    /// False if it was left because of a stop request.
    template <typename Lock, typename Predicate>
    bool wait(Lock& lock, stop_token stop, Predicate stop_waiting) {
        const stop_callback wake(stop, [this] { notify_all(); });
        while (!stop.stop_requested()) {
            if (stop_waiting()) {
                return true;
            }
            (void)wait_with(lock, false, &stop);
        }
        return stop_waiting();
    }

private:
    /// The caller's lock, given up now and taken again at the end of the scope, also by an exception.
    template <typename Lock>
    class given_up {
    public:
        explicit given_up(Lock& lock) : lock_(lock) {
            lock_.unlock();
        }
        given_up(const given_up&) = delete;
        given_up& operator=(const given_up&) = delete;
        ~given_up() {
            const execution::no_exceptions here(detail::session::current().machine());
            lock_.lock();
        }

    private:
        Lock& lock_;
    };

    template <typename Lock>
    bool wait_with(Lock& lock, bool alarm, const stop_token* stop = nullptr) {
        detail::session& s = detail::session_for("condition_variable_any");
        waiting_.begin(s);
        if (stop != nullptr && stop->stop_requested()) {
            waiting_.notify(true);  // so that it goes on at once
        }
        bool notified = false;
        {
            const given_up<Lock> meanwhile(lock);
            notified = waiting_.sleep(s, alarm);
        }
        s.machine().leave_if_over();
        return notified;
    }
    template <typename Lock>
    cv_status wait_before(Lock& lock, std::uint64_t deadline) {
        detail::session& s = detail::session_for("condition_variable_any");
        s.start_alarm(deadline, "timeout of a wait");
        const bool notified = wait_with(lock, true);
        s.stop_alarm();
        return notified ? cv_status::no_timeout : cv_status::timeout;
    }
    template <typename Lock, typename Predicate>
    bool wait_before(Lock& lock, std::uint64_t deadline, Predicate stop_waiting) {
        while (!stop_waiting()) {
            if (wait_before(lock, deadline) == cv_status::timeout) {
                return stop_waiting();
            }
        }
        return true;
    }

    detail::waiting_threads waiting_;
};

}  // namespace tenthrule
