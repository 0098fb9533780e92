#pragma once

/// Time for the timeouts that are to expire while a sequence is played, and for giving up. Nanoseconds.

#include <cstdint>

#include <time.h>

namespace tenthrule::conform {

using host_time = std::int64_t;

inline constexpr host_time microseconds = 1'000;
inline constexpr host_time milliseconds = 1'000'000;
inline constexpr host_time host_second = 1'000'000'000;

host_time monotonic_now();
/// How far CLOCK_REALTIME is ahead of CLOCK_MONOTONIC, at most some microseconds too much: a deadline
/// converted with it never comes early.
host_time realtime_offset();
void sleep_until(host_time when);
timespec to_timespec(host_time t);

}  // namespace tenthrule::conform
