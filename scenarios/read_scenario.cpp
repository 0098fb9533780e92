// Everything of a scenario but its tasks.

#include <algorithm>

#include <fmt/format.h>

#include "kernel/rules.hpp"
#include "runtime/nearest.hpp"
#include "scenarios/kernel_name.hpp"
#include "scenarios/scenario_reader.hpp"
#include "scenarios/validate.hpp"

namespace tenthrule::scenarios::loader {

using format::section;
using part = locus::part;

scenario scenario_reader::read() {
    const table_reader top(root_, section::scenario, {}, places_, problems_);
    top.refuse_unknown_keys();
    result_.name = top.name("name").value_or("");
    result_.about = top.has("about") ? top.text("about").value_or("") : "";
    result_.origin = top.has("origin") ? top.text("origin").value_or("") : "";
    read_kernel(top);
    read_machine(top);
    read_names();
    read_words();
    for (unsigned i = 0; i < task_tables_.size(); ++i) {
        read_task(i, *task_tables_[i]);
    }
    // References to steps need all steps.
    for (unsigned i = 0; i < task_tables_.size(); ++i) {
        const table_reader in(*task_tables_[i], section::task, {part::task, i, 0, {}}, places_, problems_);
        read_start(result_.tasks[i], in);
    }
    read_signals();
    read_rules(top);
    read_expectations(top);
    read_exploration(top);
    validate_all();
    read_vary(top);
    return std::move(result_);
}

// Words and tasks refer to each other by name, so all names come first.
void scenario_reader::read_names() {
    if (const member* futexes = root_.find("futex")) {
        if (futexes->value.is != node::kind::table) {
            problems_.error(
                futexes->value.at,
                fmt::format("{}; expected a table for each futex: [futex] NAME = {{ kind = \"pi\" }}",
                            table_reader::found("futex", futexes->value)));
        }
        for (const member& m : futexes->value.members) {
            if (result_.words.size() == words_max) {
                problems_.error(m.at, fmt::format("more than {0} futexes; expected at most {0}", words_max));
                break;
            }
            if (!is_name(m.key)) {
                problems_.error(m.at,
                                fmt::format("a futex called '{}'; expected a name of letters, digits, '-' "
                                            "and '_', at most {} of them",
                                            m.key, name_length_max));
                continue;
            }
            word w;
            w.name = m.key;
            // The kind is needed to read conditions; read_word reports what is wrong with it.
            const member* const kind = m.value.find("kind");
            if (kind != nullptr && kind->value.text != "plain") w.kind = kernel::word_kind::pi;
            result_.words.push_back(w);
            word_tables_.push_back(&m.value);
            places_.set({part::word, static_cast<unsigned>(result_.words.size() - 1), 0, {}}, m.at);
        }
    }
    const member* const tasks = root_.find("task");
    if (tasks == nullptr) {
        problems_.error(root_.at, "no task; expected at least one [[task]]");
        return;
    }
    if (tasks->value.is != node::kind::array) {
        problems_.error(tasks->value.at, fmt::format("{}; expected tables that begin with [[task]]",
                                                     table_reader::found("task", tasks->value)));
        return;
    }
    for (const node& item : tasks->value.items) {
        if (item.is != node::kind::table) {
            problems_.error(item.at, fmt::format("{} in 'task'; expected a table", kind_text(item)));
            continue;
        }
        if (task_tables_.size() == tasks_in_file_max) {
            problems_.error(item.at,
                            fmt::format("more than {0} tasks; expected at most {0}", tasks_in_file_max));
            break;
        }
        const member* const name = item.find("name");
        scenarios::task t;
        t.name = name != nullptr ? name->value.text : "";
        t.at = item.at;
        const member* const dropped = item.find("dropped");
        t.dropped = dropped != nullptr && dropped->value.text == "task";
        for (const scenarios::task& other : result_.tasks) {
            if (!t.name.empty() && other.name == t.name) {
                problems_.error(name->value.at,
                                fmt::format("a second task called '{}'; expected another name", t.name));
            }
        }
        result_.tasks.push_back(std::move(t));
        task_tables_.push_back(&item);
    }
}

void scenario_reader::read_kernel(const table_reader& top) {
    const node* const table = top.table("kernel");
    if (table == nullptr) {
        return;
    }
    const table_reader in(*table, section::kernel, {part::kernel, 0, 0, {}}, places_, problems_);
    in.refuse_unknown_keys();
    kernel_choice& to = result_.kernel;
    if (const std::optional<std::string> version = in.text("version")) {
        if (kernel::find_version(*version) != nullptr) {
            to.version = *version;
        } else {
            const name_problem p = unknown_version(*version);
            problems_.error(in.get("version")->at, p.message, p.nearest);
        }
    }
    to.preempt = in.word("preempt", format::preempt_models()).value_or(to.preempt);
    to.with = read_patches(in, "with");
    to.without = read_patches(in, "without");
}

kernel::patch_set scenario_reader::read_patches(const table_reader& in, std::string_view key) {
    kernel::patch_set set;
    for (const node* n : in.texts(key)) {
        if (const kernel::patch_info* p = kernel::find_patch(n->text)) {
            set.insert(p->id);
        } else {
            const name_problem unknown = unknown_patch(n->text);
            problems_.error(n->at, unknown.message, unknown.nearest);
        }
    }
    return set;
}

void scenario_reader::read_machine(const table_reader& top) {
    if (const node* const table = top.table("machine")) {
        const table_reader in(*table, section::machine, {part::machine, 0, 0, {}}, places_, problems_);
        in.refuse_unknown_keys();
        result_.cpus = static_cast<unsigned>(in.integer("cpus", 0, cpus_max).value_or(0));
    }
}

void scenario_reader::read_words() {
    for (unsigned i = 0; i < word_tables_.size(); ++i) {
        read_word(i, *word_tables_[i]);
    }
}

void scenario_reader::read_word(unsigned index, const node& table) {
    word& to = result_.words[index];
    if (table.is != node::kind::table) {
        problems_.error(table.at, fmt::format("{}; expected a table such as {{ kind = \"pi\" }}",
                                              table_reader::found(to.name, table)));
        return;
    }
    const place name_at = places_.find({part::word, index, 0, {}});
    const table_reader in(table, section::futex, {part::word, index, 0, {}}, places_, problems_);
    places_.set({part::word, index, 0, {}}, name_at);
    in.refuse_unknown_keys();
    // Of an unknown kind it passes for a pi futex, which most operations take without complaint.
    const kernel::word_kind otherwise = in.has("kind") ? kernel::word_kind::pi : kernel::word_kind::plain;
    to.kind = in.word("kind", format::word_kinds()).value_or(otherwise);
    to.value = static_cast<std::uint32_t>(in.integer("value", 0, 0xffffffff).value_or(0));
    to.bucket = static_cast<std::uint8_t>(in.integer("bucket", 0, buckets_max - 1).value_or(0));
    to.robust = in.boolean("robust").value_or(false);
    to.faults = static_cast<std::uint8_t>(in.integer("faults", 0, faults_max).value_or(0));
    if (const std::optional<std::string> owner = in.has("owner") ? in.text("owner") : std::nullopt) {
        to.owner = find_task(*owner, in.get("owner")->at);
        if (in.has("value")) {
            problems_.error(in.get("value")->at, "a value and an owner; expected one of them");
        }
    }
}

std::optional<std::uint8_t> scenario_reader::find_task(std::string_view name, place at) {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < result_.tasks.size(); ++i) {
        if (!name.empty() && result_.tasks[i].name == name) {
            return static_cast<std::uint8_t>(i);
        }
        if (!result_.tasks[i].name.empty()) names.emplace_back(result_.tasks[i].name);
    }
    problems_.error(at,
                    fmt::format("unknown task '{}'; expected {}", name,
                                names.empty() ? "the name of a task" : one_of(names)),
                    nearest(name, names));
    return std::nullopt;
}

