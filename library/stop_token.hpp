#pragma once

/// std::stop_token and its kin, for tests: asking for a stop and asking whether one was asked for are
/// scheduling points.

#include <memory>
#include <type_traits>
#include <utility>

#include "library/atomic.hpp"

namespace tenthrule {

namespace detail {

/// A callback that waits for a stop request.
struct stop_waiter {
    void (*call)(stop_waiter& self) = nullptr;
    stop_waiter* next = nullptr;
};

struct stop_state {
    location<bool> requested{"stop_token", nullptr, false};
    stop_waiter* first = nullptr;
    unsigned sources = 0;
    stop_waiter* running = nullptr;  ///< is being called by `runner`; null if it has been destroyed meanwhile
    actor runner = no_actor;
    blocked_tasks waiting;  ///< for the end of a callback

    /// False if it had been requested before.
    bool request();
    /// False if a stop has been requested already: it is to be called at once.
    bool add(stop_waiter& w);
    /// Waits until it has been called if somebody else is at it.
    void remove(stop_waiter& w);
};

}  // namespace detail

struct nostopstate_t {
    explicit nostopstate_t() = default;
};
inline constexpr nostopstate_t nostopstate{};

class stop_token {
public:
    stop_token() = default;
    bool stop_requested() const {
        return state_ != nullptr && state_->requested.load(memory_order_acquire);
    }
    bool stop_possible() const {
        return state_ != nullptr && (state_->sources != 0 || state_->requested.peek());
    }
    void swap(stop_token& other) {
        state_.swap(other.state_);
    }
    friend bool operator==(const stop_token&, const stop_token&) = default;

private:
    friend class stop_source;
    template <typename Callback>
    friend class stop_callback;
    explicit stop_token(std::shared_ptr<detail::stop_state> s) : state_(std::move(s)) {}

    std::shared_ptr<detail::stop_state> state_;
};

class stop_source {
public:
    stop_source() : state_(std::make_shared<detail::stop_state>()) {
        ++state_->sources;
    }
    explicit stop_source(nostopstate_t /*tag*/) {}
    stop_source(const stop_source& other) : state_(other.state_) {
        if (state_ != nullptr) ++state_->sources;
    }
    stop_source(stop_source&& other) noexcept = default;
    stop_source& operator=(stop_source other) noexcept {  // NOLINT(misc-unconventional-assign-operator)
        state_.swap(other.state_);
        return *this;
    }
    ~stop_source() {
        if (state_ != nullptr) --state_->sources;
    }
    bool request_stop() const {
        return state_ != nullptr && state_->request();
    }
    bool stop_requested() const {
        return get_token().stop_requested();
    }
    bool stop_possible() const {
        return state_ != nullptr;
    }
    stop_token get_token() const {
        return stop_token(state_);
    }

private:
    std::shared_ptr<detail::stop_state> state_;
};

template <typename Callback>
class stop_callback : detail::stop_waiter {
public:
    using callback_type = Callback;

    template <typename C>
    requires std::is_constructible_v<Callback, C>
    explicit stop_callback(const stop_token& token, C&& callback)
        : callback_(std::forward<C>(callback)), state_(token.state_) {
        call = [](stop_waiter& self) { static_cast<stop_callback&>(self).callback_(); };
        if (state_ != nullptr && !state_->add(*this)) {
            state_ = nullptr;
            callback_();
        }
    }
    stop_callback(const stop_callback&) = delete;
    stop_callback& operator=(const stop_callback&) = delete;
    ~stop_callback() {
        if (state_ != nullptr) {
            state_->remove(*this);
        }
    }

private:
    Callback callback_;
    std::shared_ptr<detail::stop_state> state_;
};

template <typename Callback>
stop_callback(stop_token, Callback) -> stop_callback<Callback>;

}  // namespace tenthrule
