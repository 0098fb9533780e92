#pragma once

/// std::thread, std::jthread and std::this_thread, for tests. At most tasks_max threads in one execution,
/// the test itself among them: 64, or 128 if tenthrule is built so (see docs/library.md).

#include <chrono>
#include <compare>
#include <functional>
#include <thread>
#include <tuple>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "library/clock.hpp"
#include "library/code_place.hpp"
#include "library/session.hpp"
#include "library/stop_token.hpp"

namespace tenthrule {

class thread {
public:
    class id {
    public:
        id() = default;
        friend bool operator==(id, id) = default;
        friend auto operator<=>(id, id) = default;
        /// The number of the thread, from 0 for the test itself; -1: no thread.
        int number() const {
            return number_;
        }

    private:
        friend class thread;
        friend struct std::hash<id>;
        explicit id(int number) : number_(number) {}
        int number_ = -1;
    };

    thread() = default;
    /// Runs f(args...) in a thread of its own. The copies are destroyed at its end.
    template <typename F, typename... Args>
    requires(!std::is_same_v<std::remove_cvref_t<F>, thread>) explicit thread(F&& f, Args&&... args)
        : thread(named(nullptr), std::forward<F>(f), std::forward<Args>(args)...) {}

    /// What the thread is called in reports; lives as long as the execution.
    struct named {
        explicit named(const char* n) : name(n) {}
        const char* name;
    };
    template <typename F, typename... Args>
    thread(named as, F&& f, Args&&... args) {
        using closure = std::tuple<std::decay_t<F>, std::decay_t<Args>...>;
        detail::session& s = detail::session_for("thread");
        auto* const c = s.machine().arena().make<closure>(std::forward<F>(f), std::forward<Args>(args)...);
        state_ = &s.start_thread(
            as.name,
            [](void* state) {
                auto& t = *static_cast<detail::thread_state*>(state);
                std::apply([](auto&&... parts) { std::invoke(std::forward<decltype(parts)>(parts)...); },
                           std::move(*static_cast<closure*>(t.closure)));
                detail::session::current().end_thread(t);
            },
            [](void* at) { std::destroy_at(static_cast<closure*>(at)); }, c);
    }
    thread(thread&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
    /// REQUIRES: not joinable; else that is a violation.
    // NOLINTNEXTLINE(performance-noexcept-move-constructor): may end the execution
    thread& operator=(thread&& other) {
        if (this != &other) {
            give_up("assigned to");
            state_ = std::exchange(other.state_, nullptr);
        }
        return *this;
    }
    ~thread() {
        if (state_ != nullptr) [[unlikely]] {
            give_up("destroyed");
        }
    }

    bool joinable() const {
        return state_ != nullptr;
    }
    void join();
    void detach();
    id get_id() const {
        return state_ == nullptr ? id() : id(state_->id);
    }
    void swap(thread& other) noexcept {
        std::swap(state_, other.state_);
    }
    static unsigned hardware_concurrency() {
        return 4;
    }
    static id this_id() {
        return id(detail::session_for("this_thread::get_id").machine().self());
    }

private:
    void give_up(const char* how);

    detail::thread_state* state_ = nullptr;
};

class jthread {
public:
    jthread() = default;
    template <typename F, typename... Args>
    requires(!std::is_same_v<std::remove_cvref_t<F>, jthread>) explicit jthread(F&& f, Args&&... args) {
        if constexpr (std::is_invocable_v<std::decay_t<F>, stop_token, std::decay_t<Args>...>) {
            thread_ = thread(std::forward<F>(f), source_.get_token(), std::forward<Args>(args)...);
        } else {
            thread_ = thread(std::forward<F>(f), std::forward<Args>(args)...);
        }
    }
    jthread(jthread&&) noexcept = default;
    jthread& operator=(jthread&& other) {  // NOLINT(performance-noexcept-move-constructor): it joins
        if (this != &other) {
            finish();
            source_ = std::move(other.source_);
            thread_ = std::move(other.thread_);
        }
        return *this;
    }
    ~jthread() {
        finish();
    }

    bool joinable() const {
        return thread_.joinable();
    }
    void join() {
        thread_.join();
    }
    void detach() {
        thread_.detach();
    }
    thread::id get_id() const {
        return thread_.get_id();
    }
    stop_source get_stop_source() const {
        return source_;
    }
    stop_token get_stop_token() const {
        return source_.get_token();
    }
    bool request_stop() {
        return source_.request_stop();
    }

private:
    void finish() {
        if (thread_.joinable()) {
            const execution::no_exceptions here(detail::session::current().machine());
            source_.request_stop();
            thread_.join();
        }
    }

    stop_source source_;
    thread thread_;
};

namespace this_thread {

inline thread::id get_id() {
    return thread::this_id();
}

/// A scheduling point. A loop around it that only reads is taken to wait for other threads: it does not go
/// round again before one of them has stepped.
inline void yield(const code_place& where = code_place::current()) {
    detail::session_for("this_thread::yield").yield(where);
}

namespace detail_sleep {
void until(std::uint64_t deadline);
}

/// Takes no real time. It may end at any time, but not before sleeps and timeouts with earlier deadlines.
template <typename Rep, typename Period>
void sleep_for(const std::chrono::duration<Rep, Period>& duration) {
    detail_sleep::until(detail::deadline_after(duration));
}
template <typename Clock, typename Duration>
void sleep_until(const std::chrono::time_point<Clock, Duration>& when) {
    detail_sleep::until(detail::deadline_at(when));
}

}  // namespace this_thread

}  // namespace tenthrule

template <>
struct std::hash<tenthrule::thread::id> {
    std::size_t operator()(tenthrule::thread::id id) const noexcept {
        return static_cast<std::size_t>(id.number_);
    }
};
