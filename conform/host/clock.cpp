#include "conform/host/clock.hpp"

namespace tenthrule::conform {

namespace {

host_time read_clock(clockid_t id) {
    timespec t{};
    clock_gettime(id, &t);
    return static_cast<host_time>(t.tv_sec) * host_second + t.tv_nsec;
}

}  // namespace

host_time monotonic_now() {
    return read_clock(CLOCK_MONOTONIC);
}

host_time realtime_offset() {
    // The two clocks are read one after the other, and anything may come in between.
    constexpr host_time between_max = 3 * microseconds;
    constexpr int attempts_max = 1000;
    host_time best = INT64_MAX;
    host_time offset = 0;
    for (int i = 0; i < attempts_max && best > between_max; ++i) {
        const host_time before = read_clock(CLOCK_MONOTONIC);
        const host_time real = read_clock(CLOCK_REALTIME);
        const host_time between = read_clock(CLOCK_MONOTONIC) - before;
        if (between < best) {
            best = between;
            offset = real - before;
        }
    }
    return offset;
}

void sleep_until(host_time when) {
    const timespec t = to_timespec(when);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, nullptr) != 0) {}
}

timespec to_timespec(host_time t) {
    timespec s{};
    s.tv_sec = static_cast<time_t>(t / host_second);
    s.tv_nsec = static_cast<long>(t % host_second);
    return s;
}

}  // namespace tenthrule::conform
