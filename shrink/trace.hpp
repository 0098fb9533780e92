#pragma once

/// What was open in an execution, choice point by choice point: what the passes plan from.

#include <cstdint>
#include <vector>

#include "runtime/types.hpp"
#include "shrink/order.hpp"

namespace tenthrule::shrinking {

struct choice_point {
    actor_set enabled;         ///< who could step; empty for a choose()
    std::uint64_t armed = 0;   ///< the enabled events that had not begun: taking one costs an event
    cost before;               ///< of the execution up to here
    std::uint32_t points = 0;  ///< scheduling points up to here
    const char* label = "";    ///< what the current actor was about to do; valid until the next execution
    std::uint64_t place = 0;   ///< hash of actor, kind and label; set by `remember_places`
    op_kind kind = op_kind::start;
    actor current = no_actor;
    actor fallback = no_actor;
    std::uint8_t taken = 0;
    std::uint16_t values = 0;  ///< the n of a choose(n); 0: who steps

    bool is_value() const {
        return values != 0;
    }
    /// Everything that could have been taken.
    std::uint32_t possibilities() const {
        return is_value() ? values : enabled.count();
    }
    /// The n-th of them in ascending order.
    std::uint8_t possibility(std::uint32_t n) const {
        return is_value() ? static_cast<std::uint8_t>(n) : enabled.nth(n);
    }
    std::uint8_t standard() const {
        return is_value() ? std::uint8_t{0} : fallback;
    }
};

/// Indexed by the number of the choice point.
using trace = std::vector<choice_point>;

std::uint64_t place_of(actor who, op_kind kind, const char* label);

/// Fills in `place` everywhere. REQUIRES: the trace is that of the last execution, so that labels are valid.
void remember_places(trace& t);

/// A lower bound for the cost of an execution that goes the same way up to `at` and then takes `value`.
cost cost_after(const choice_point& at, std::uint8_t value);

}  // namespace tenthrule::shrinking
