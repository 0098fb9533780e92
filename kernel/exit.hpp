#pragma once

/// The end of a task, as far as futexes are concerned.

#include "kernel/state.hpp"

namespace tenthrule::kernel {

/// Goes through the robust list and the pi_states of the current task, which will never return to user space.
void exit_futexes(system& s);

/// Sleeps until that task is through with it.
void wait_for_exit(system& s, task_struct& exiting);

}  // namespace tenthrule::kernel
