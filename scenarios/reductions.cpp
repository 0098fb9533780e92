#include "scenarios/reductions.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <set>

#include <fmt/format.h>

#include "scenarios/durations.hpp"
#include "scenarios/roles.hpp"
#include "scenarios/validate.hpp"

namespace tenthrule::scenarios {

namespace {

constexpr unsigned kinds_max = 16;
constexpr unsigned a_max = 64;
constexpr unsigned b_max = 256;

struct parts {
    reduction_kind kind;
    unsigned a;
    unsigned b;
    unsigned c;
};

parts decode(std::uint32_t code) {
    return {static_cast<reduction_kind>(code % kinds_max), code / kinds_max % a_max,
            code / kinds_max / a_max % b_max, code / kinds_max / a_max / b_max};
}

// In the lower bits the unit, above them how many of it.
constexpr std::array<nanoseconds, 4> timeout_units{1, 1'000, 1'000'000, 1'000'000'000};
constexpr unsigned timeout_numbers = 4'096;

// 0: stands for no timeout.
nanoseconds timeout_of_code(unsigned c) {
    const nanoseconds timeout = timeout_units[c % timeout_units.size()] * (c / timeout_units.size());
    return timeout <= duration_max ? timeout : 0;
}

// Each edit returns false if it does not apply. What it leaves may still be no valid scenario.
class editor {
public:
    explicit editor(scenario& s) : s_(s) {}

    bool edit(const parts& p) {
        switch (p.kind) {
            case reduction_kind::drop_task:
                return task_at(p.a) != nullptr && drop_task(p.a);
            case reduction_kind::drop_step:
                return step_at(p.a, p.b) != nullptr && drop_step(p.a, p.b);
            case reduction_kind::drop_timeout:
                return step_at(p.a, p.b) != nullptr &&
                       (p.c == 0 ? drop_timeout(p.a, p.b) : set_timeout(p.a, p.b, p.c));
            case reduction_kind::drop_signal:
                return drop_signal(p.a);
            case reduction_kind::repeat_step:
                return step_at(p.a, p.b) != nullptr && fewer(step_at(p.a, p.b)->repeat, p.c);
            case reduction_kind::repeat_task:
                return task_at(p.a) != nullptr && fewer(task_at(p.a)->repeat, p.c);
            case reduction_kind::start_at_boot:
                return task_at(p.a) != nullptr && start_at_boot(*task_at(p.a));
            case reduction_kind::start_after:
                return task_at(p.a) != nullptr && task_at(p.b) != nullptr && start_after(p.a, p.b, p.c);
            case reduction_kind::machine:
                return p.b == 0 ? shrink_machine(p.a) : set_cpus(p.b - 1);
            case reduction_kind::drop_affinity:
                return task_at(p.a) != nullptr && std::exchange(task_at(p.a)->affinity, 0) != 0;
            case reduction_kind::same_priority:
                return p.c != 0
                           ? task_at(p.a) != nullptr && set_priority(p.a, p.c)
                           : task_at(p.a) != nullptr && task_at(p.b) != nullptr && same_priority(p.a, p.b);
            case reduction_kind::policy_fifo:
                return task_at(p.a) != nullptr && task_at(p.a)->sched == policy::rr &&
                       (task_at(p.a)->sched = policy::fifo, true);
            case reduction_kind::first_bucket:
                return word_at(p.a) != nullptr && std::exchange(word_at(p.a)->bucket, 0) != 0;
            case reduction_kind::drop_futex:
                return word_at(p.a) != nullptr && !is_used(s_, static_cast<std::uint8_t>(p.a)) &&
                       (word_at(p.a)->dropped = true);
            case reduction_kind::drop_condition:
                return step_at(p.a, p.b) != nullptr && drop_condition(*step_at(p.a, p.b), p.c);
            case reduction_kind::plain_memory:
                return word_at(p.a) != nullptr && plain_memory(*word_at(p.a), p.b, p.c);
        }
        return false;
    }

private:
    task* task_at(unsigned i) {
        return i < s_.tasks.size() && !s_.tasks[i].dropped ? &s_.tasks[i] : nullptr;
    }
    step* step_at(unsigned i, unsigned j) {
        task* const t = task_at(i);
        return t != nullptr && j < t->steps.size() && !t->steps[j].dropped ? &t->steps[j] : nullptr;
    }
    word* word_at(unsigned i) {
        return i < s_.words.size() && !s_.words[i].dropped ? &s_.words[i] : nullptr;
    }

