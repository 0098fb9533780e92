#pragma once

/// Real-time threads that are blocked in the kernel are best left to another process to get rid of.

#include <atomic>
#include <cstdint>
#include <functional>

namespace tenthrule::conform {

/// Shared between the two processes.
struct progress_counter {
    std::atomic<std::uint64_t> value = 0;
};

struct supervised {
    int status = 0;      ///< what the body gave back
    int signal = 0;      ///< that ended the process instead, or 0
    bool stuck = false;  ///< it was killed because the counter stood still
    std::uint64_t progress = 0;
};

/// Runs `body` in a child process. If its counter stands still for `patience` seconds the child is killed,
/// with all of its threads; it also dies with its parent. It does not hear what a terminal sends to this
/// process: when `interrupted` becomes true it is sent a SIGINT, once. What is in the buffers of stdio must
/// have been flushed before. Throws std::system_error.
supervised supervise(const std::function<int(progress_counter&)>& body, double patience = 10,
                     const std::atomic<bool>* interrupted = nullptr);

}  // namespace tenthrule::conform
