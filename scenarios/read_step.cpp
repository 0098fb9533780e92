// What a step says: arguments, results, conditions.

#include <algorithm>
#include <climits>

#include <fmt/format.h>

#include "runtime/nearest.hpp"
#include "scenarios/conditions.hpp"
#include "scenarios/durations.hpp"
#include "scenarios/scenario_reader.hpp"

namespace tenthrule::scenarios::loader {

using kernel::argument;

void scenario_reader::read_arguments(const table_reader& in, kernel::call& to) {
    const kernel::operation_info& o = kernel::info(to.op);
    for (const kernel::argument_info& a : kernel::all_arguments()) {
        if (!o.takes(a.id)) {
            continue;
        }
        if (in.has(a.name)) {
            read_argument(in, a, to);
        } else if (o.requires_argument(a.id)) {
            problems_.error(in.source().at, fmt::format("'{}' without '{}'; expected {} = {}", o.name, a.name,
                                                        a.name, format::type_of(a.id)));
        }
    }
}

void scenario_reader::read_argument(const table_reader& in, const kernel::argument_info& a,
                                    kernel::call& to) {
    const node& n = *in.get(a.name);
    const auto word = [&]() -> std::uint32_t {
        return static_cast<std::uint32_t>(in.integer(a.name, 0, 0xffffffff).value_or(0));
    };
    const auto count = [&]() -> int {
        if (n.is == node::kind::text && n.text == "all") {
            return INT_MAX;
        }
        return static_cast<int>(in.integer(a.name, INT_MIN, INT_MAX).value_or(0));
    };
    const auto duration = [&]() -> nanoseconds {
        const std::optional<nanoseconds> d = n.is == node::kind::text ? parse_duration(n.text) : std::nullopt;
        if (!d) in.wrong(a.name, n);
        return d.value_or(0);
    };
    switch (a.id) {
        case argument::futex:
            to.futex = read_futex(in, a.name).value_or(0xff);
            return;
        case argument::to:
        case argument::mutex:
            to.to = read_futex(in, a.name).value_or(0xff);
            return;
        case argument::value:
            to.value = word();
            to.has_value = true;
            return;
        case argument::bits:
            to.bits = word();
            return;
        case argument::wake_count:
            to.wake_count = count();
            return;
        case argument::move_count:
            to.move_count = count();
            return;
        case argument::timeout:
            to.timeout = duration();
            to.has_timeout = true;
            return;
        case argument::duration:
            to.timeout = duration();
            return;
        case argument::clock:
            to.clock = in.word(a.name, format::clocks()).value_or(to.clock);
            return;
        case argument::operation:
            to.operation = in.word(a.name, format::wake_operations()).value_or(to.operation);
            return;
        case argument::compare:
            to.compare = in.word(a.name, format::wake_comparisons()).value_or(to.compare);
            return;
        case argument::access:
            to.access = in.word(a.name, format::accesses()).value_or(to.access);
            return;
        case argument::operand:
            to.operand = word();
            return;
        case argument::compare_with:
            to.compare_with = word();
            return;
        case argument::priority:
            to.priority = static_cast<int>(in.integer(a.name, 1, 99).value_or(1));
            return;
        case argument::task:
            if (const std::optional<std::string> name = in.text(a.name)) {
                to.task = find_task(*name, n.at).value_or(0xff);
                if (to.task < result_.tasks.size() && result_.tasks[to.task].dropped) {
                    problems_.error(n.at, fmt::format("'{}' is dropped; expected another task", *name));
                }
            }
            return;
    }
}

std::optional<std::uint8_t> scenario_reader::read_futex(const table_reader& in, std::string_view key) {
    const std::optional<std::string> name = in.text(key);
    if (!name) {
        return std::nullopt;
    }
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < result_.words.size(); ++i) {
        if (result_.words[i].name == *name) {
            return static_cast<std::uint8_t>(i);
        }
        names.emplace_back(result_.words[i].name);
    }
    problems_.error(in.get(key)->at,
                    fmt::format("unknown futex '{}'; expected {}", *name,
                                names.empty() ? "a name that is declared in [futex]" : one_of(names)),
                    nearest(*name, names));
    return std::nullopt;
}

void scenario_reader::read_returns(const table_reader& in, scenarios::step& to) {
    to.returns = default_returns(to);
    const node* const list = in.list("returns");
    if (list == nullptr) {
        return;
    }
    const kernel::operation_info& o = kernel::info(to.what.op);
    const result_set possible = possible_returns(to.what.op);
    if (list->items.empty()) {
        problems_.error(list->at,
                        fmt::format("an empty list in 'returns'; expected some of {}", to_string(possible)));
    }
    result_set given;
    for (const node& item : list->items) {
        const int error = item.is == node::kind::text ? kernel::errno_of(item.text) : -1;
        if (item.is == node::kind::integer && item.integer >= 0 && item.integer <= INT_MAX &&
            possible.allows(static_cast<long>(item.integer))) {
            given.numbers.push_back(static_cast<std::uint32_t>(item.integer));
        } else if (item.is == node::kind::text && item.text == "count" && possible.count) {
            given.count = true;
        } else if (error >= 0 && possible.allows(-error)) {
            if (error == 0) {
                given.numbers.push_back(0);
            } else {
                given.errors.push_back(error);
            }
        } else {
            std::vector<std::string_view> names;
            if (possible.count) names.emplace_back("count");
            names.emplace_back("ok");
            for (const std::string_view name : kernel::error_names()) {
                if (possible.allows(-kernel::errno_of(name))) names.push_back(name);
            }
            const std::string shown = item.is == node::kind::text      ? fmt::format("'{}'", item.text)
                                      : item.is == node::kind::integer ? fmt::format("{}", item.integer)
                                                                       : std::string(kind_text(item));
            problems_.error(
                item.at,
                fmt::format("'{}' cannot return {}; expected {}", o.name, shown, to_string(possible)),
                item.is == node::kind::text ? nearest(item.text, names) : std::string_view{});
        }
    }
    std::sort(given.numbers.begin(), given.numbers.end());
    given.numbers.erase(std::unique(given.numbers.begin(), given.numbers.end()), given.numbers.end());
    std::sort(given.errors.begin(), given.errors.end());
    given.errors.erase(std::unique(given.errors.begin(), given.errors.end()), given.errors.end());
    to.returns = given;
}

void scenario_reader::read_condition(const table_reader& in, std::string_view key, const kernel::call& c,
                                     condition& to) {
    const std::optional<std::string> text = in.text(key);
    if (!text) {
        return;
    }
    condition_result parsed = parse_condition(*text, result_, c);
    if (parsed.value) {
        to = *parsed.value;
    } else {
        problems_.error(in.get(key)->at, parsed.problem, parsed.nearest);
    }
}

}  // namespace tenthrule::scenarios::loader
