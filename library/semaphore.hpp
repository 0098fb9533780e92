#pragma once

/// std::counting_semaphore, std::latch and std::barrier, for tests.

#include <chrono>
#include <cstddef>
#include <limits>
#include <utility>

#include "library/clock.hpp"
#include "library/object.hpp"

namespace tenthrule {

namespace detail {

/// A number that threads count up and down, and those who wait until it is as they need it.
class counted : public shared_object {
public:
    counted(const char* kind, const char* name, std::ptrdiff_t initial)
        : shared_object(kind, name), value_(initial), initial_(initial) {}
    ~counted();

    // As a semaphore:
    void acquire();
    bool try_acquire();
    bool acquire_before(std::uint64_t deadline);
    void release(std::ptrdiff_t by, std::ptrdiff_t max);

    // As a latch:
    void count_down(std::ptrdiff_t by);
    void wait_for_zero();
    bool is_zero();

    // As a barrier: the current phase, for `wait_for_phase`, or the caller is the last to arrive and has to
    // call `next_phase`.
    struct arrival {
        std::uint64_t phase;
        bool last;
    };
    arrival arrive(std::ptrdiff_t by, std::ptrdiff_t drop);
    void next_phase();
    void wait_for_phase(std::uint64_t phase);

private:
    session& begin(const char* what, op_kind kind, access mode);
    void take(session& s);
    void let_all_go();
    wait_reason why(const char* what) const;

    sync_clock clock_;
    sleepers waiting_;
    std::ptrdiff_t value_;
    std::ptrdiff_t initial_;
    std::ptrdiff_t expected_ = 0;  ///< of a barrier, in the next phase, relative to initial_
    std::uint64_t phase_ = 0;
};

}  // namespace detail

template <std::ptrdiff_t LeastMax = std::numeric_limits<std::ptrdiff_t>::max()>
class counting_semaphore {
public:
    static constexpr std::ptrdiff_t max() {
        return LeastMax;
    }
    /// `name` lives as long as the object.
    explicit counting_semaphore(std::ptrdiff_t initial, const char* name = nullptr)
        : count_("counting_semaphore", name, initial) {}
    counting_semaphore(const counting_semaphore&) = delete;
    counting_semaphore& operator=(const counting_semaphore&) = delete;

    void release(std::ptrdiff_t by = 1) {
        count_.release(by, LeastMax);
    }
    void acquire() {
        count_.acquire();
    }
    bool try_acquire() {
        return count_.try_acquire();
    }
    template <typename Rep, typename Period>
    bool try_acquire_for(const std::chrono::duration<Rep, Period>& timeout) {
        return count_.acquire_before(detail::deadline_after(timeout));
    }
    template <typename Clock, typename Duration>
    bool try_acquire_until(const std::chrono::time_point<Clock, Duration>& when) {
        return count_.acquire_before(detail::deadline_at(when));
    }

private:
    detail::counted count_;
};

using binary_semaphore = counting_semaphore<1>;

class latch {
public:
    static constexpr std::ptrdiff_t max() {
        return std::numeric_limits<std::ptrdiff_t>::max();
    }
    /// `name` lives as long as the object.
    explicit latch(std::ptrdiff_t expected, const char* name = nullptr) : count_("latch", name, expected) {}
    latch(const latch&) = delete;
    latch& operator=(const latch&) = delete;

    void count_down(std::ptrdiff_t by = 1) {
        count_.count_down(by);
    }
    bool try_wait() {
        return count_.is_zero();
    }
    void wait() {
        count_.wait_for_zero();
    }
    void arrive_and_wait(std::ptrdiff_t by = 1) {
        count_down(by);
        wait();
    }

private:
    detail::counted count_;
};

namespace detail {
struct no_completion {
    void operator()() const {}
};
}  // namespace detail

template <typename Completion = detail::no_completion>
class barrier {
public:
    class arrival_token {
    public:
        arrival_token(arrival_token&&) noexcept = default;
        arrival_token& operator=(arrival_token&&) noexcept = default;

    private:
        friend class barrier;
        explicit arrival_token(std::uint64_t phase) : phase_(phase) {}
        std::uint64_t phase_;
    };

    static constexpr std::ptrdiff_t max() {
        return std::numeric_limits<std::ptrdiff_t>::max();
    }
    /// `name` lives as long as the object.
    explicit barrier(std::ptrdiff_t expected, Completion completion = Completion(),
                     const char* name = nullptr)
        : count_("barrier", name, expected), completion_(std::move(completion)) {}
    barrier(const barrier&) = delete;
    barrier& operator=(const barrier&) = delete;

    [[nodiscard]] arrival_token arrive(std::ptrdiff_t by = 1) {
        return arrival_token(arrive_as(by, 0));
    }
    void wait(arrival_token&& arrival) const {
        count_.wait_for_phase(arrival.phase_);
    }
    void arrive_and_wait() {
        wait(arrive());
    }
    void arrive_and_drop() {
        (void)arrive_as(1, 1);
    }

private:
    std::uint64_t arrive_as(std::ptrdiff_t by, std::ptrdiff_t drop) {
        const detail::counted::arrival here = count_.arrive(by, drop);
        if (here.last) {
            completion_();
            count_.next_phase();
        }
        return here.phase;
    }

    mutable detail::counted count_;
    Completion completion_;
};

}  // namespace tenthrule
