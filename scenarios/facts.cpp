#include "scenarios/facts.hpp"

#include <climits>
#include <optional>

#include <fmt/format.h>

#include "scenarios/conditions.hpp"
#include "scenarios/durations.hpp"
#include "scenarios/format.hpp"

namespace tenthrule::scenarios {

namespace {

using kernel::argument;

std::string inline_table(const std::vector<fact>& facts) {
    std::string text = "{ ";
    for (const fact& f : facts) {
        text += fmt::format("{}{} = {}", text.size() > 2 ? ", " : "", f.key, f.value);
    }
    return text + " }";
}

template <typename T>
std::string named(std::span<const format::word_of<T>> table, T value) {
    return quoted(format::name_of(table, value));
}

std::string count_text(int n) {
    return n == INT_MAX ? quoted("all") : fmt::format("{}", n);
}

// What a file has to say of an argument; nothing if it is left at its default.
std::optional<std::string> argument_text(const scenario& s, const kernel::call& c, argument a) {
    const kernel::call usual;
    const auto number = [](auto value, auto otherwise) {
        return value == otherwise ? std::nullopt : std::optional(fmt::format("{}", value));
    };
    switch (a) {
        case argument::futex:
            return quoted(s.words[c.futex].name);
        case argument::to:
        case argument::mutex:
            return quoted(s.words[c.to].name);
        case argument::value:
            return c.has_value ? std::optional(fmt::format("{}", c.value)) : std::nullopt;
        case argument::bits:
            return number(c.bits, usual.bits);
        case argument::wake_count:
            return c.wake_count == usual.wake_count ? std::nullopt : std::optional(count_text(c.wake_count));
        case argument::move_count:
            return c.move_count == usual.move_count ? std::nullopt : std::optional(count_text(c.move_count));
        case argument::timeout:
            return c.has_timeout ? std::optional(quoted(duration_text(c.timeout))) : std::nullopt;
        case argument::duration:
            return quoted(duration_text(c.timeout));
        case argument::clock:
            return c.clock == usual.clock ? std::nullopt : std::optional(named(format::clocks(), c.clock));
        case argument::operation:
            return named(format::wake_operations(), c.operation);
        case argument::operand:
            return fmt::format("{}", c.operand);
        case argument::compare:
            return named(format::wake_comparisons(), c.compare);
        case argument::compare_with:
            return fmt::format("{}", c.compare_with);
        case argument::priority:
            return fmt::format("{}", c.priority);
        case argument::access:
            return named(format::accesses(), c.access);
        case argument::task:
            return c.task < s.tasks.size() ? std::optional(quoted(s.tasks[c.task].name)) : std::nullopt;
    }
    return std::nullopt;
}

std::string results_text(const result_set& r) {
    std::vector<std::string> list;
    if (r.count) list.push_back(quoted("count"));
    for (const std::uint32_t n : r.numbers) {
        list.push_back(n == 0 ? quoted("ok") : fmt::format("{}", n));
    }
    for (const int e : r.errors) {
        list.push_back(quoted(kernel::result_name(-e)));
    }
    return fmt::format("[{}]", fmt::join(list, ", "));
}

// By the step's name, if it has one and people are to read it, else by its number among those kept.
std::string reference_text(const scenario& s, const step_reference& r, facts_for purpose) {
    const task& of = s.tasks[r.task];
    const unsigned kept = steps_kept(of, r.steps);
    if (kept == 0) {
        return quoted(of.name + ".start");
    }
    if (purpose == facts_for::file && r.steps <= of.steps.size()) {
        const step& last = of.steps[r.steps - 1U];
        if (!last.dropped && !last.name.empty()) {
            return quoted(fmt::format("{}.{}", of.name, last.name));
        }
    }
    return quoted(fmt::format("{}.{}", of.name, kept));
}

std::string affinity_text(std::uint64_t mask) {
    std::vector<unsigned> cpus;
    for (unsigned c = 0; c < 64; ++c) {
        if (((mask >> c) & 1U) != 0) cpus.push_back(c);
    }
    return fmt::format("[{}]", fmt::join(cpus, ", "));
}

}  // namespace

std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            result += '\\';
            result += c;
        } else if (static_cast<unsigned char>(c) < 0x20U || c == 0x7f) {
            result += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
            result += c;
        }
    }
    return result + "\"";
}

std::string quoted_list(const std::vector<std::string>& texts) {
    std::vector<std::string> list;
    list.reserve(texts.size());
    for (const std::string& t : texts) {
        list.push_back(quoted(t));
    }
    return fmt::format("[{}]", fmt::join(list, ", "));
}

std::vector<fact> kernel_facts(const scenario& s) {
    std::vector<std::string> with;
    std::vector<std::string> without;
    const kernel::version* const v = kernel::find_version(s.kernel.version);
    const kernel::patch_set base = v != nullptr ? v->patches : kernel::patch_set{};
    const kernel::patch_set all = effective_patches(s.kernel);
    for (const kernel::patch_info& p : kernel::all_patches()) {
        if (all.contains(p.id) && !base.contains(p.id)) with.emplace_back(p.commit);
        if (!all.contains(p.id) && base.contains(p.id)) without.emplace_back(p.commit);
    }
    std::vector<fact> facts{{"version", quoted(s.kernel.version)},
                            {"preempt", named(format::preempt_models(), s.kernel.preempt)}};
    if (!with.empty()) facts.push_back({"with", quoted_list(with)});
    if (!without.empty()) facts.push_back({"without", quoted_list(without)});
    return facts;
}

