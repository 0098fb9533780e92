#include "campaign/plan/plan_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "campaign/duration.hpp"
#include "runtime/nearest.hpp"
#include "scenarios/kernel_name.hpp"

namespace tenthrule {

using scenarios::member;
using scenarios::node;

namespace {

std::string found(std::string_view key, const node& n) {
    switch (n.is) {
        case node::kind::integer:
            return fmt::format("'{}' is {}", key, n.integer);
        case node::kind::real:
            return fmt::format("'{}' is {}", key, n.real);
        case node::kind::text:
            if (n.text.size() <= scenarios::name_length_max) {
                return fmt::format("'{}' is \"{}\"", key, n.text);
            }
            break;
        default:
            break;
    }
    return fmt::format("'{}' is {}", key, kind_text(n));
}

// "2GiB", "512MiB", "none": 0.
std::optional<std::uint64_t> parse_size(std::string_view text) {
    if (text == "none") {
        return 0;
    }
    std::uint64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    const std::string_view unit(read.ptr, static_cast<std::size_t>(text.data() + text.size() - read.ptr));
    const unsigned shift = unit == "KiB" ? 10U : unit == "MiB" ? 20U : unit == "GiB" ? 30U : 64U;
    constexpr std::uint64_t size_max = std::uint64_t{1} << 50U;
    if (read.ec != std::errc() || shift == 64U || number == 0 || number > (size_max >> shift)) {
        return std::nullopt;
    }
    return number << shift;
}

}  // namespace

campaign_plan plan_reader::read() {
    refuse_unknown_keys(root_, section::campaign);
    if (const std::string* name = text(root_, section::campaign, "name")) plan_.name = *name;
    plan_.scenarios = paths("scenarios");
    plan_.programs = paths("programs");
    const node* const scenarios = find(root_, "scenarios");
    const bool none =
        scenarios == nullptr || (scenarios->is == node::kind::array && scenarios->items.empty());
    if (none && plan_.programs.empty()) {
        problems_.error(scenarios == nullptr ? root_.at : scenarios->at,
                        "no scenarios; expected scenarios = [\"FILE, FOLDER OR GLOB\", ...]");
    }
    plan_.exclude = paths("exclude");
    read_kernels();
    read_rules_off();
    read_strategies();
    read_seeds();
    if (const auto workers = integer(root_, section::campaign, "workers", 0, plan_format::workers_max)) {
        plan_.workers = static_cast<unsigned>(*workers);
    }
    if (const std::string* store = text(root_, section::campaign, "store")) plan_.store = path(*store);
    if (const std::string* baseline = text(root_, section::campaign, "baseline")) {
        plan_.baseline = path(*baseline);
    }
    if (const std::string* canary = text(root_, section::campaign, "canary")) {
        plan_.canary = *canary == canary_built_in || *canary == canary_none ? *canary : path(*canary);
    }
    if (const node* t = table(section::budget, "budget")) read_budget(*t);
    if (const node* t = table(section::limits, "limits")) read_limits(*t);
    if (const node* t = table(section::swarm, "swarm")) read_swarm(*t);
    if (const node* t = table(section::report, "report")) read_report(*t);
    return std::move(plan_);
}

void plan_reader::read_kernels() {
    const node* const list = find(root_, "kernels");
    if (list == nullptr) {
        return;
    }
    plan_.kernels.clear();
    for (const node* n : texts(root_, section::campaign, "kernels")) {
        if (n->text != kernel_as_written && n->text != kernels_expected) {
            const scenarios::kernel_or_problem kernel = scenarios::parse_kernel_name(n->text);
            if (!kernel.value) {
                std::string near = kernel.problem.nearest;
                if (near.empty()) {
                    static constexpr std::string_view words[] = {kernel_as_written, kernels_expected};
                    near = nearest(n->text, words);
                }
                problems_.error(n->at, kernel.problem.message + R"(, or "written" or "expected")", near);
            }
        }
        plan_.kernels.push_back(n->text);
    }
    if (list->is == node::kind::array && list->items.empty()) wrong(*list, section::campaign, "kernels");
}

void plan_reader::read_rules_off() {
    std::vector<std::string_view> named;
    for (const node* n : texts(root_, section::campaign, "rules_off")) {
        if (find_rule(n->text) != nullptr) {
            named.emplace_back(n->text);
        } else {
            const scenarios::name_problem p = unknown_rule(n->text);
            problems_.error(n->at, p.message, p.nearest);
        }
    }
    for (const rule* r : scenarios::all_rules()) {
        if (std::find(named.begin(), named.end(), r->name) != named.end()) {
            plan_.rules_off.emplace_back(r->name);
        }
    }
}

void plan_reader::read_strategies() {
    const node* const list = find(root_, "strategy");
    if (list == nullptr) {
        return;
    }
    std::vector<strategy_share> strategies;
    if (list->is != node::kind::array) {
        problems_.error(list->at, fmt::format("{}; expected tables that begin with [[strategy]]",
                                              found("strategy", *list)));
        return;
    }
    for (const node& item : list->items) {
        if (item.is != node::kind::table) {
            problems_.error(item.at, fmt::format("{} in 'strategy'; expected tables that begin with "
                                                 "[[strategy]]",
                                                 kind_text(item)));
            continue;
        }
        read_strategy(item, strategies);
    }
    if (!strategies.empty()) plan_.strategies = std::move(strategies);
}

void plan_reader::read_strategy(const node& table, std::vector<strategy_share>& to) {
    refuse_unknown_keys(table, section::strategy);
    strategy_share made;
    made.share = number(table, section::strategy, "share", 0, plan_format::share_max).value_or(made.share);
    if (made.share == 0) wrong(*find(table, "share"), section::strategy, "share");
    if (find(table, "name") == nullptr) {
        problems_.error(table.at,
                        "[[strategy]] without 'name'; expected name = a strategy, see 'tenthrule "
                        "list strategies'");
        return;
    }
    const std::string* const name = text(table, section::strategy, "name");
    if (name == nullptr) {
        return;
    }
    const scenarios::place at = find(table, "name")->at;
    const strategy_or_error known = make_strategy(*name);
    if (known.made == nullptr) {
        problems_.error(at, known.error);
        return;
    }
    if (is_systematic(*name)) {
        problems_.error(at, fmt::format("'{}' plans each execution from all those before it, so it cannot be "
                                        "shared out; expected another one (for all schedules: 'tenthrule "
                                        "verify')",
                                        *name));
        return;
    }
    made.strategy = known.canonical;
    if (std::any_of(to.begin(), to.end(),
                    [&made](const strategy_share& s) { return s.strategy == made.strategy; })) {
        problems_.error(at, fmt::format("'{}' a second time; expected each strategy once", made.strategy));
        return;
    }
    to.push_back(std::move(made));
}

void plan_reader::read_seeds() {
    const node* const list = find(root_, "seeds");
    if (list == nullptr) {
        return;
    }
    if (list->is != node::kind::array || list->items.empty()) {
        wrong(*list, section::campaign, "seeds");
        return;
    }
    plan_.seeds.clear();
    for (const node& item : list->items) {
        const auto seed = static_cast<std::uint64_t>(item.integer);
        if (item.is != node::kind::integer || item.integer < 0) {
            problems_.error(item.at,
                            fmt::format("{}; expected different integers from 0", found("seeds", item)));
        } else if (std::find(plan_.seeds.begin(), plan_.seeds.end(), seed) != plan_.seeds.end()) {
            problems_.error(item.at, fmt::format("the seed {} a second time; expected each once", seed));
        } else {
            plan_.seeds.push_back(seed);
        }
    }
}

void plan_reader::read_budget(const node& table) {
    refuse_unknown_keys(table, section::budget);
    campaign_budget& to = plan_.budget;
    to.time = duration(table, section::budget, "time").value_or(to.time);
    to.executions =
        static_cast<std::uint64_t>(integer(table, section::budget, "executions", 1, INT64_MAX).value_or(0));
    to.shrink_share = number(table, section::budget, "shrink_share", 0, plan_format::shrink_share_max)
                          .value_or(to.shrink_share);
}

void plan_reader::read_limits(const node& table) {
    refuse_unknown_keys(table, section::limits);
    execution_limits& to = plan_.limits;
    to.hang = duration(table, section::limits, "hang").value_or(to.hang);
    if (const std::string* memory = text(table, section::limits, "memory")) {
        if (const std::optional<std::uint64_t> size = parse_size(*memory)) {
            to.memory = *size;
        } else {
            wrong(*find(table, "memory"), section::limits, "memory");
        }
    }
    to.points_max =
        static_cast<std::uint32_t>(integer(table, section::limits, "points_max", 100, 1'000'000).value_or(0));
}

void plan_reader::read_swarm(const node& table) {
    refuse_unknown_keys(table, section::swarm);
    swarm_choice& to = plan_.swarm;
    to.share = number(table, section::swarm, "share", 0, 1).value_or(to.share);
    to.variations = static_cast<std::uint32_t>(
        integer(table, section::swarm, "variations", 0, plan_format::variations_max).value_or(to.variations));
}

void plan_reader::read_report(const node& table) {
    refuse_unknown_keys(table, section::report);
    struct file {
        const char* key;
        std::string report_files::*to;
    };
    for (const file& f : {file{"html", &report_files::html}, file{"json", &report_files::json},
                          file{"junit", &report_files::junit}}) {
        if (const std::string* name = text(table, section::report, f.key)) plan_.reports.*f.to = path(*name);
    }
}

void plan_reader::refuse_unknown_keys(const node& table, section in) {
    for (const member& m : table.members) {
        if (plan_format::find_key(in, m.key) != nullptr) {
            continue;
        }
        std::vector<std::string_view> names;
        std::string elsewhere;
        for (const plan_format::key_info& k : plan_format::all_keys()) {
            if (k.in == in) {
                names.push_back(k.name);
            } else if (k.name == m.key && k.name != "name") {
                elsewhere = fmt::format(" (it belongs in {})", title(k.in));
            }
        }
        problems_.error(m.at,
                        fmt::format("unknown key '{}' in {}{}; expected one of {}", m.key,
                                    plan_format::title(in), elsewhere, fmt::join(names, ", ")),
                        nearest(m.key, names));
    }
}

const node* plan_reader::find(const node& table, std::string_view key) const {
    const member* const m = table.find(key);
    return m == nullptr ? nullptr : &m->value;
}

const node* plan_reader::table(section in, std::string_view key) {
    const node* const n = find(root_, key);
    if (n != nullptr && n->is != node::kind::table) {
        problems_.error(n->at, fmt::format("{}; expected a table: {}", found(key, *n), title(in)));
        return nullptr;
    }
    return n;
}

void plan_reader::wrong(const node& value, section in, std::string_view key) {
    problems_.error(value.at,
                    fmt::format("{}; expected {}", found(key, value), plan_format::find_key(in, key)->type));
}

const std::string* plan_reader::text(const node& table, section in, std::string_view key) {
    const node* const n = find(table, key);
    if (n == nullptr) {
        return nullptr;
    }
    if (n->is != node::kind::text || n->text.empty() || n->text.find('\0') != std::string::npos) {
        wrong(*n, in, key);
        return nullptr;
    }
    return &n->text;
}

std::optional<std::int64_t> plan_reader::integer(const node& table, section in, std::string_view key,
                                                 std::int64_t min, std::int64_t max) {
    const node* const n = find(table, key);
    if (n == nullptr) {
        return std::nullopt;
    }
    if (n->is != node::kind::integer || n->integer < min || n->integer > max) {
        wrong(*n, in, key);
        return std::nullopt;
    }
    return n->integer;
}

std::optional<double> plan_reader::number(const node& table, section in, std::string_view key, double min,
                                          double max) {
    const node* const n = find(table, key);
    if (n == nullptr) {
        return std::nullopt;
    }
    const double value = n->is == node::kind::integer ? static_cast<double>(n->integer) : n->real;
    const bool is_number = n->is == node::kind::integer || n->is == node::kind::real;
    if (!is_number || !std::isfinite(value) || value < min || value > max) {
        wrong(*n, in, key);
        return std::nullopt;
    }
    return value;
}

std::optional<std::chrono::nanoseconds> plan_reader::duration(const node& table, section in,
                                                              std::string_view key) {
    const std::string* const written = text(table, in, key);
    if (written == nullptr) {
        return std::nullopt;
    }
    // The plan that the store keeps says milliseconds at least.
    const auto time = parse_duration(*written);
    const auto rounded =
        time ? std::chrono::round<std::chrono::milliseconds>(*time) : std::chrono::milliseconds(0);
    if (rounded.count() == 0) {
        wrong(*find(table, key), in, key);
        return std::nullopt;
    }
    return rounded;
}

std::vector<const node*> plan_reader::texts(const node& table, section in, std::string_view key) {
    std::vector<const node*> list;
    const node* const n = find(table, key);
    if (n == nullptr) {
        return list;
    }
    if (n->is != node::kind::array) {
        wrong(*n, in, key);
        return list;
    }
    for (const node& item : n->items) {
        if (item.is == node::kind::text && !item.text.empty() && item.text.find('\0') == std::string::npos) {
            list.push_back(&item);
        } else {
            wrong(item, in, key);
        }
    }
    return list;
}

std::string plan_reader::path(const std::string& written) const {
    if (folder_.empty() || written.starts_with('/')) {
        return written;
    }
    return (std::filesystem::path(folder_) / written).lexically_normal().string();
}

std::vector<std::string> plan_reader::paths(std::string_view key) {
    std::vector<std::string> list;
    for (const node* n : texts(root_, section::campaign, key)) {
        list.push_back(path(n->text));
    }
    return list;
}

}  // namespace tenthrule
