#pragma once

/// A scenario as plain data: which kernel, which machine, which futex words, and what each task does.
///
/// Tasks, words, steps and signals are named by their index in the file they came from. What shrinking
/// takes away stays in its vector, marked `dropped`: everything else then keeps its index, and tasks and
/// events keep the numbers by which a schedule calls them.
///
/// Numbers of actors in an execution:
///   tasks    0, 1, … in the order of the file; a dropped task still occupies its number.
///   events   64, 65, …: first the arrivals, in the order of the tasks that arrive (or did, before that
///            was taken away), then the signals in the order of the file (dropped ones, too), then one
///            timer for each task, in the order of the tasks.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "kernel/operations.hpp"
#include "kernel/patches.hpp"
#include "kernel/system.hpp"
#include "runtime/rules.hpp"
#include "scenarios/diagnostics.hpp"

namespace tenthrule::scenarios {

inline constexpr unsigned tasks_in_file_max = 64;  ///< whatever an execution can have
inline constexpr unsigned words_max = 64;
inline constexpr unsigned steps_max = 256;  ///< of one task
inline constexpr unsigned buckets_max = 64;
inline constexpr unsigned repeats_max = 1'000;
inline constexpr unsigned faults_max = 8;  ///< of one word
inline constexpr unsigned retries_max = 1'000;
inline constexpr unsigned cpus_max = 64;
inline constexpr unsigned name_length_max = 64;

struct kernel_choice {
    std::string version = "v6.8";
    kernel::patch_set with;     ///< added to those of the version
    kernel::patch_set without;  ///< taken away from them
    kernel::preempt_model preempt = kernel::preempt_model::full;
};

struct word {
    std::string name;
    kernel::word_kind kind = kernel::word_kind::plain;
    std::uint32_t value = 0;            ///< ignored if it has an owner
    std::optional<std::uint8_t> owner;  ///< the task whose TID it holds from the beginning
    std::uint8_t bucket = 0;
    bool robust = false;      ///< whoever owns it has it on its robust list
    std::uint8_t faults = 0;  ///< how often at most its page may be absent when the kernel touches it
    bool dropped = false;
};

/// What a step may return.
struct result_set {
    bool count = false;                  ///< any number from 0
    std::vector<std::uint32_t> numbers;  ///< these numbers; 0 is "ok". Ascending
    std::vector<int> errors;             ///< errno values. Ascending

