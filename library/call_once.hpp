#pragma once

/// std::call_once, for tests.

#include <functional>
#include <utility>

#include "library/object.hpp"

namespace tenthrule {

class once_flag : detail::shared_object {
public:
    once_flag() : once_flag(nullptr) {}
    /// `name` lives as long as the object.
    explicit once_flag(const char* name) : shared_object("once_flag", name) {}

private:
    template <typename F, typename... Args>
    friend void call_once(once_flag& flag, F&& f, Args&&... args);

    enum class state : std::uint8_t { fresh, running, done };

    /// True: the caller is to run the function. Waits while somebody else does.
    bool begin();
    void end(bool returned);

    detail::sleepers waiting_;
    sync_clock clock_;
    state state_ = state::fresh;
    actor runner_ = no_actor;
};

/// If the function throws, the next one who calls it, or waits for it, runs it again.
template <typename F, typename... Args>
void call_once(once_flag& flag, F&& f, Args&&... args) {
    if (!flag.begin()) {
        return;
    }
    struct finisher {
        once_flag& of;
        bool returned = false;
        ~finisher() {
            of.end(returned);
        }
    } finish{flag};
    std::invoke(std::forward<F>(f), std::forward<Args>(args)...);
    finish.returned = true;
}

}  // namespace tenthrule
