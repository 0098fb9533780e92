#pragma once

/// Small programs as data, for tests of everything that works on a test_case: counters, locks, flags and
/// timers, with as much noise as a test wants.

#include <memory>
#include <string>
#include <vector>

#include "shrink/test_case.hpp"

namespace tenthrule::toy {

enum class op : std::uint8_t {
    load,               ///< remembers the counter's value
    store,              ///< stores what was remembered, plus one; nothing if nothing was
    add,                ///< atomically adds one to the counter
    lock,               ///< takes the lock
    unlock,             ///< gives it back; an assertion fails if it is not the holder
    noise,              ///< reads a variable of its own
    wait,               ///< if the flag is not set: sleeps until woken (checks and sleeps in two steps)
    set,                ///< sets the flag and wakes the sleeper
    timed_wait,         ///< sleeps until the flag is set or a timer fires; then an assertion fails
    choose,             ///< chooses one of `object` + 2 values; the last one is remembered by the task
    expect,             ///< an assertion fails if the counter has a value of at least `limit`
    expect_not_chosen,  ///< an assertion fails if the task's last choose gave its last value
};

struct step {
    toy::op op = op::noise;
    unsigned object = 0;
    unsigned limit = 0;
};

struct task {
    std::string name;
    std::vector<step> steps;
    start_mode start = start_mode::boot;
    policy sched = policy::other;
    int priority = 0;
};

/// Every counter must in the end have been increased as often as somebody did it.
struct description {
    std::string name = "toy";
    std::vector<task> tasks;
    unsigned cpus = 0;
    bool cpus_stay = false;  ///< the number of CPUs is no reduction
    rule_set rules;
    std::uint32_t points_max = 1'000;
    /// Not a program as it should be: it takes another way in every other execution.
    bool moody = false;
};

/// Offers to drop tasks, to drop steps, to let tasks start at boot, and to give every task a CPU.
std::shared_ptr<const test_case> make_case(description d);

/// Codes of its reductions.
constexpr std::uint32_t drop_task(unsigned t) {
    return t;
}
constexpr std::uint32_t drop_step(unsigned t, unsigned s) {
    return 0x1000 + t * 0x100 + s;
}
constexpr std::uint32_t start_at_boot(unsigned t) {
    return 0x10000 + t;
}
inline constexpr std::uint32_t cpu_per_task = 0x20000;

/// How many steps in all are left in the case.
std::string describe(const test_case& c);

// ---- Steps in short

constexpr step load(unsigned counter) {
    return {op::load, counter, 0};
}
constexpr step store(unsigned counter) {
    return {op::store, counter, 0};
}
constexpr step add(unsigned counter) {
    return {op::add, counter, 0};
}
constexpr step lock(unsigned l) {
    return {op::lock, l, 0};
}
constexpr step unlock(unsigned l) {
    return {op::unlock, l, 0};
}
constexpr step noise() {
    return {op::noise, 0, 0};
}
constexpr step wait(unsigned flag) {
    return {op::wait, flag, 0};
}
constexpr step set(unsigned flag) {
    return {op::set, flag, 0};
}
constexpr step timed_wait(unsigned flag) {
    return {op::timed_wait, flag, 0};
}
constexpr step choose(unsigned values) {
    return {op::choose, values - 2, 0};
}
constexpr step expect_below(unsigned counter, unsigned limit) {
    return {op::expect, counter, limit};
}
constexpr step expect_not_chosen() {
    return {op::expect_not_chosen, 0, 0};
}

/// `count` times noise.
std::vector<step> noises(unsigned count);
/// The steps of all of them, one after the other.
std::vector<step> steps(std::initializer_list<std::vector<step>> parts);

}  // namespace tenthrule::toy