    bool allows(long result) const;
    friend bool operator==(const result_set&, const result_set&) = default;
};

enum class condition_kind : std::uint8_t {
    always,
    owner,        ///< the word holds the task's TID
    not_owner,    ///< it does not
    ok,           ///< the last step carried out succeeded
    failed,       ///< it did not
    returned,     ///< it failed with this error
    word_is,      ///< the word has this value
    word_is_not,  ///< it has another one
};

struct condition {
    condition_kind kind = condition_kind::always;
    std::uint8_t word = 0;    ///< owner, not_owner, word_is, word_is_not
    int error = 0;            ///< returned: errno
    std::uint32_t value = 0;  ///< word_is, word_is_not
    friend bool operator==(const condition&, const condition&) = default;
};

struct step {
    std::string name;  ///< may be empty
    kernel::call what;
    result_set returns;
    condition only_if;  ///< `if`: else the step is skipped
    condition as_long;  ///< `while`: done again as long as this holds, perhaps not at all
    condition until;    ///< `until`: done again until this holds, at least once
    unsigned repeat = 1;
    bool dropped = false;
    place at;
};

/// The moment when a task has got past its first `steps` steps (done or skipped) for the first time;
/// 0: when it begins to run.
struct step_reference {
    std::uint8_t task = 0;
    std::uint16_t steps = 0;
    friend bool operator==(const step_reference&, const step_reference&) = default;
};

enum class task_start : std::uint8_t {
    boot,     ///< runnable from the beginning
    arrives,  ///< by an event, at any time (if `after` is set: from then on)
    after,    ///< as soon as another task has got past a step
};

struct task {
    std::string name;
    policy sched = policy::other;
    int priority = 0;            ///< fifo and rr: 1..99
    std::uint64_t affinity = 0;  ///< bit c: may run on CPU c; 0: on all
    task_start start = task_start::boot;
    std::optional<step_reference> after;
    unsigned repeat = 1;
    std::vector<step> steps;
    bool dropped = false;
    bool arrival_dropped = false;  ///< it arrived once: the event keeps its number, but never happens
    place at;
};

struct signal_source {
    std::string name;
    std::uint8_t task = 0;
    bool restart = true;  ///< its handler has SA_RESTART
    std::optional<step_reference> after;
    bool dropped = false;
    place at;
};

/// Which rules are on: all but `off`, or only `only`. Names of rules.
struct rule_choice {
    std::vector<std::string> off;
    std::vector<std::string> only;
    unsigned retries = 0;  ///< that bounded-retries grants a call; 0: what no schedule can be to blame for
};

/// What is known of one kernel.
struct expectation {
    std::string version;             ///< as written: "v5.15 without 9f5d1c336a10"
    kernel_choice kernel;            ///< what that means, for any preemption model
    std::vector<std::string> rules;  ///< those that may be violated there; none: the version is clean
};

/// What to search with unless the command line says otherwise.
struct exploration {
    std::string strategy;          ///< empty: the tool's default
    std::uint64_t schedules = 0;   ///< 0: the tool's default
    std::uint32_t points_max = 0;  ///< scheduling points of one execution; 0: the engine's default
};

inline constexpr unsigned choices_max = 32;  ///< in one list of [vary]

/// What a campaign may change in the scenario; see variation.hpp. Beside the choices listed there is always
/// what is written.
struct variability {
    struct of_priority {
        std::uint8_t task = 0;
        std::vector<int> priorities;
    };
    struct of_timeout {
        std::uint8_t task = 0;  ///< all its steps that have a timeout
        std::vector<nanoseconds> timeouts;
    };

    std::vector<unsigned> cpus;
    std::vector<kernel::preempt_model> preempt;
    kernel::patch_set patches;        ///< each with or without
    std::vector<std::uint8_t> tasks;  ///< each there or not
    std::vector<of_priority> priorities;
    std::vector<of_timeout> timeouts;
};

struct scenario {
    std::string name;
    std::string about;
    std::string origin;
    std::string file;  ///< as it was given to the loader
    kernel_choice kernel;
    unsigned cpus = 0;  ///< 0: one for every task
    std::vector<word> words;
    std::vector<task> tasks;
    std::vector<signal_source> signals;
    rule_choice rules;
    std::vector<expectation> expect;
    exploration explore;
    variability vary;
};

/// The patches of the kernel that the scenario runs on.
kernel::patch_set effective_patches(const kernel_choice& k);

/// The rules that are on.
rule_set enabled_rules(const scenario& s);
/// All rules that a scenario can name, those of the engine first.
std::vector<const rule*> all_rules();

/// What the file says of the kernel that the scenario is set to run on, under whatever name: the entry with
/// the same patches. nullptr: nothing.
const expectation* expected(const scenario& s);

/// What a well-behaved program may see from the step: the meaning of a step without `returns`. ETIMEDOUT only
/// with a timeout; a step that is repeated `until` something holds may also see EAGAIN, which asks for that.
result_set default_returns(const step& s);
/// Everything that the operation can return.
result_set possible_returns(kernel::op_code op);
/// "ok, EAGAIN or ETIMEDOUT".
std::string to_string(const result_set& r);

/// The word whose ownership a step's `if = "owner"` is about: the first PI word among its arguments.
std::optional<std::uint8_t> owned_word(const scenario& s, const kernel::call& c);

/// Of the first `steps` steps of a task those that are not dropped: what a reference counts when it counts.
unsigned steps_kept(const task& t, unsigned steps);
/// Whether an event stands (or stood, before it was taken away) for the task's arrival.
bool has_arrival(const task& t);
/// Whether the step starts a timer.
bool has_timer(const step& s);
/// Events that the scenario needs at most: arrivals, signals and timers.
unsigned events_count(const scenario& s);

}  // namespace tenthrule::scenarios
