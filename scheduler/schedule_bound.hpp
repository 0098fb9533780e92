#pragma once

/// What the schedules of a bounded search may cost.

#include <cstdint>

#include "runtime/execution.hpp"
#include "runtime/strategy.hpp"

namespace tenthrule {

struct schedule_bound {
    static constexpr std::uint32_t any = ~std::uint32_t{0};
    std::uint32_t switches = any;  ///< away from a task that could have gone on
    std::uint32_t events = any;    ///< timers fired, arrivals, signals

    bool restricts() const {
        return switches != any || events != any;
    }
    /// Whether an execution that has cost that much is beyond it. Steps without a choice cost something as
    /// well.
    bool exceeded_by(const run_statistics& so_far) const;
    /// Those of the enabled actors that can step next without exceeding it, as far as that is known before
    /// they do.
    actor_set affordable(const situation& where, const run_statistics& so_far) const;
};

}  // namespace tenthrule
