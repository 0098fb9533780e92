#pragma once

/// A thread that makes the calls it is told to, one order at a time, and says when it is through.
///
/// Thread safety: one thread, the director, gives the orders; all members are for it alone.

#include <array>
#include <atomic>
#include <csetjmp>
#include <cstdint>
#include <memory>
#include <vector>

#include <pthread.h>

#include "conform/host/system_calls.hpp"
#include "kernel/operations.hpp"

namespace tenthrule::conform {

/// One call with its arguments as the machine wants them.
struct order {
    enum class kind : std::uint8_t { futex, waitv, compare_and_swap, get_robust_list, exit };
    kind is = kind::futex;
    futex_call call;
    std::array<waitv_word, kernel::waitv_max> vector{};
    unsigned vector_size = 0;
    clockid_t clock = CLOCK_MONOTONIC;
    // compare_and_swap
    std::uint32_t from = 0;
    std::uint32_t to = 0;
    // get_robust_list
    pid_t of = 0;
    bool into_null = false;
};

struct scheduling {
    bool realtime = false;  ///< SCHED_FIFO with that priority, else SCHED_OTHER
    int priority = 0;
    bool round_robin = false;
};

class worker {
public:
    /// Begins with the given scheduling on that CPU. Throws std::system_error.
    worker(unsigned number, int cpu, const scheduling& how);
    /// Ends the thread, whatever it is doing.
    ~worker();
    worker(const worker&) = delete;
    worker& operator=(const worker&) = delete;

    /// Must be called in the process once before the first worker: what signals do to them.
    static void install_handlers();

    pid_t tid() const {
        return tid_.load(std::memory_order_acquire);
    }
    /// Starts the orders, one straight after the other. REQUIRES: idle.
    void start(const order& first, const order* second);
    /// The director has done in its place what leaves no trace but memory. REQUIRES: idle.
    void did_nothing() {
        orders_count_ = 1;
        results_[0] = 0;
    }
    bool idle() const {
        return done_.load(std::memory_order_acquire) == given_;
    }
    /// The thread is no more, having been ordered to end.
    bool has_ended() const;
    bool ordered_to_end() const {
        return ordered_to_end_;
    }
    long result() const {
        return results_[0];
    }
    bool has_second_result() const {
        return orders_count_ > 1;
    }
    long second_result() const {
        return results_[1];
    }
    std::uint32_t signals_handled() const {
        return signals_.load(std::memory_order_acquire);
    }
    void send_signal(bool restart) const;
    /// Leaves the call that it sleeps in, without a result. Then it is idle, as soon as it has run.
    void abandon() const;
    void set_scheduling(const scheduling& how) const;

    /// Empty after each reset. The list belongs to the thread, but nobody walks it before the thread ends.
    robust_list_head& robust_head() {
        return head_;
    }
    void reset_robust_list();

    // ---- What /proc says of it

    /// Asleep inside futex(2), going by the name of the function that it sleeps in.
    bool sleeps_in_futex() const;
    /// How often it has got a CPU.
    std::uint64_t times_run() const;
    /// Its effective priority: 0 if it is not realtime.
    int effective_priority() const;

private:
    static void* enter(void* self);
    void live();
    /// False: the thread is to end.
    bool perform(const order& o, long& result);
    static void abandon_call(int signal);
    static void count_signal(int signal);

    unsigned number_;
    pthread_t thread_{};
    std::atomic<pid_t> tid_ = 0;
    int wake_up_ = -1;
    int wchan_ = -1;
    int schedstat_ = -1;
    int stat_ = -1;
    robust_list_head head_{};
    std::array<order, 2> orders_;
    unsigned orders_count_ = 0;
    std::array<long, 2> results_{};
    std::uint32_t given_ = 0;  ///< orders so far
    bool quits_ = false;
    bool ordered_to_end_ = false;
    std::atomic<std::uint32_t> done_ = 0;
    std::atomic<std::uint32_t> signals_ = 0;
    std::atomic<bool> in_call_ = false;
    sigjmp_buf before_call_{};
};

}  // namespace tenthrule::conform