    bool drop_task(unsigned i) {
        s_.tasks[i].dropped = true;
        s_.tasks[i].after.reset();
        for (task& t : s_.tasks) {
            if (t.after && t.after->task == i) {
                t.after.reset();
                if (t.start == task_start::after) t.start = task_start::boot;
            }
            for (step& s : t.steps) {
                if (s.what.op == kernel::op_code::set_priority && s.what.task == i) s.dropped = true;
            }
        }
        for (signal_source& g : s_.signals) {
            if (g.task == i) g.dropped = true;
            if (g.after && g.after->task == i) g.after.reset();
        }
        for (word& w : s_.words) {
            if (w.owner == i) w.owner.reset();
        }
        return all_tasks_have_steps();
    }

    bool all_tasks_have_steps() const {
        return std::all_of(s_.tasks.begin(), s_.tasks.end(), [](const task& t) {
            return t.dropped || steps_kept(t, static_cast<unsigned>(t.steps.size())) != 0;
        });
    }

    bool drop_step(unsigned i, unsigned j) {
        s_.tasks[i].steps[j].dropped = true;
        return all_tasks_have_steps();
    }

    bool drop_timeout(unsigned i, unsigned j) {
        step& s = s_.tasks[i].steps[j];
        if (!s.what.has_timeout) {
            return false;
        }
        const bool usual = s.returns == default_returns(s);
        s.what.has_timeout = false;
        s.what.timeout = 0;
        s.what.clock = kernel::clock_id::monotonic;
        std::erase(s.returns.errors, ETIMEDOUT);
        if (usual) s.returns = default_returns(s);
        return s.returns != result_set{};
    }

    bool set_timeout(unsigned i, unsigned j, unsigned coded) {
        kernel::call& call = s_.tasks[i].steps[j].what;
        const nanoseconds timeout = timeout_of_code(coded);
        return call.has_timeout && timeout != 0 && std::exchange(call.timeout, timeout) != timeout;
    }

    bool drop_signal(unsigned i) {
        return i < s_.signals.size() && !std::exchange(s_.signals[i].dropped, true);
    }

    static bool fewer(unsigned& repeat, unsigned n) {
        return n >= 1 && n < std::exchange(repeat, n);
    }

    static bool start_at_boot(task& t) {
        if (t.start == task_start::boot) {
            return false;
        }
        t.arrival_dropped = has_arrival(t);
        t.start = task_start::boot;
        t.after.reset();
        return true;
    }

    bool start_after(unsigned i, unsigned other, unsigned steps) {
        task& t = s_.tasks[i];
        const task& o = s_.tasks[other];
        const bool step_is_kept = steps == 0 || (steps <= o.steps.size() && !o.steps[steps - 1].dropped);
        if (i == other || t.start != task_start::arrives || !step_is_kept) {
            return false;
        }
        t.arrival_dropped = true;
        t.start = task_start::after;
        t.after = step_reference{static_cast<std::uint8_t>(other), static_cast<std::uint16_t>(steps)};
        return true;
    }

    bool shrink_machine(unsigned cpus) {
        if (cpus >= s_.cpus) {
            return false;
        }
        s_.cpus = cpus;
        const std::uint64_t there = (std::uint64_t{1} << cpus) - 1;
        for (task& t : s_.tasks) {
            const bool nowhere = cpus != 0 && !t.dropped && t.affinity != 0 && (t.affinity & there) == 0;
            if (nowhere) {
                return false;
            }
            t.affinity &= there;
            if (t.affinity == there) t.affinity = 0;
        }
        return true;
    }

    bool set_cpus(unsigned cpus) {
        if (cpus < s_.cpus) {
            return shrink_machine(cpus);
        }
        return cpus <= cpus_max && std::exchange(s_.cpus, cpus) != cpus;
    }

    bool set_priority(unsigned i, unsigned priority) {
        task& t = s_.tasks[i];
        const int wanted = static_cast<int>(priority);
        return t.sched != policy::other && wanted <= 99 && std::exchange(t.priority, wanted) != wanted;
    }

    bool same_priority(unsigned i, unsigned j) {
        const bool both = s_.tasks[i].sched != policy::other && s_.tasks[j].sched != policy::other;
        return both && std::exchange(s_.tasks[i].priority, s_.tasks[j].priority) != s_.tasks[j].priority;
    }

