#include "scenarios/validate.hpp"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

#include "scenarios/kernel_name.hpp"
#include "scenarios/reachability.hpp"
#include "scenarios/roles.hpp"

namespace tenthrule::scenarios {

namespace {

using part = locus::part;

class checker {
public:
    explicit checker(const scenario& s) : s_(s) {}

    std::vector<problem> run() {
        check_kernel();
        for (unsigned w = 0; w < s_.words.size(); ++w) {
            check_word(w);
        }
        if (std::all_of(s_.tasks.begin(), s_.tasks.end(), [](const task& t) { return t.dropped; })) {
            error({part::scenario, 0, 0, {}}, "no task; expected at least one [[task]]");
        }
        for (unsigned t = 0; t < s_.tasks.size(); ++t) {
            if (!s_.tasks[t].dropped) check_task(t);
        }
        if (const unsigned n = events_count(s_); n > events_max) {
            error({part::scenario, 0, 0, {}},
                  fmt::format("{} arrivals, signals and tasks with timeouts; expected at most {}", n,
                              events_max));
        }
        if (!has_errors_) check_decisions();
        return std::move(problems_);
    }

private:
    void error(locus where, std::string message) {
        has_errors_ = true;
        problems_.push_back({severity::error, where, std::move(message)});
    }
    void warning(locus where, std::string message) {
        problems_.push_back({severity::warning, where, std::move(message)});
    }

    void check_kernel() {
        for (const kernel::patch_info& p : kernel::all_patches()) {
            if (s_.kernel.with.contains(p.id) && s_.kernel.without.contains(p.id)) {
                error({part::kernel, 0, 0, "without"},
                      fmt::format("{} is in 'with' and in 'without'; expected it in one of them", p.commit));
            }
        }
        for (idle_patch& idle : idle_patches(s_.kernel)) {
            warning({part::kernel, 0, 0, idle.added ? "with" : "without"}, std::move(idle.message));
        }
    }

    void check_word(unsigned w) {
        const word& it = s_.words[w];
        if (it.dropped) {
            return;
        }
        const auto refuse = [&](std::string_view key) {
            error({part::word, w, 0, key},
                  fmt::format("'{}' is a plain futex, which nobody owns; expected kind = \"pi\"", it.name));
        };
        if (it.kind != kernel::word_kind::pi && it.owner) refuse("owner");
        if (it.kind != kernel::word_kind::pi && it.robust) refuse("robust");
        if (!is_used(s_, static_cast<std::uint8_t>(w))) {
            warning({part::word, w, 0, {}}, fmt::format("no step uses the futex '{}'", it.name));
        }
    }

    void check_task(unsigned t) {
        const task& it = s_.tasks[t];
        check_affinity(t);
        check_start(t);
        check_rounds(t);
        for (unsigned i = 0; i < it.steps.size(); ++i) {
            if (!it.steps[i].dropped) check_step(t, i);
        }
        for (unreachable& u : find_unreachable(s_, t)) {
            error({part::step, t, u.step, u.key}, std::move(u.message));
        }
    }

    void check_rounds(unsigned t) {
        const task& it = s_.tasks[t];
        const bool ends = std::any_of(it.steps.begin(), it.steps.end(), [](const step& i) {
            return !i.dropped && i.what.op == kernel::op_code::exit &&
                   i.only_if.kind == condition_kind::always;
        });
        if (ends && it.repeat != 1) {
            error({part::task, t, 0, "repeat"},
                  fmt::format("'{}' ends in its first round; expected no 'repeat', or an 'if' beside 'exit'",
                              it.name));
        }
    }

    void check_affinity(unsigned t) {
        const std::uint64_t mask = s_.tasks[t].affinity;
        if (mask == 0) {
            return;
        }
        if (s_.cpus == 0) {
            error({part::task, t, 0, "affinity"},
                  "an affinity on a machine with a CPU for every task; expected cpus of at least 1");
            return;
        }
        const std::uint64_t there = s_.cpus >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << s_.cpus) - 1;
        if (const std::uint64_t missing = mask & ~there; missing != 0) {
            error({part::task, t, 0, "affinity"},
                  fmt::format("there is no CPU {}; expected 0 to {} (cpus = {})", std::countr_zero(missing),
                              s_.cpus - 1, s_.cpus));
        }
    }