void scenario_reader::read_signals() {
    const member* const signals = root_.find("signal");
    if (signals == nullptr) {
        return;
    }
    if (signals->value.is != node::kind::array) {
        problems_.error(signals->value.at, fmt::format("{}; expected tables that begin with [[signal]]",
                                                       table_reader::found("signal", signals->value)));
        return;
    }
    for (const node& item : signals->value.items) {
        if (item.is != node::kind::table) {
            problems_.error(item.at, fmt::format("{} in 'signal'; expected a table", kind_text(item)));
        } else if (result_.signals.size() == events_max) {
            problems_.error(item.at, fmt::format("more than {0} signals; expected at most {0}", events_max));
            return;
        } else {
            result_.signals.emplace_back();
            read_signal(static_cast<unsigned>(result_.signals.size() - 1), item);
        }
    }
}

void scenario_reader::read_signal(unsigned index, const node& table) {
    const table_reader in(table, section::signal, {part::signal, index, 0, {}}, places_, problems_);
    in.refuse_unknown_keys();
    signal_source& to = result_.signals[index];
    to.at = table.at;
    to.name = in.has("name") ? in.name("name").value_or("signal") : "signal";
    to.restart = in.boolean("restart").value_or(true);
    to.dropped = in.boolean("dropped").value_or(false);
    if (const std::optional<std::string> task = in.text("task")) {
        to.task = find_task(*task, in.get("task")->at).value_or(0);
    }
    to.after = read_reference(in, "after");
    if (!to.dropped && to.task < result_.tasks.size() && result_.tasks[to.task].dropped) {
        problems_.error(table.at, fmt::format("a signal to '{}', which is dropped; expected dropped = true",
                                              result_.tasks[to.task].name));
    }
}