    static bool drop_condition(step& s, unsigned which) {
        condition* const all[] = {&s.only_if, &s.as_long, &s.until};
        if (which >= std::size(all) || all[which]->kind == condition_kind::always) {
            return false;
        }
        const bool usual = s.returns == default_returns(s);
        *all[which] = {};
        if (usual) s.returns = default_returns(s);
        return true;
    }

    static bool plain_memory(word& w, unsigned which, unsigned faults) {
        if (which == 0 && faults < w.faults) {
            w.faults = static_cast<std::uint8_t>(faults);
            return true;
        }
        return which == 1 && std::exchange(w.robust, false);
    }

    scenario& s_;
};

class proposals {
public:
    explicit proposals(const scenario& s) : s_(s), size_(size_of(s)) {}

    std::vector<reduction_code> all() {
        for (unsigned t = 0; t < s_.tasks.size(); ++t) {
            add(reduction_kind::drop_task, t, 0, 0, fmt::format("drop task {}", s_.tasks[t].name));
        }
        for (unsigned g = 0; g < s_.signals.size(); ++g) {
            add(reduction_kind::drop_signal, g, 0, 0,
                fmt::format("drop {} for {}", s_.signals[g].name, target(g)));
        }
        for (unsigned t = 0; t < s_.tasks.size(); ++t) {
            repetitions(reduction_kind::repeat_task, t, 0, s_.tasks[t].repeat, s_.tasks[t].name);
            of_steps(t);
        }
        for (unsigned t = 0; t < s_.tasks.size(); ++t) {
            starts(t);
        }
        for (unsigned t = 0; t < s_.tasks.size(); ++t) {
            scheduling(t);
        }
        machine();
        for (unsigned w = 0; w < s_.words.size(); ++w) {
            of_word(w);
        }
        return std::move(list_);
    }

private:
    void add(reduction_kind kind, unsigned a, unsigned b, unsigned c, std::string about) {
        const std::uint32_t code = encode(kind, a, b, c);
        if (const std::optional<scenario> smaller = apply(s_, code); smaller && size_of(*smaller) < size_) {
            list_.push_back({code, std::move(about)});
        }
    }

    std::string target(unsigned g) const {
        return s_.tasks[s_.signals[g].task].name;
    }

    std::string step_name(unsigned t, unsigned i) const {
        return fmt::format("step {} of {} ({})", i + 1, s_.tasks[t].name,
                           kernel::info(s_.tasks[t].steps[i].what.op).name);
    }

    void repetitions(reduction_kind kind, unsigned a, unsigned b, unsigned now, const std::string& whose) {
        for (const unsigned n : std::set{1U, now / 2, now - 1}) {
            if (n >= 1 && n < now)
                add(kind, a, b, n, fmt::format("repeat {} {} instead of {} times", whose, n, now));
        }
    }

    void of_steps(unsigned t) {
        const std::vector<step>& steps = s_.tasks[t].steps;
        for (unsigned i = 0; i < steps.size(); ++i) {
            add(reduction_kind::drop_step, t, i, 0, "drop " + step_name(t, i));
        }
        for (unsigned i = 0; i < steps.size(); ++i) {
            add(reduction_kind::drop_timeout, t, i, 0, "no timeout in " + step_name(t, i));
            repetitions(reduction_kind::repeat_step, t, i, steps[i].repeat, step_name(t, i));
            static constexpr const char* keys[] = {"if", "while", "until"};
            for (unsigned k = 0; k < std::size(keys); ++k) {
                add(reduction_kind::drop_condition, t, i, k,
                    fmt::format("no '{}' in {}", keys[k], step_name(t, i)));
            }
        }
    }

    void starts(unsigned t) {
        add(reduction_kind::start_at_boot, t, 0, 0, fmt::format("{} runnable at boot", s_.tasks[t].name));
        if (s_.tasks[t].dropped || s_.tasks[t].start != task_start::arrives) {
            return;
        }
        for (unsigned other = 0; other < s_.tasks.size(); ++other) {
            for (unsigned n = 0; n <= s_.tasks[other].steps.size(); ++n) {
                const std::string after =
                    n == 0 ? "the start of " + s_.tasks[other].name : step_name(other, n - 1);
                add(reduction_kind::start_after, t, other, n,
                    fmt::format("{} starts after {}", s_.tasks[t].name, after));
            }
        }
    }

