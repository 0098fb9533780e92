#pragma once

/// SIGINT and SIGTERM end a run cleanly; a second one ends it at once.

#include <atomic>

namespace tenthrule::cli {

/// While one exists, the two signals only set a flag. At most one at a time.
class interrupt_guard {
public:
    interrupt_guard();
    interrupt_guard(const interrupt_guard&) = delete;
    interrupt_guard& operator=(const interrupt_guard&) = delete;
    ~interrupt_guard();

    /// Set by the first signal. For long runs to poll.
    static const std::atomic<bool>& requested();
};

}  // namespace tenthrule::cli