std::vector<std::string> scenario_reader::read_rule_list(const table_reader& in, std::string_view key) {
    std::vector<std::string> list;
    for (const node* n : in.texts(key)) {
        const std::vector<const rule*> rules = all_rules();
        if (std::any_of(rules.begin(), rules.end(), [n](const rule* r) { return n->text == r->name; })) {
            list.push_back(n->text);
            continue;
        }
        std::vector<std::string_view> names;
        names.reserve(rules.size());
        for (const rule* r : rules) {
            names.emplace_back(r->name);
        }
        problems_.error(n->at,
                        fmt::format("unknown rule '{}'; expected one of 'tenthrule list rules'", n->text),
                        nearest(n->text, names));
    }
    std::sort(list.begin(), list.end());
    list.erase(std::unique(list.begin(), list.end()), list.end());
    return list;
}

void scenario_reader::read_rules(const table_reader& top) {
    const node* const table = top.table("rules");
    if (table == nullptr) {
        return;
    }
    const table_reader in(*table, section::rules, {}, places_, problems_);
    in.refuse_unknown_keys();
    result_.rules.off = read_rule_list(in, "off");
    result_.rules.only = read_rule_list(in, "only");
    const node* const only = in.get("only");
    if (only != nullptr && only->is == node::kind::array && only->items.empty()) {
        problems_.error(only->at, "an empty list in 'only'; expected at least one rule");
    }
    if (only != nullptr && in.has("off")) {
        problems_.error(only->at, "'only' and 'off' in [rules]; expected one of them");
    }
    result_.rules.retries = static_cast<unsigned>(in.integer("retries", 1, retries_max).value_or(0));
    if (result_.rules.retries != 0 && !enabled_rules(result_).contains(kernel::rules::bounded_retries)) {
        problems_.add(severity::warning, in.get("retries")->at,
                      "'retries' without the rule that it is about: bounded-retries is off");
    }
}

void scenario_reader::read_expectations(const table_reader& top) {
    const node* const table = top.table("expect");
    if (table == nullptr) {
        return;
    }
    std::vector<place> keys;
    for (const member& m : table->members) {
        const kernel_or_problem named = parse_kernel_name(m.key);
        if (!named.value) {
            problems_.error(m.at, named.problem.message, named.problem.nearest);
            continue;
        }
        const kernel::patch_set patches = effective_patches(*named.value);
        for (const idle_patch& idle : idle_patches(*named.value)) {
            problems_.add(severity::warning, m.at, idle.message);
        }
        if (m.value.is != node::kind::array) {
            problems_.error(m.value.at, fmt::format("{}; expected a list of rules, [] if the kernel is clean",
                                                    table_reader::found(m.key, m.value)));
            continue;
        }
        const auto same =
            std::find_if(result_.expect.begin(), result_.expect.end(),
                         [&patches](const expectation& e) { return effective_patches(e.kernel) == patches; });
        if (same != result_.expect.end()) {
            const place other = keys[static_cast<std::size_t>(same - result_.expect.begin())];
            problems_.error(m.at, fmt::format("'{}' is the same kernel as '{}' in line {}; expected each "
                                              "kernel once",
                                              m.key, same->version, other.line));
        }
        keys.push_back(m.at);
        // The list is read as if it were a key of [rules]: the same words are right and wrong in it.
        node rules;
        rules.at = m.value.at;
        rules.members.push_back({"off", m.at, m.value});
        place_map elsewhere;
        const table_reader in(rules, section::rules, {}, elsewhere, problems_);
        result_.expect.push_back({m.key, *named.value, read_rule_list(in, "off")});
    }
}

void scenario_reader::read_exploration(const table_reader& top) {
    const node* const table = top.table("explore");
    if (table == nullptr) {
        return;
    }
    const table_reader in(*table, section::explore, {}, places_, problems_);
    in.refuse_unknown_keys();
    exploration& to = result_.explore;
    if (const std::optional<std::string> strategy = in.text("strategy")) {
        to.strategy = *strategy;
        const std::string wrong =
            options_.check_strategy != nullptr ? options_.check_strategy(*strategy) : std::string();
        if (strategy->empty()) {
            in.wrong("strategy", *in.get("strategy"));
        } else if (!wrong.empty()) {
            problems_.error(in.get("strategy")->at, wrong);
        }
    }
    to.schedules = static_cast<std::uint64_t>(in.integer("schedules", 1, 1'000'000'000'000).value_or(0));
    to.points_max = static_cast<std::uint32_t>(in.integer("points_max", 100, 1'000'000).value_or(0));
}

void scenario_reader::validate_all() {
    const bool broken = problems_.has_errors();
    for (const problem& p : validate(result_)) {
        const bool of_task = p.where.of == part::task || p.where.of == part::step;
        const bool may_follow =
            p.level == severity::warning || !of_task || broken_tasks_.contains(p.where.index);
        if (!broken || !may_follow) problems_.add(p.level, places_.find(p.where), p.message);
    }
}

}  // namespace tenthrule::scenarios::loader