    // Each task waits for one other at most, so from each there is one way to go.
    void check_start(unsigned t) {
        const task& it = s_.tasks[t];
        if (!it.after) {
            return;
        }
        std::string way = fmt::format("'{}' starts after '{}'", it.name, s_.tasks[it.after->task].name);
        unsigned lowest = t;
        unsigned at = it.after->task;
        for (std::size_t steps = 0; steps < s_.tasks.size() && at != t; ++steps) {
            const task& next = s_.tasks[at];
            if (!next.after) {
                return;
            }
            lowest = std::min(lowest, at);
            way += fmt::format(", which starts after '{}'", s_.tasks[next.after->task].name);
            at = next.after->task;
        }
        if (at == t && lowest == t) {
            error({part::task, t, 0, "after"}, way + "; expected one that starts by itself");
        }
    }

    void check_loops(unsigned t, unsigned i) {
        const step& it = s_.tasks[t].steps[i];
        std::vector<std::string_view> loops;
        if (it.repeat != 1) loops.emplace_back("repeat");
        if (it.as_long.kind != condition_kind::always) loops.emplace_back("while");
        if (it.until.kind != condition_kind::always) loops.emplace_back("until");
        if (it.what.op == kernel::op_code::exit && !loops.empty()) {
            error({part::step, t, i, loops.front()},
                  fmt::format("'exit' with '{}', but a task ends only once; expected 'if' or nothing",
                              loops.front()));
        } else if (loops.size() > 1) {
            error({part::step, t, i, loops.back()},
                  "two kinds of repetition in one step; expected one of repeat, while and until");
        }
    }

    void check_step(unsigned t, unsigned i) {
        const step& it = s_.tasks[t].steps[i];
        check_loops(t, i);
        check_kind(t, i, kernel::argument::futex, it.what.futex);
        check_kind(t, i, kernel::argument::to, it.what.to);
        check_kind(t, i, kernel::argument::mutex, it.what.to);
        if (it.what.op == kernel::op_code::set_priority) {
            const unsigned whose = it.what.task == 0xff ? t : it.what.task;
            if (whose < s_.tasks.size() && s_.tasks[whose].sched == policy::other) {
                error({part::step, t, i, it.what.task == 0xff ? "op" : "task"},
                      fmt::format("'{}' has no priority (its policy is other); expected a fifo or rr task",
                                  s_.tasks[whose].name));
            }
        }
    }

    void check_kind(unsigned t, unsigned i, kernel::argument a, std::uint8_t w) {
        const kernel::call& c = s_.tasks[t].steps[i].what;
        const kernel::operation_info& o = kernel::info(c.op);
        const std::optional<kernel::word_kind> wanted = wanted_kind(c.op, a);
        if (!o.takes(a) || w >= s_.words.size() || !wanted || s_.words[w].kind == *wanted) {
            return;
        }
        const std::string_view key = kernel::all_arguments()[static_cast<std::size_t>(a)].name;
        if (*wanted == kernel::word_kind::pi) {
            error({part::step, t, i, key},
                  fmt::format("'{}' is a plain futex; '{}' expected one of kind \"pi\"", s_.words[w].name,
                              o.name));
        } else {
            warning({part::step, t, i, key},
                    fmt::format("'{}' is a pi futex; '{}' is meant for one of kind \"plain\"",
                                s_.words[w].name, o.name));
        }
    }

    void check_decisions() {
        if (!leaves_decisions(s_)) {
            warning(
                {part::machine, 0, 0, "cpus"},
                "there is only one schedule: nothing is left to decide; expected more than one CPU, a task "
                "that arrives, a timeout or a signal");
        }
    }

    const scenario& s_;
    std::vector<problem> problems_;
    bool has_errors_ = false;
};

}  // namespace

std::vector<problem> validate(const scenario& s) {
    return checker(s).run();
}

bool is_valid(const scenario& s) {
    const std::vector<problem> all = validate(s);
    return std::none_of(all.begin(), all.end(), [](const problem& p) { return p.level == severity::error; });
}

}  // namespace tenthrule::scenarios
