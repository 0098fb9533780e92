#pragma once

/// What thread_local is to threads: a value for each thread of a test, made when the thread first asks for
/// it, destroyed when the thread ends, the latest first.
///
/// thread_local itself does not work in tests, because all threads of a test run on one OS thread.

#include <memory>
#include <utility>

#include "library/session.hpp"

namespace tenthrule {

template <typename T>
class per_thread {
public:
    /// Each thread begins with a copy of it.
    explicit per_thread(T initial = T()) : initial_(std::move(initial)) {}
    per_thread(const per_thread&) = delete;
    per_thread& operator=(const per_thread&) = delete;

    /// The current thread's. The reference is good until the thread ends.
    T& get() {
        detail::session& s = detail::session_for("per_thread");
        detail::thread_state& me = s.self();
        for (const detail::local_value* l = me.locals; l != nullptr; l = l->next) {
            if (l->key == this) {
                return *static_cast<T*>(l->value);
            }
        }
        arena& memory = s.machine().arena();
        T* const made = memory.make<T>(initial_);
        me.locals = memory.make<detail::local_value>(
            detail::local_value{this, made, [](void* v) { std::destroy_at(static_cast<T*>(v)); }, me.locals});
        return *made;
    }
    T& operator*() {
        return get();
    }
    T* operator->() {
        return &get();
    }

private:
    T initial_;
};

}  // namespace tenthrule
