#pragma once

/// What this machine's kernel offers, and what it lets this process do.

#include <cstdint>
#include <string>
#include <vector>

#include "kernel/patches.hpp"

namespace tenthrule::conform {

struct abilities {
    std::string kernel;               ///< "Linux 6.18.44"
    kernel::release release;          ///< {6, 18}
    bool realtime = false;            ///< SCHED_FIFO is permitted
    std::uint32_t kernel_thread = 0;  ///< the TID of one, if any can be named
    int cpu = 0;                      ///< where the threads of a sequence run
    int other_cpu = -1;               ///< where their director can watch them from; -1: there is only one CPU
    /// Why sequences cannot be played at all; "" if they can.
    std::string unable;
};

/// Tries things out, so call it in a process that is there for this purpose.
abilities look_at_host();

/// From a text such as uname(2) gives: "6.18.44-generic". {0, 0} if it is none.
kernel::release parse_release(const std::string& text);

}  // namespace tenthrule::conform
