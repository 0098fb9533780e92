#pragma once

/// Clocks on virtual time, and deadlines on them. Nothing here takes real time.
///
/// Time passes when timers fire, which they may do at any time after they were set, in the order of their
/// deadlines, and a little whenever somebody looks at a clock.

#include <chrono>
#include <cstdint>
#include <ctime>

#include "library/session.hpp"

namespace tenthrule {

/// Begins at zero in each execution.
struct steady_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<steady_clock>;
    static constexpr bool is_steady = true;
    static time_point now() {
        return time_point(duration(detail::session_for("steady_clock").look_at_clock()));
    }
};

/// Begins at 2000-01-01 00:00:00 UTC in each execution.
struct system_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<system_clock>;
    static constexpr bool is_steady = false;
    static constexpr duration epoch = std::chrono::seconds(946'684'800);
    static time_point now() {
        return time_point(epoch + duration(detail::session_for("system_clock").look_at_clock()));
    }
    static std::time_t to_time_t(const time_point& t) {
        return std::chrono::duration_cast<std::chrono::seconds>(t.time_since_epoch()).count();
    }
    static time_point from_time_t(std::time_t t) {
        return time_point(std::chrono::seconds(t));
    }
};

using high_resolution_clock = steady_clock;

namespace detail {

/// Virtual nanoseconds at which a wait of that length from now is over; one that never would ends late
/// enough.
template <typename Rep, typename Period>
std::uint64_t deadline_after(const std::chrono::duration<Rep, Period>& timeout) {
    constexpr std::uint64_t longest = std::uint64_t{1} << 60U;
    const std::uint64_t now = session_for("a wait with a timeout").now();
    if (timeout <= timeout.zero()) {
        return now;
    }
    const double wanted = std::chrono::duration<double, std::nano>(timeout).count();
    return wanted >= static_cast<double>(longest)
               ? longest
               : now +
                     static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::nanoseconds>(timeout).count());
}

template <typename Duration>
std::uint64_t deadline_at(const std::chrono::time_point<steady_clock, Duration>& when) {
    const auto ns = std::chrono::ceil<std::chrono::nanoseconds>(when.time_since_epoch()).count();
    return ns < 0 ? 0 : static_cast<std::uint64_t>(ns);
}
template <typename Duration>
std::uint64_t deadline_at(const std::chrono::time_point<system_clock, Duration>& when) {
    const auto ns =
        std::chrono::ceil<std::chrono::nanoseconds>(when.time_since_epoch() - system_clock::epoch).count();
    return ns < 0 ? 0 : static_cast<std::uint64_t>(ns);
}
/// A point in time of any other clock is as far from now as that clock says.
template <typename Clock, typename Duration>
std::uint64_t deadline_at(const std::chrono::time_point<Clock, Duration>& when) {
    return deadline_after(when - Clock::now());
}

}  // namespace detail
}  // namespace tenthrule