    void scheduling(unsigned t) {
        for (unsigned other = 0; other < s_.tasks.size(); ++other) {
            add(reduction_kind::same_priority, t, other, 0,
                fmt::format("{} has the priority of {}", s_.tasks[t].name, s_.tasks[other].name));
        }
        add(reduction_kind::policy_fifo, t, 0, 0, fmt::format("{} is a fifo task", s_.tasks[t].name));
        add(reduction_kind::drop_affinity, t, 0, 0, fmt::format("{} may run on all CPUs", s_.tasks[t].name));
    }

    void machine() {
        add(reduction_kind::machine, 0, 0, 0, "a CPU for every task");
        if (s_.cpus > 2) add(reduction_kind::machine, 2, 0, 0, "2 CPUs");
        if (s_.cpus > 3) add(reduction_kind::machine, s_.cpus - 1, 0, 0, fmt::format("{} CPUs", s_.cpus - 1));
        if (s_.cpus > 1) add(reduction_kind::machine, 1, 0, 0, "1 CPU");
    }

    void of_word(unsigned w) {
        const std::string& name = s_.words[w].name;
        const unsigned faults = s_.words[w].faults;
        for (unsigned n = 0; n < faults; ++n) {
            add(reduction_kind::plain_memory, w, 0, n,
                fmt::format("the page of {} absent {} instead of {} times", name, n, faults));
        }
        add(reduction_kind::plain_memory, w, 1, 0, fmt::format("{} on no robust list", name));
        add(reduction_kind::first_bucket, w, 0, 0, fmt::format("bucket 0 for {}", name));
        add(reduction_kind::drop_futex, w, 0, 0, fmt::format("drop futex {}", name));
    }

    const scenario& s_;
    scenario_size size_;
    std::vector<reduction_code> list_;
};

std::uint32_t extras_of(const step& s) {
    std::uint32_t n = 0;
    for (const condition* c : {&s.only_if, &s.as_long, &s.until}) {
        n += c->kind != condition_kind::always ? 1U : 0U;
    }
    return n;
}

}  // namespace

std::uint32_t encode(reduction_kind kind, unsigned a, unsigned b, unsigned c) {
    return static_cast<std::uint32_t>(kind) + kinds_max * (a + a_max * (b + b_max * c));
}

unsigned code_of_timeout(nanoseconds timeout) {
    for (unsigned u = 0; u < timeout_units.size(); ++u) {
        const nanoseconds number = timeout / timeout_units[u];
        if (timeout % timeout_units[u] == 0 && number != 0 && number < timeout_numbers) {
            return static_cast<unsigned>(number * timeout_units.size()) + u;
        }
    }
    return 0;
}

std::vector<reduction_code> reductions(const scenario& s) {
    return proposals(s).all();
}

std::optional<scenario> apply(const scenario& s, std::uint32_t code) {
    std::optional<scenario> smaller = s;
    smaller->vary = {};  // it is about the scenario as written
    if (!editor(*smaller).edit(decode(code)) || !is_valid(*smaller)) smaller.reset();
    return smaller;
}

scenario_size size_of(const scenario& s) {
    scenario_size size;
    std::set<int> priorities;
    for (const task& t : s.tasks) {
        if (t.dropped) {
            continue;
        }
        ++size.tasks;
        size.starts += t.start == task_start::arrives ? 2U : t.start == task_start::after ? 1U : 0U;
        priorities.insert(urgency_of(t.sched, t.priority));
        size.extras += (t.affinity != 0 ? 1U : 0U) + (t.sched == policy::rr ? 1U : 0U);
        for (const step& i : t.steps) {
            if (i.dropped) {
                continue;
            }
            size.steps += i.repeat * t.repeat;
            size.timers += i.what.has_timeout ? 1U : 0U;
            size.extras += extras_of(i);
        }
    }
    size.priorities = static_cast<std::uint32_t>(priorities.size());
    size.cpus = s.cpus;
    for (const signal_source& g : s.signals) {
        size.timers += g.dropped ? 0U : 1U;
    }
    for (const word& w : s.words) {
        if (!w.dropped) size.extras += 1U + (w.bucket != 0 ? 1U : 0U) + (w.robust ? 1U : 0U) + w.faults;
    }
    return size;
}

}  // namespace tenthrule::scenarios
