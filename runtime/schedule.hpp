#pragma once

/// A schedule: what an execution decided, where that differs from the default.

#include <cstdint>
#include <vector>

#include "runtime/types.hpp"

namespace tenthrule {

/// At the choice point number `choice` (counting those with at least two possibilities, from 0)
/// `value` was taken, which was not the default: an actor where the choice was who steps next, a
/// number below n where it was a choose(n).
struct deviation {
    std::uint32_t choice = 0;
    std::uint8_t value = 0;
    friend bool operator==(const deviation&, const deviation&) = default;
};

/// In ascending order of `choice`. The empty schedule is the default execution: keep running the current
/// task; else the task that ran last; else the first enabled actor, tasks before events; choose(n) gives 0.
using schedule = std::vector<deviation>;

}  // namespace tenthrule
