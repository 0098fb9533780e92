#pragma once

/// The passes that make a schedule simpler. Rules for all of them:
/// - whether a pass makes progress depends on nothing but the best execution, so that a round in which no
///   pass did means that shrinking is finished;
/// - on success a pass goes on where it is; it neither starts again nor iterates until nothing changes:
///   both are the driver's job;
/// - big steps first, and after a success bigger ones.

#include <cstdint>
#include <span>
#include <vector>

#include "shrink/schedule_shrinker.hpp"

namespace tenthrule::shrinking {

/// The trivial candidates: no deviation at all, a single one, the first few, the last few.
void try_trivial(schedule_shrinker& s);

/// Leaves out deviations: long stretches first, then shorter ones, down to single ones; from the end,
/// because what stands earlier is not disturbed by it.
void drop_deviations(schedule_shrinker& s);

/// Leaves out two deviations at once: often a switch away and the switch back.
void drop_pairs(schedule_shrinker& s);

/// Lets two turns of one actor become one: what ran between them runs before, or after.
void merge_turns(schedule_shrinker& s);

/// Lets an actor hand over earlier or later: steps go from one of its turns to its next, or back.
void shift_turns(schedule_shrinker& s);

/// Takes something else at a choice point.
void replace_value(schedule_shrinker& s);

/// Takes a deviation at an earlier or a later choice point.
void move_deviation(schedule_shrinker& s);

struct schedule_pass {
    const char* name;
    void (*run)(schedule_shrinker& s);
};

/// All of the above, in the order in which they are run: cheap and crude ones first.
std::span<const schedule_pass> schedule_passes();

/// What a pass was good for.
struct pass_report {
    const char* name = "";
    std::uint64_t calls = 0;
    std::uint64_t successes = 0;  ///< simpler executions found
    std::uint64_t executions = 0;
};

using pass_table = std::vector<pass_report>;

/// The row of that name, made if there is none yet.
pass_report& row(pass_table& table, const char* name);

/// All passes in turn, until none of them makes progress any more or the budget is used up.
void run_schedule_passes(schedule_shrinker& s, pass_table& table);

}  // namespace tenthrule::shrinking
