#pragma once

/// A systematic search over the schedules with few deviations: all with none, then all with one, with
/// two, ... Every schedule is visited once, because a deviation is only ever added behind the last one.

#include <cstdint>

#include "shrink/attempts.hpp"
#include "shrink/followers.hpp"

namespace tenthrule::shrinking {

struct exploration_bounds {
    std::uint32_t deviations_max = 0;
    std::uint64_t executions_max = 0;
    cost cost_max;       ///< executions that cost more are abandoned, and nothing is added to them
    weight limit;        ///< what an execution with the failure must weigh less than to be found
    bool go_on = false;  ///< after a find, look for one that costs less; false: the first one will do
};

struct exploration {
    bool found = false;
    candidate best;  ///< if found
    trace recorded;  ///< its trace, with places
    /// All schedules within the cost with fewer deviations than this were executed.
    std::uint32_t levels_done = 0;
    /// No schedule within the cost is left, whatever its number of deviations. The cost is then the one below
    /// that of `best`, if one was found and the search went on.
    bool exhausted = false;
};

exploration explore(attempts& lab, const std::shared_ptr<specimen>& in, const exploration_bounds& bounds);

/// The dearest cost below c; false if there is none.
bool cheaper(cost& c);

}  // namespace tenthrule::shrinking
