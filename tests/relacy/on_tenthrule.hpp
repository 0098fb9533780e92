#pragma once

/// The adapter for the library: see programs/words.hpp.

#include <mutex>
#include <utility>

#include "library/atomic.hpp"
#include "library/check.hpp"
#include "library/condition_variable.hpp"
#include "library/mutex.hpp"
#include "library/thread.hpp"
#include "library/var.hpp"

namespace tenthrule::comparison {

struct on_tenthrule {
    template <typename T>
    using atomic = tenthrule::atomic<T>;
    template <typename T>
    using var = tenthrule::var<T>;
    using mutex = tenthrule::mutex;

    class condition_variable {
    public:
        void wait(mutex& held) {
            std::unique_lock lock(held, std::adopt_lock);
            sleeping_.wait(lock);
            lock.release();
        }
        void notify_one() {
            sleeping_.notify_one();
        }
        void notify_all() {
            sleeping_.notify_all();
        }

    private:
        tenthrule::condition_variable sleeping_;
    };

    static void fence(std::memory_order order) {
        tenthrule::atomic_thread_fence(order);
    }
    static void yield(const code_place& where = code_place::current()) {
        this_thread::yield(where);
    }
    static void check(bool condition, const code_place& where = code_place::current()) {
        tenthrule::check(condition, {}, where);
    }
    template <typename T, typename... Arguments>
    static T* make(Arguments... arguments) {
        return new T(arguments...);
    }
    template <typename T>
    static void dispose(T* object) {
        delete object;
    }
};

}  // namespace tenthrule::comparison
