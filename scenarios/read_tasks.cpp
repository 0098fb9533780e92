// Tasks: who they are, when they start, and the list of their steps.

#include <charconv>

#include <fmt/format.h>

#include "runtime/nearest.hpp"
#include "scenarios/scenario_reader.hpp"

namespace tenthrule::scenarios::loader {

using format::section;
using part = locus::part;

void scenario_reader::read_task(unsigned index, const node& table) {
    const std::size_t before = problems_.errors();
    const table_reader in(table, section::task, {part::task, index, 0, {}}, places_, problems_);
    in.refuse_unknown_keys();
    scenarios::task& to = result_.tasks[index];
    (void)in.name("name");  // it is known already, but may be wrong
    if (const std::optional<std::string> dropped = in.text("dropped")) {
        to.dropped = *dropped == "task";
        to.arrival_dropped = *dropped == "arrival";
        if (!to.dropped && !to.arrival_dropped) in.wrong("dropped", *in.get("dropped"));
    }
    to.repeat = static_cast<unsigned>(in.integer("repeat", 1, repeats_max).value_or(1));
    read_sched(index, in);
    read_affinity(to, in);
    if (!to.dropped || in.has("steps")) read_steps(index, in);
    if (problems_.errors() != before) broken_tasks_.insert(index);
}

void scenario_reader::read_sched(unsigned index, const table_reader& in) {
    const node* const table = in.table("sched");
    if (table == nullptr) {
        return;
    }
    // Its keys are looked for by nobody else, so they need no place of their own.
    place_map elsewhere;
    const table_reader sched(*table, section::sched, {}, elsewhere, problems_);
    sched.refuse_unknown_keys();
    scenarios::task& to = result_.tasks[index];
    to.sched = sched.word("policy", format::policies()).value_or(policy::other);
    const bool known = !sched.has("policy") || sched.get("policy")->is == node::kind::text;
    to.priority = static_cast<int>(sched.integer("priority", 1, 99).value_or(0));
    if (to.sched != policy::other && !sched.has("priority")) {
        problems_.error(table->at,
                        fmt::format(R"(policy "{}" without a priority; expected priority = 1 to 99)",
                                    format::name_of(format::policies(), to.sched)));
    }
    if (to.sched == policy::other && sched.has("priority") && known &&
        (!sched.has("policy") || sched.get("policy")->text == "other")) {
        problems_.error(
            sched.get("priority")->at,
            R"(a priority with policy "other"; expected policy = "fifo" or "rr", or no priority)");
    }
}

void scenario_reader::read_affinity(scenarios::task& to, const table_reader& in) {
    const node* const list = in.list("affinity");
    if (list == nullptr) {
        return;
    }
    if (list->items.empty())
        problems_.error(list->at, "an empty list in 'affinity'; expected at least one CPU");
    for (const node& item : list->items) {
        if (item.is != node::kind::integer || item.integer < 0 ||
            item.integer >= static_cast<int>(cpus_max)) {
            problems_.error(
                item.at,
                item.is == node::kind::integer
                    ? fmt::format("CPU {} in 'affinity'; expected 0 to {}", item.integer, cpus_max - 1)
                    : fmt::format("{} in 'affinity'; expected the number of a CPU", kind_text(item)));
            continue;
        }
        to.affinity |= std::uint64_t{1} << static_cast<unsigned>(item.integer);
    }
}

void scenario_reader::read_start(scenarios::task& to, const table_reader& in) {
    const std::optional<task_start> start = in.word("start", format::starts());
    to.start = start.value_or(task_start::boot);
    to.after = read_reference(in, "after");
    if (!to.after) {
        return;
    }
    if (!in.has("start")) {
        to.start = task_start::after;
    } else if (start == task_start::boot) {
        problems_.error(
            in.get("after")->at,
            R"(start = "boot" together with 'after'; expected one of them, or start = "arrives")");
    }
}

// "waker.2", "waker.unlock" or "waker.start".
std::optional<step_reference> scenario_reader::read_reference(const table_reader& in, std::string_view key) {
    const std::optional<std::string> text = in.text(key);
    if (!text) {
        return std::nullopt;
    }
    const place at = in.get(key)->at;
    const std::size_t dot = text->find('.');
    if (dot == std::string::npos) {
        in.wrong(key, *in.get(key));
        return std::nullopt;
    }
    const std::optional<std::uint8_t> task = find_task(std::string_view(*text).substr(0, dot), at);
    if (!task) {
        return std::nullopt;
    }
    const scenarios::task& of = result_.tasks[*task];
    if (of.dropped) {
        problems_.error(at, fmt::format("'{}' is dropped; expected a step of another task", of.name));
        return std::nullopt;
    }
    const std::string_view name = std::string_view(*text).substr(dot + 1);
    if (name == "start") {
        return step_reference{*task, 0};
    }
    unsigned number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    const bool is_number = error == std::errc{} && end == name.data() + name.size();
    std::vector<std::string_view> names{"start"};
    for (std::size_t i = 0; i < of.steps.size(); ++i) {
        if (is_number ? number == i + 1 : !name.empty() && of.steps[i].name == name) {
            return step_reference{*task, static_cast<std::uint16_t>(i + 1)};
        }
        if (!of.steps[i].name.empty()) names.emplace_back(of.steps[i].name);
    }
    const std::string numbers = of.steps.size() < 2
                                    ? fmt::format("{}.1", of.name)
                                    : fmt::format("{0}.1 to {0}.{1}", of.name, of.steps.size());
    problems_.error(at,
                    fmt::format("'{0}' has no step '{1}'; expected {2}, {0}.start or the name of a step",
                                of.name, name, numbers),
                    nearest(name, names));
    return std::nullopt;
}

void scenario_reader::read_steps(unsigned index, const table_reader& in) {
    const node* const list = in.list("steps");
    if (list == nullptr) {
        return;
    }
    scenarios::task& to = result_.tasks[index];
    if (list->items.empty()) {
        problems_.error(list->at,
                        R"(an empty list in 'steps'; expected at least one step such as { op = "yield" })");
    }
    for (const node& item : list->items) {
        const auto number = static_cast<unsigned>(to.steps.size());
        if (number == steps_max) {
            problems_.error(item.at, fmt::format("more than {0} steps; expected at most {0}", steps_max));
            return;
        }
        to.steps.emplace_back();
        if (item.is != node::kind::table) {
            problems_.error(
                item.at,
                fmt::format(R"({} in 'steps'; expected a step such as {{ op = "yield" }})", kind_text(item)));
            continue;
        }
        read_step(index, number, item);
    }
}

void scenario_reader::read_step(unsigned index, unsigned number, const node& table) {
    const table_reader in(table, section::step, {part::step, index, number, {}}, places_, problems_);
    scenarios::step& to = result_.tasks[index].steps[number];
    to.at = table.at;
    const std::optional<std::string> op = in.text("op");
    const kernel::operation_info* const o = op ? kernel::find_operation(*op) : nullptr;
    if (o == nullptr) {
        if (op) {
            std::vector<std::string_view> names;
            for (const kernel::operation_info& known : kernel::all_operations()) {
                names.emplace_back(known.name);
            }
            problems_.error(
                in.get("op")->at,
                fmt::format("unknown operation '{}'; expected one of 'tenthrule list operations'", *op),
                nearest(*op, names));
        }
        return;  // nothing else in it can be judged
    }
    to.what.op = o->id;
    std::vector<std::string_view> arguments;
    for (const kernel::argument_info& a : kernel::all_arguments()) {
        if (o->takes(a.id)) arguments.emplace_back(a.name);
    }
    // An argument that exists but does not belong here deserves better words than an unknown key.
    for (const member& m : table.members) {
        for (const kernel::argument_info& a : kernel::all_arguments()) {
            if (m.key == a.name && !o->takes(a.id)) {
                problems_.error(
                    m.at,
                    arguments.empty()
                        ? fmt::format("'{}' takes no '{}'; expected no argument", o->name, m.key)
                        : fmt::format("'{}' takes no '{}'; expected {}", o->name, m.key, one_of(arguments)),
                    nearest(m.key, arguments));
                arguments.emplace_back(a.name);
            }
        }
    }
    in.refuse_unknown_keys(arguments);
    read_arguments(in, to.what);
    to.repeat = static_cast<unsigned>(in.integer("repeat", 1, repeats_max).value_or(1));
    read_condition(in, "if", to.what, to.only_if);
    read_condition(in, "while", to.what, to.as_long);
    read_condition(in, "until", to.what, to.until);
    read_returns(in, to);
    if (in.has("name")) {
        to.name = in.name("name").value_or("");
        for (unsigned i = 0; i < number; ++i) {
            if (!to.name.empty() && result_.tasks[index].steps[i].name == to.name) {
                problems_.error(in.get("name")->at,
                                fmt::format("a second step called '{}' in '{}'; expected another name",
                                            to.name, result_.tasks[index].name));
            }
        }
        const bool number_only = to.name.find_first_not_of("0123456789") == std::string::npos;
        if (!to.name.empty() && (number_only || to.name == "start")) {
            problems_.error(
                in.get("name")->at,
                fmt::format("a step called '{}'; expected a name, no number and not 'start'", to.name));
        }
    }
}

}  // namespace tenthrule::scenarios::loader
