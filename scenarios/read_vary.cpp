// What may vary in a scenario. Comes last: each choice is tried on the whole scenario.

#include <algorithm>

#include <fmt/format.h>

#include "runtime/nearest.hpp"
#include "scenarios/durations.hpp"
#include "scenarios/kernel_name.hpp"
#include "scenarios/reductions.hpp"
#include "scenarios/scenario_reader.hpp"

namespace tenthrule::scenarios::loader {

using format::section;

namespace {

// Without repetitions, in the order of the file.
template <typename T>
void add_once(std::vector<T>& to, const T& choice) {
    if (std::find(to.begin(), to.end(), choice) == to.end()) to.push_back(choice);
}

}  // namespace

void scenario_reader::read_vary(const table_reader& top) {
    const node* const table = top.table("vary");
    if (table == nullptr) {
        return;
    }
    const table_reader in(*table, section::vary, {}, places_, problems_);
    in.refuse_unknown_keys();
    for (const member& m : table->members) {
        if (m.value.is == node::kind::array) is_list_of_choices(m.value, m.key, "[1, 2]");
    }
    variability vary;
    if (const node* const list = in.list("cpus")) {
        for (const node& item : list->items) {
            if (item.is != node::kind::integer || item.integer < 0 || item.integer > cpus_max) {
                problems_.error(item.at, fmt::format("{} in [vary]; expected integers, 0 to {}",
                                                     table_reader::found("cpus", item), cpus_max));
                continue;
            }
            const auto cpus = static_cast<unsigned>(item.integer);
            if (cpus != result_.cpus) {
                check_choice({encode(reduction_kind::machine, 0, cpus + 1)}, fmt::format("cpus = {}", cpus),
                             item.at);
            }
            add_once(vary.cpus, cpus);
        }
    }
    for (const node* n : in.texts("preempt")) {
        if (const auto model = format::find_word(format::preempt_models(), n->text)) {
            add_once(vary.preempt, *model);
        } else {
            static constexpr std::string_view names[] = {"none", "full", "rt"};
            in.wrong_word("preempt", *n, names);
        }
    }
    vary.patches = read_patches(in, "patches");
    result_.vary = std::move(vary);
    read_varied_tasks(in);
    read_priorities(in);
    read_timeouts(in);
}

void scenario_reader::read_varied_tasks(const table_reader& in) {
    for (const node* n : in.texts("tasks")) {
        if (const std::optional<std::uint8_t> task = find_task(n->text, n->at)) {
            check_choice({encode(reduction_kind::drop_task, *task)},
                         fmt::format("the scenario without '{}'", n->text), n->at);
            add_once(result_.vary.tasks, *task);
        }
    }
}

void scenario_reader::read_priorities(const table_reader& in) {
    const node* const table = in.table("priorities");
    if (table == nullptr) {
        return;
    }
    for (const member& m : table->members) {
        const std::optional<std::uint8_t> task = find_task(m.key, m.at);
        if (!task || !is_list_of_choices(m.value, m.key, "[10, 90]")) {
            continue;
        }
        const scenarios::task& of = result_.tasks[*task];
        if (of.sched == policy::other || of.dropped) {
            problems_.error(m.at, fmt::format("'{}' has no priority{}; expected a fifo or rr task", m.key,
                                              of.dropped ? "" : " (its policy is other)"));
            continue;
        }
        variability::of_priority choices{*task, {}};
        for (const node& item : m.value.items) {
            if (item.is == node::kind::integer && item.integer >= 1 && item.integer <= 99) {
                add_once(choices.priorities, static_cast<int>(item.integer));
            } else {
                problems_.error(item.at, fmt::format("{} in 'priorities'; expected integers, 1 to 99",
                                                     table_reader::found(m.key, item)));
            }
        }
        result_.vary.priorities.push_back(std::move(choices));
    }
}

void scenario_reader::read_timeouts(const table_reader& in) {
    const node* const table = in.table("timeouts");
    if (table == nullptr) {
        return;
    }
    for (const member& m : table->members) {
        const std::optional<std::uint8_t> task = find_task(m.key, m.at);
        if (!task || !is_list_of_choices(m.value, m.key, R"(["1ms", "9ms"])")) {
            continue;
        }
        const scenarios::task& of = result_.tasks[*task];
        const bool has_any = std::any_of(of.steps.begin(), of.steps.end(),
                                         [](const scenarios::step& s) { return s.what.has_timeout; });
        if (!has_any || of.dropped) {
            problems_.error(m.at,
                            fmt::format("'{}' has no step with a timeout; expected a task that has", m.key));
            continue;
        }
        variability::of_timeout choices{*task, {}};
        for (const node& item : m.value.items) {
            const std::optional<nanoseconds> timeout =
                item.is == node::kind::text ? parse_duration(item.text) : std::nullopt;
            if (timeout && code_of_timeout(*timeout) != 0) {
                add_once(choices.timeouts, *timeout);
            } else {
                problems_.error(item.at,
                                fmt::format("{} in 'timeouts'; expected durations such as \"5ms\": a "
                                            "whole number, 1 to 4095, and a unit",
                                            table_reader::found(m.key, item)));
            }
        }
        result_.vary.timeouts.push_back(std::move(choices));
    }
}

bool scenario_reader::is_list_of_choices(const node& n, const std::string& name, const std::string& example) {
    if (n.is != node::kind::array) {
        problems_.error(n.at, fmt::format("{} in [vary]; expected a list such as {}",
                                          table_reader::found(name, n), example));
        return false;
    }
    if (n.items.empty() || n.items.size() > choices_max) {
        problems_.error(n.at, fmt::format("{} choices for '{}' in [vary]; expected 1 to {}", n.items.size(),
                                          name, choices_max));
        return false;
    }
    return true;
}

void scenario_reader::check_choice(const std::vector<std::uint32_t>& codes, const std::string& what,
                                   place at) {
    if (problems_.has_errors()) {
        return;  // it may follow from them
    }
    std::optional<scenario> varied = result_;
    for (const std::uint32_t code : codes) {
        if (varied) varied = apply(*varied, code);
    }
    if (!varied) {
        problems_.error(at, fmt::format("{} is no valid scenario; expected a choice that makes one", what));
    }
}

}  // namespace tenthrule::scenarios::loader
