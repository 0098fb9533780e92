#pragma once

/// Passes that take something away from the case. They give true if they made progress.

#include <cstdint>

#include "shrink/case_shrinker.hpp"

namespace tenthrule::shrinking {

/// Tries every reduction that the case offers, with the schedule as it is, fitted to the reduced case in
/// several ways.
bool reduce_by_replay(case_shrinker& s);

/// Likewise, two reductions at once: a lock and its unlock, a sleeper and its waker.
bool reduce_pairs_by_replay(case_shrinker& s);

struct search_effort {
    std::uint32_t deviations_max = 2;  ///< of the systematic search
    std::uint64_t systematic_executions = 5'000;
    std::uint64_t random_executions = 3'000;
    std::uint64_t shrinking_executions = 2'000;  ///< for what the random search finds
};

/// Tries every reduction that the case offers by searching for the failure anew in the reduced case: first
/// systematically, then at random (with fixed seeds).
bool reduce_by_search(case_shrinker& s, const search_effort& effort);

/// Two reductions at once, systematically, with `executions_max` executions in all. If that is too few for
/// the number of pairs, nothing is tried.
bool reduce_pairs_by_search(case_shrinker& s, std::uint64_t executions_max);

/// Searches the case as it is for a cheaper schedule, all with no deviation, all with one, with two, ...,
/// until there is none left or `executions_max` is reached: gets below a minimum that changing the schedule
/// step by step cannot leave.
bool find_fewer_deviations(case_shrinker& s, std::uint64_t executions_max);

}  // namespace tenthrule::shrinking
