#pragma once

/// The adapter for Relacy: see programs/words.hpp. To be included before everything else.

#include <relacy/relacy.hpp>

// They would change the language for whatever is included from here on.
#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef assert
#undef errno
#undef memory_order_relaxed
#undef memory_order_consume
#undef memory_order_acquire
#undef memory_order_release
#undef memory_order_acq_rel
#undef memory_order_seq_cst
#undef VAR
#undef VAR_T
#undef TLS_T
#undef $

#include <atomic>

namespace tenthrule::comparison {

struct on_relacy {
    static rl::memory_order order_of(std::memory_order order) {
        switch (order) {
            case std::memory_order_relaxed:
                return rl::mo_relaxed;
            case std::memory_order_consume:
                return rl::mo_consume;
            case std::memory_order_acquire:
                return rl::mo_acquire;
            case std::memory_order_release:
                return rl::mo_release;
            case std::memory_order_acq_rel:
                return rl::mo_acq_rel;
            case std::memory_order_seq_cst:
                break;
        }
        return rl::mo_seq_cst;
    }

    template <typename T>
    class atomic {
    public:
        atomic(T value) : value_(value) {}

        T load(std::memory_order order) {
            return value_.load(order_of(order), RL_INFO);
        }
        void store(T value, std::memory_order order) {
            value_.store(value, order_of(order), RL_INFO);
        }
        T exchange(T value, std::memory_order order) {
            return value_.exchange(value, order_of(order), RL_INFO);
        }
        bool compare_exchange_strong(T& expected, T desired, std::memory_order success,
                                     std::memory_order failure) {
            return value_.compare_exchange_strong(expected, desired, order_of(success), RL_INFO,
                                                  order_of(failure), RL_INFO);
        }
        bool compare_exchange_strong(T& expected, T desired, std::memory_order order) {
            return value_.compare_exchange_strong(expected, desired, order_of(order), RL_INFO);
        }
        T fetch_add(T by, std::memory_order order) {
            return value_.fetch_add(by, order_of(order), RL_INFO);
        }
        T fetch_sub(T by, std::memory_order order) {
            return value_.fetch_sub(by, order_of(order), RL_INFO);
        }

    private:
        rl::atomic<T> value_;
    };

    template <typename T>
    class var {
    public:
        var(T value) : value_(value) {}

        T get() const {
            return value_(RL_INFO).load();
        }
        void set(T value) {
            value_(RL_INFO).store(value);
        }

    private:
        rl::var<T> value_;
    };

    class mutex {
    public:
        void lock() {
            lock_.lock(RL_INFO);
        }
        void unlock() {
            lock_.unlock(RL_INFO);
        }

    private:
        friend struct on_relacy;
        rl::mutex lock_;
    };

    class condition_variable {
    public:
        void wait(mutex& held) {
            sleeping_.wait(held.lock_, RL_INFO);
        }
        void notify_one() {
            sleeping_.notify_one(RL_INFO);
        }
        void notify_all() {
            sleeping_.notify_all(RL_INFO);
        }

    private:
        rl::condition_variable sleeping_;
    };

    static void fence(std::memory_order order) {
        rl::atomic_thread_fence(order_of(order), RL_INFO);
    }
    static void yield() {
        rl::yield(1, RL_INFO);
    }
    static void check(bool condition) {
        RL_ASSERT_IMPL(condition, rl::test_result_user_assert_failed, "check", RL_INFO);
    }
    template <typename T, typename... Arguments>
    static T* make(Arguments... arguments) {
        return ::new (rl::ctx().alloc(sizeof(T), false, RL_INFO)) T(arguments...);
    }
    template <typename T>
    static void dispose(T* object) {
        rl::delete_impl(object, RL_INFO);
    }
};

}  // namespace tenthrule::comparison
