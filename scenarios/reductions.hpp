#pragma once

/// Ways to make a scenario smaller.
///
/// A reduction is a number: a kind and the indices of what it is about in the original scenario. Since
/// nothing ever changes its index, a list of numbers says what was taken away, and in which order. Some
/// numbers stand for changes that make nothing smaller: variations (variation.hpp) consist of them.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/scenario.hpp"

namespace tenthrule::scenarios {

/// The numbers are part of tokens: never change one, only append.
enum class reduction_kind : std::uint8_t {
    drop_task = 0,        ///< a: task. With its signals, and what others say of it
    drop_step = 1,        ///< a: task, b: step
    drop_timeout = 2,     ///< a: task, b: step, c: 0, or what code_of_timeout says it is instead
    drop_signal = 3,      ///< a: signal
    repeat_step = 4,      ///< a: task, b: step, c: how many times instead
    repeat_task = 5,      ///< a: task, c: how many times instead
    start_at_boot = 6,    ///< a: task
    start_after = 7,      ///< a: task, b: another task, c: how many of its steps come before
    machine = 8,          ///< a: fewer CPUs instead, or b: 1 + any other number of them; 0 CPUs also take all
                          ///< affinities away
    drop_affinity = 9,    ///< a: task
    same_priority = 10,   ///< a: task, b: the task whose priority it gets, or c: what it is instead
    policy_fifo = 11,     ///< a: an rr task
    first_bucket = 12,    ///< a: futex
    drop_futex = 13,      ///< a: a futex that nobody uses any more
    drop_condition = 14,  ///< a: task, b: step, c: 0 if, 1 while, 2 until
    plain_memory = 15,    ///< a: futex, b: 0 its page is absent c times instead, 1 it is on no robust list
};

struct reduction_code {
    std::uint32_t code = 0;
    std::string about;  ///< "drop task waker"
};

/// a < 64, b < 256, c < 16,384.
std::uint32_t encode(reduction_kind kind, unsigned a, unsigned b = 0, unsigned c = 0);

/// A timeout as the `c` of a code; 0 if it is none that can be said so: a whole number from 1 to 4095 and a
/// unit of durations.hpp.
unsigned code_of_timeout(nanoseconds timeout);

/// Everything that can be taken away from `s` now, the most promising first. Deterministic; each of them
/// applies and makes the scenario smaller.
std::vector<reduction_code> reductions(const scenario& s);

/// `s`, original or reduced already, without it. Nothing if the code does not apply or what is left would
/// be no valid scenario. Any number is allowed.
std::optional<scenario> apply(const scenario& s, std::uint32_t code);

/// How big a scenario is; smaller is simpler. In order of importance.
struct scenario_size {
    std::uint32_t tasks = 0;
    std::uint32_t steps = 0;   ///< operations that the tasks perform, without counting loops
    std::uint32_t timers = 0;  ///< operations with a timeout, and signals
    std::uint32_t starts = 0;  ///< 2 for each task that arrives, 1 for each that starts after another's step
    std::uint32_t priorities = 0;  ///< distinct priorities
    std::uint32_t cpus = 0;        ///< 0: a CPU for every task, the machine with the fewest rules
    std::uint32_t extras = 0;      ///< futexes, buckets, absent pages, affinities, conditions, time slices
    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes the comparison with 0 within for a pointer's
    friend auto operator<=>(const scenario_size&, const scenario_size&) = default;
};

scenario_size size_of(const scenario& s);

}  // namespace tenthrule::scenarios