std::vector<fact> word_facts(const scenario& s, unsigned index) {
    const word& w = s.words[index];
    std::vector<fact> facts{{"kind", named(format::word_kinds(), w.kind)}};
    if (w.owner) {
        facts.push_back({"owner", quoted(s.tasks[*w.owner].name)});
    } else if (w.value != 0) {
        facts.push_back({"value", fmt::format("{}", w.value)});
    }
    if (w.bucket != 0) facts.push_back({"bucket", fmt::format("{}", w.bucket)});
    if (w.robust) facts.push_back({"robust", "true"});
    if (w.faults != 0) facts.push_back({"faults", fmt::format("{}", w.faults)});
    return facts;
}

std::vector<fact> task_facts(const scenario& s, unsigned index, facts_for purpose) {
    const task& t = s.tasks[index];
    std::vector<fact> facts;
    if (purpose == facts_for::file || !t.dropped) facts.push_back({"name", quoted(t.name)});
    if (t.dropped) {
        if (has_arrival(t)) facts.push_back({"start", named(format::starts(), task_start::arrives)});
        facts.push_back({"dropped", quoted("task")});
        return facts;
    }
    if (t.sched != policy::other) {
        facts.push_back({"sched", inline_table({{"policy", named(format::policies(), t.sched)},
                                                {"priority", fmt::format("{}", t.priority)}})});
    }
    if (t.affinity != 0) facts.push_back({"affinity", affinity_text(t.affinity)});
    if (t.start == task_start::arrives) facts.push_back({"start", named(format::starts(), t.start)});
    if (t.after) facts.push_back({"after", reference_text(s, *t.after, purpose)});
    if (t.arrival_dropped) facts.push_back({"dropped", quoted("arrival")});
    if (t.repeat != 1) facts.push_back({"repeat", fmt::format("{}", t.repeat)});
    return facts;
}

std::vector<fact> step_facts(const scenario& s, unsigned task_index, unsigned step_index, facts_for purpose) {
    const step& i = s.tasks[task_index].steps[step_index];
    const kernel::operation_info& o = kernel::info(i.what.op);
    std::vector<fact> facts{{"op", quoted(o.name)}};
    if (purpose == facts_for::file && !i.name.empty()) facts.push_back({"name", quoted(i.name)});
    for (const kernel::argument_info& a : kernel::all_arguments()) {
        if (!o.takes(a.id)) {
            continue;
        }
        if (std::optional<std::string> text = argument_text(s, i.what, a.id)) {
            facts.push_back({a.name, *std::move(text)});
        }
    }
    if (purpose == facts_for::digest || i.returns != default_returns(i)) {
        facts.push_back({"returns", results_text(i.returns)});
    }
    const auto add_condition = [&](const char* key, const condition& c) {
        if (c.kind != condition_kind::always) facts.push_back({key, quoted(condition_text(c, s, i.what))});
    };
    add_condition("if", i.only_if);
    add_condition("while", i.as_long);
    add_condition("until", i.until);
    if (i.repeat != 1) facts.push_back({"repeat", fmt::format("{}", i.repeat)});
    return facts;
}

std::vector<fact> signal_facts(const scenario& s, unsigned index, facts_for purpose) {
    const signal_source& g = s.signals[index];
    std::vector<fact> facts;
    if (g.dropped && purpose == facts_for::digest) {
        return {{"dropped", "true"}};
    }
    facts.push_back({"name", quoted(g.name)});
    facts.push_back({"task", quoted(s.tasks[g.task].name)});
    if (!g.restart) facts.push_back({"restart", "false"});
    if (g.dropped) {
        facts.push_back({"dropped", "true"});
    } else if (g.after) {
        facts.push_back({"after", reference_text(s, *g.after, purpose)});
    }
    return facts;
}

std::vector<fact> vary_facts(const scenario& s) {
    const variability& v = s.vary;
    std::vector<fact> facts;
    if (!v.cpus.empty()) facts.push_back({"cpus", fmt::format("[{}]", fmt::join(v.cpus, ", "))});
    std::vector<std::string> names;
    for (const kernel::preempt_model m : v.preempt) {
        names.emplace_back(format::name_of(format::preempt_models(), m));
    }
    if (!names.empty()) facts.push_back({"preempt", quoted_list(names)});
    names.clear();
    for (const kernel::patch_info& p : kernel::all_patches()) {
        if (v.patches.contains(p.id)) names.emplace_back(p.commit);
    }
    if (!names.empty()) facts.push_back({"patches", quoted_list(names)});
    names.clear();
    for (const std::uint8_t t : v.tasks) {
        names.push_back(s.tasks[t].name);
    }
    if (!names.empty()) facts.push_back({"tasks", quoted_list(names)});
    std::vector<fact> by_task;
    for (const variability::of_priority& p : v.priorities) {
        by_task.push_back({quoted(s.tasks[p.task].name), fmt::format("[{}]", fmt::join(p.priorities, ", "))});
    }
    if (!by_task.empty()) facts.push_back({"priorities", inline_table(by_task)});
    by_task.clear();
    for (const variability::of_timeout& t : v.timeouts) {
        names.clear();
        for (const nanoseconds timeout : t.timeouts) {
            names.push_back(duration_text(timeout));
        }
        by_task.push_back({quoted(s.tasks[t.task].name), quoted_list(names)});
    }
    if (!by_task.empty()) facts.push_back({"timeouts", inline_table(by_task)});
    return facts;
}

}  // namespace tenthrule::scenarios
