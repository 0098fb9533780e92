#pragma once

/// What "simpler" means: one total order over failing executions. Every pass of the shrinker accepts a
/// candidate exactly if it comes before the best one so far, so that passes cannot undo each other's work
/// and shrinking must come to an end.

#include <compare>
#include <cstdint>

#include "runtime/execution.hpp"
#include "shrink/test_case.hpp"

namespace tenthrule::shrinking {

/// What a reader has to believe in order to believe a race, the dearest first.
struct cost {
    /// A CPU was taken from a task that could have gone on. The reader has to imagine why just there.
    std::uint32_t preemptions = 0;
    /// Timers, arrivals and signals: no preemption, but something that had to come from outside, in time.
    std::uint32_t events = 0;
    /// Another CPU stepped meanwhile. On a real machine that takes no coincidence but time.
    std::uint32_t interleavings = 0;
    friend auto operator<=>(const cost&, const cost&) = default;
};

/// The first three parts of the order in numbers; smaller is simpler. Members are compared in the order in
/// which they stand here:
/// - the cost, because that is what makes a failure hard to believe and to understand;
/// - the size of the case (tasks first, see case_size): what the reader has to keep in mind;
/// - scheduling points: how long the story is;
/// - deviations: how much of the schedule has to be written down.
struct weight {
    shrinking::cost cost;
    case_size size;
    std::uint32_t points = 0;
    std::uint32_t deviations = 0;
    friend auto operator<=>(const weight&, const weight&) = default;
};

cost cost_of(const run_statistics& s);
weight weigh(const run_statistics& s, const case_size& size, const schedule& decisions);

/// Among executions of one weight: the one whose first different deviation comes earlier, or else has the
/// smaller value. This means nothing to a reader; it makes the order total, and so the result unique.
bool comes_first(const schedule& a, const schedule& b);

}  // namespace tenthrule::shrinking
