#pragma once

/// The modelled machine at one moment, as plain data: what runs where, and the state of the kernel that it
/// runs.

#include <optional>
#include <string>
#include <vector>

#include "kernel/snapshot.hpp"
#include "runtime/execution.hpp"

namespace tenthrule {

struct machine_state {
    struct task {
        task_state state = task_state::absent;
        int cpu = -1;       ///< -1: none
        std::string waits;  ///< "sleeps on cond"; only while sleeping or spinning
    };
    struct cpu {
        actor task = no_actor;
        actor interrupt = no_actor;  ///< the timer callback on top of it
    };

    nanoseconds time = 0;     ///< virtual
    std::vector<task> tasks;  ///< by actor
    std::vector<cpu> cpus;
    /// Nothing if the program has none.
    std::optional<kernel::snapshot> kernel;
};

/// `kernel`: that of the program; null: it has none. REQUIRES: called from one of the program's hooks.
machine_state look_at(const execution& e, const kernel::system* kernel);

/// "running" is a ready task on a CPU, "ready" one that waits for one.
const char* state_name(const machine_state::task& t);

}  // namespace tenthrule
