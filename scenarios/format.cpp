#include "scenarios/format.hpp"

#include <array>

namespace tenthrule::scenarios::format {

namespace {

using enum section;

constexpr std::array section_table{
    section_info{scenario, "the scenario"}, section_info{kernel, "[kernel]"},
    section_info{machine, "[machine]"},     section_info{futex, "a futex"},
    section_info{task, "[[task]]"},         section_info{sched, "sched"},
    section_info{step, "a step"},           section_info{signal, "[[signal]]"},
    section_info{rules, "[rules]"},         section_info{explore, "[explore]"},
    section_info{vary, "[vary]"},
};

constexpr std::string_view name_type = "a name of letters, digits, '-' and '_'";
constexpr std::string_view condition_type = R"(a condition such as "owner" or "ETIMEDOUT")";

constexpr std::array key_table{
    key_info{scenario, "name", name_type, "required", "What the scenario is called."},
    key_info{scenario, "about", "a text", "nothing", "What happens in it, in plain words."},
    key_info{scenario, "origin", "a text", "nothing", "Where it comes from: a mail, a commit, a bug report."},
    key_info{scenario, "kernel", "a table", "every default", "The kernel code under test."},
    key_info{scenario, "machine", "a table", "every default", "The machine that it runs on."},
    key_info{scenario, "futex", "a table", "no futex", "The futex words, by name."},
    key_info{scenario, "task", "tables", "required", "The tasks; their order is that of their numbers."},
    key_info{scenario, "signal", "tables", "no signal", "Signals that are sent to tasks."},
    key_info{scenario, "rules", "a table", "all rules are on", "Which rules are on."},
    key_info{
        scenario, "expect", "a table", "nothing is known",
        "By kernel: the rules that may be violated there; [] says that it is clean. A kernel is a version "
        R"(and any number of changes to it: "v5.15 without 9f5d1c336a10".)"},
    key_info{scenario, "explore", "a table", "every default",
             "What to search with, unless the command line says otherwise."},
    key_info{scenario, "vary", "a table", "nothing", "What campaigns may change in the scenario."},

    key_info{kernel, "version", "a version, see 'tenthrule list versions'", R"("v6.8")",
             "The version of the code."},
    key_info{
        kernel, "preempt", R"("none", "full" or "rt")", R"("full")",
        "none: a task inside the kernel keeps its CPU until it sleeps or returns. full: it can be preempted "
        "wherever no spinlock is held. rt: as PREEMPT_RT; bucket locks are sleeping locks that boost."},
    key_info{kernel, "with", "a list of patches, see 'tenthrule list patches'", "none",
             "Single patches to add to the version: commit ids or titles."},
    key_info{kernel, "without", "a list of patches, see 'tenthrule list patches'", "none",
             "Single patches to take away from the version."},

    key_info{machine, "cpus", "an integer, 0 to 64", "0", "How many CPUs; 0: a CPU for every task."},

    key_info{futex, "kind", R"("plain" or "pi")", R"("plain")",
             "plain: the program uses the word as it likes. pi: it holds the TID of the lock's owner."},
    key_info{futex, "value", "an integer, 0 to 4294967295", "0", "The word's value at the beginning."},
    key_info{futex, "owner", "the name of a task", "nobody",
             "pi: the task that owns the lock at the beginning, as after a fast-path lock in user space."},
    key_info{futex, "bucket", "an integer, 0 to 63", "0",
             "The hash bucket of the word; words with the same number collide."},
    key_info{futex, "robust", "true or false", "false",
             "pi: whoever owns the lock has it on its robust list; see set_robust_list(2)."},
    key_info{
        futex, "faults", "an integer, 0 to 8", "0",
        "How often at most an execution may find the word's page absent when the kernel touches it; each "
        "time is a decision of the schedule."},

    key_info{task, "name", name_type, "required", "What the task is called."},
    key_info{task, "sched", R"(a table such as { policy = "fifo", priority = 10 })",
             R"({ policy = "other" })", "Its scheduling policy and priority."},
    key_info{task, "affinity", "a list of CPU numbers", "all CPUs", "The CPUs that it may run on."},
    key_info{task, "start", R"("boot" or "arrives")", R"("boot")",
             "boot: runnable from the beginning. arrives: becomes runnable at any time (an event)."},
    key_info{
        task, "after", R"(a step such as "waker.2")", "nothing to wait for",
        R"(Alone: runnable as soon as that step is done. With start = "arrives": at any time from then on. )"
        R"("waker.2" is the second step of waker, "waker.unlock" the one of that name, "waker.start" the )"
        "moment when waker begins to run."},
    key_info{task, "repeat", "an integer, 1 to 1000", "1", "How many times it goes through its steps."},
    key_info{task, "steps", "a list of steps", "required", "What it does, in order."},
    key_info{task, "dropped", R"("task" or "arrival")", "nothing",
             "Written by the tool: shrinking took the task (or its arrival event) away, but its number stays "
             "taken."},

    key_info{sched, "policy", R"("fifo", "rr" or "other")", R"("other")",
             "As in sched_setscheduler(2). Any fifo or rr task goes before all others."},
    key_info{sched, "priority", "an integer, 1 to 99", "required for fifo and rr",
             "As in sched_setscheduler(2): a larger number is more urgent."},

    key_info{step, "op", "an operation, see 'tenthrule list operations'", "required", "What the task does."},
    key_info{step, "name", name_type, "its number",
             "A name by which other tasks and signals can refer to the step."},
    key_info{step, "returns", R"(a list of results such as "ok" or "ETIMEDOUT")",
             "what a well-behaved program may see",
             "What the operation may return; anything else violates the rule unexpected-error."},
    key_info{step, "if", condition_type, "always", "The step is skipped unless this holds."},
    key_info{step, "while", condition_type, "once",
             "The step is done again and again as long as this holds; it is tested before each time."},
    key_info{step, "until", condition_type, "once",
             "The step is done again and again until this holds; it is tested after each time."},
    key_info{step, "repeat", "an integer, 1 to 1000", "1", "How many times the step is done."},

    key_info{signal, "name", name_type, "signal", "What the signal is called."},
    key_info{signal, "task", "the name of a task", "required", "The task that it is sent to."},
    key_info{signal, "restart", "true or false", "true",
             "Whether its handler has SA_RESTART, so that interrupted calls are restarted where that is "
             "possible."},
    key_info{signal, "after", R"(a step such as "waker.2")", "at any time",
             "The signal may come at any time after that step is done. It comes once at most."},
    key_info{signal, "dropped", "true or false", "false",
             "Written by the tool: shrinking took the signal away, but its number stays taken."},

    key_info{rules, "off", "a list of rules, see 'tenthrule list rules'", "none",
             "Rules that are not checked."},
    key_info{rules, "only", "a list of rules, see 'tenthrule list rules'", "all",
             "The only rules that are checked."},
    key_info{rules, "retries", "an integer, 1 to 1000", "only what no schedule can be to blame for",
             "How many times one call may go round an internal retry loop before bounded-retries is "
             "violated."},

    key_info{explore, "strategy", "a strategy, see 'tenthrule list strategies'", "the tool's default",
             R"(The search strategy with its parameters, such as "pct:depth=3".)"},
    key_info{explore, "schedules", "an integer, 1 to 1000000000000", "the tool's default",
             "How many schedules to try."},
    key_info{explore, "points_max", "an integer, 100 to 1000000", "10000",
             "Scheduling points after which an execution is taken for endless."},

    key_info{vary, "cpus", "a list of integers, 0 to 64", "as written", "Other numbers of CPUs."},
    key_info{vary, "preempt", R"(a list of "none", "full" and "rt")", "as written",
             "Other preemption models."},
    key_info{vary, "patches", "a list of patches, see 'tenthrule list patches'", "as the kernel has them",
             "Patches that may each be there or not, whatever the kernel's version."},
    key_info{vary, "tasks", "a list of names of tasks", "all of them are there",
             "Tasks that may each be left out, with whatever others say of them."},
    key_info{vary, "priorities", "a table of lists such as { waiter = [10, 90] }", "as written",
             "By name of a fifo or rr task: other priorities for it."},
    key_info{vary, "timeouts", R"(a table of lists such as { waiter = ["1ms", "9ms"] })", "as written",
             "By name of a task: other timeouts for all its steps that have one, each a whole number up to "
             "4095 and a unit."},
};

constexpr std::array preempt_table{
    word_of<kernel::preempt_model>{"none", kernel::preempt_model::none},
    word_of<kernel::preempt_model>{"full", kernel::preempt_model::full},
    word_of<kernel::preempt_model>{"rt", kernel::preempt_model::rt},
};
constexpr std::array kind_table{
    word_of<kernel::word_kind>{"plain", kernel::word_kind::plain},
    word_of<kernel::word_kind>{"pi", kernel::word_kind::pi},
};
constexpr std::array policy_table{
    word_of<policy>{"fifo", policy::fifo},
    word_of<policy>{"rr", policy::rr},
    word_of<policy>{"other", policy::other},
};
constexpr std::array start_table{
    word_of<task_start>{"boot", task_start::boot},
    word_of<task_start>{"arrives", task_start::arrives},
};
constexpr std::array clock_table{
    word_of<kernel::clock_id>{"monotonic", kernel::clock_id::monotonic},
    word_of<kernel::clock_id>{"realtime", kernel::clock_id::realtime},
};
constexpr std::array wake_op_table{
    word_of<kernel::wake_op_kind>{"set", kernel::wake_op_kind::set},
    word_of<kernel::wake_op_kind>{"add", kernel::wake_op_kind::add},
    word_of<kernel::wake_op_kind>{"or", kernel::wake_op_kind::bit_or},
    word_of<kernel::wake_op_kind>{"andn", kernel::wake_op_kind::and_not},
    word_of<kernel::wake_op_kind>{"xor", kernel::wake_op_kind::bit_xor},
    word_of<kernel::wake_op_kind>{"invalid", kernel::wake_op_kind::bad},
};
constexpr std::array compare_table{
    word_of<kernel::wake_op_compare>{"eq", kernel::wake_op_compare::eq},
    word_of<kernel::wake_op_compare>{"ne", kernel::wake_op_compare::ne},
    word_of<kernel::wake_op_compare>{"lt", kernel::wake_op_compare::lt},
    word_of<kernel::wake_op_compare>{"le", kernel::wake_op_compare::le},
    word_of<kernel::wake_op_compare>{"gt", kernel::wake_op_compare::gt},
    word_of<kernel::wake_op_compare>{"ge", kernel::wake_op_compare::ge},
    word_of<kernel::wake_op_compare>{"invalid", kernel::wake_op_compare::bad},
};

constexpr std::array access_table{
    word_of<kernel::page_access>{"read-write", kernel::page_access::read_write},
    word_of<kernel::page_access>{"read-only", kernel::page_access::read_only},
    word_of<kernel::page_access>{"none", kernel::page_access::none},
};

}  // namespace

std::span<const section_info> all_sections() {
    return section_table;
}

std::span<const key_info> all_keys() {
    return key_table;
}

std::string_view title(section s) {
    return section_table[static_cast<std::size_t>(s)].title;
}

const key_info* find_key(section s, std::string_view name) {
    for (const key_info& k : key_table) {
        if (k.in == s && k.name == name) {
            return &k;
        }
    }
    return nullptr;
}

std::string_view type_of(kernel::argument a) {
    using enum kernel::argument;
    switch (a) {
        case kernel::argument::futex:
        case to:
        case mutex:
            return "the name of a futex";
        case value:
        case bits:
        case operand:
        case compare_with:
            return "an integer, 0 to 4294967295";
        case wake_count:
        case move_count:
            return R"(an integer, or "all")";
        case timeout:
        case duration:
            return R"(a duration such as "5ms", "250us" or "2s")";
        case clock:
            return R"("monotonic" or "realtime")";
        case operation:
            return R"("set", "add", "or", "andn", "xor" or "invalid")";
        case compare:
            return R"("eq", "ne", "lt", "le", "gt", "ge" or "invalid")";
        case priority:
            return "an integer, 1 to 99";
        case access:
            return R"("read-write", "read-only" or "none")";
        case kernel::argument::task:
            return "the name of a task";
    }
    return {};
}

std::span<const word_of<kernel::preempt_model>> preempt_models() {
    return preempt_table;
}
std::span<const word_of<kernel::word_kind>> word_kinds() {
    return kind_table;
}
std::span<const word_of<policy>> policies() {
    return policy_table;
}
std::span<const word_of<task_start>> starts() {
    return start_table;
}
std::span<const word_of<kernel::clock_id>> clocks() {
    return clock_table;
}
std::span<const word_of<kernel::wake_op_kind>> wake_operations() {
    return wake_op_table;
}
std::span<const word_of<kernel::wake_op_compare>> wake_comparisons() {
    return compare_table;
}
std::span<const word_of<kernel::page_access>> accesses() {
    return access_table;
}

}  // namespace tenthrule::scenarios::format
