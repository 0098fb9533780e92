#pragma once

/// futex(2), the part that user programs need, on atomic<T>: wait until woken if the word still has a value,
/// and wake. For tests of locks that are built on it. (PI futexes are what `tenthrule` scenarios are for.)

#include <chrono>

#include "library/atomic.hpp"
#include "library/clock.hpp"

namespace tenthrule {

/// FUTEX_WAIT. Looking at the word and going to sleep are one step.
template <typename T>
futex_result futex_wait(atomic<T>& word, T expected) {
    return word.location_of().futex_wait(expected, false);
}
/// With a timeout.
template <typename T, typename Rep, typename Period>
futex_result futex_wait_for(atomic<T>& word, T expected, const std::chrono::duration<Rep, Period>& timeout) {
    detail::session& s = detail::session_for("futex_wait");
    s.start_alarm(detail::deadline_after(timeout), "timeout of a futex");
    const futex_result r = word.location_of().futex_wait(expected, true);
    s.stop_alarm();
    return r;
}

/// FUTEX_WAKE. Wakes at most so many of those who wait, which ones the schedule chooses; gives how many.
template <typename T>
unsigned futex_wake(atomic<T>& word, unsigned most = 1) {
    return word.location_of().futex_wake(most);
}

}  // namespace tenthrule
