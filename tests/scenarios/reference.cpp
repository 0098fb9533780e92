#include "tests/scenarios/reference.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "scenarios/format.hpp"

namespace tenthrule::scenarios::testing {

namespace {

using format::section;

// In a cell of a table a bar would end the cell.
std::string cell(std::string_view text) {
    std::string result;
    for (const char c : text) {
        result += c == '|' ? std::string("\\|") : std::string(1, c);
    }
    return result;
}

std::string keys_of(section s) {
    std::string text = "| key | value | if left out | |\n|---|---|---|---|\n";
    for (const format::key_info& k : format::all_keys()) {
        if (k.in == s) {
            text += fmt::format("| `{}` | {} | {} | {} |\n", k.name, cell(k.type), cell(k.otherwise),
                                cell(k.about));
        }
    }
    return text;
}

std::string arguments_of(const kernel::operation_info& o) {
    std::vector<std::string> names;
    for (const bool required : {true, false}) {
        for (const kernel::argument_info& a : kernel::all_arguments()) {
            if (o.takes(a.id) && o.requires_argument(a.id) == required) {
                names.push_back(required ? fmt::format("**{}**", a.name) : a.name);
            }
        }
    }
    return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

std::string results_of(const kernel::operation_info& o) {
    // The longest texts come first, so that no name is found within another.
    std::string text;
    std::string_view rest = o.results;
    const std::string usual = fmt::format(" {} ", o.well_behaved);
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        const std::string name(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        const bool well_behaved = usual.find(fmt::format(" {} ", name)) != std::string::npos;
        text += (text.empty() ? "" : " ") + (well_behaved ? fmt::format("**{}**", name) : name);
    }
    return text;
}

std::string operations_of(std::string_view group) {
    std::string text = "| operation | arguments | results | |\n|---|---|---|---|\n";
    for (const kernel::operation_info& o : kernel::all_operations()) {
        if (group == o.group) {
            text += fmt::format("| `{}` | {} | {} | {} |\n", o.name, arguments_of(o), results_of(o),
                                cell(o.about));
        }
    }
    return text;
}

}  // namespace

std::string make_reference() {
    struct heading {
        section of;
        const char* title;
    };
    static constexpr heading headings[] = {
        {section::scenario, "At the top"},
        {section::kernel, "`[kernel]`"},
        {section::machine, "`[machine]`"},
        {section::futex, "`[futex]`: each futex, `NAME = { ... }`"},
        {section::task, "`[[task]]`"},
        {section::sched, "`sched` of a task"},
        {section::step, "Each of a task's `steps`"},
        {section::signal, "`[[signal]]`"},
        {section::rules, "`[rules]`"},
        {section::explore, "`[explore]`"},
        {section::vary, "`[vary]`"},
    };
    std::string text;
    for (const heading& h : headings) {
        text += fmt::format("### {}\n\n{}\n", h.title, keys_of(h.of));
    }
    text +=
        "### Operations\n\nBold arguments are required. Bold results are those of a well-behaved program: "
        "what a "
        "step may return if its\n`returns` is left out (ETIMEDOUT only with a timeout). `count` is any "
        "number from "
        "0.\n\n";
    std::vector<std::string_view> groups;
    for (const kernel::operation_info& o : kernel::all_operations()) {
        if (std::find(groups.begin(), groups.end(), o.group) == groups.end()) groups.emplace_back(o.group);
    }
    for (const std::string_view group : groups) {
        text += fmt::format("#### {}\n\n{}\n", group, operations_of(group));
    }
    text += "### Arguments of operations\n\n| argument | value | |\n|---|---|---|\n";
    for (const kernel::argument_info& a : kernel::all_arguments()) {
        text += fmt::format("| `{}` | {} | {} |\n", a.name, cell(format::type_of(a.id)), cell(a.about));
    }
    return text;
}

}  // namespace tenthrule::scenarios::testing
