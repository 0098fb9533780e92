#include "scenarios/to_toml.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "scenarios/facts.hpp"

namespace tenthrule::scenarios {

namespace {

std::string in_braces(const std::vector<fact>& facts) {
    std::vector<std::string> list;
    list.reserve(facts.size());
    for (const fact& f : facts) {
        list.push_back(fmt::format("{} = {}", f.key, f.value));
    }
    return fmt::format("{{ {} }}", fmt::join(list, ", "));
}

// One key a line, the values below each other.
void put_lines(std::string& to, const std::vector<fact>& facts) {
    std::size_t width = 0;
    for (const fact& f : facts) {
        width = std::max(width, f.key.size());
    }
    for (const fact& f : facts) {
        to += fmt::format("{:<{}} = {}\n", f.key, width, f.value);
    }
}

void put_section(std::string& to, const char* header, const std::vector<fact>& facts) {
    if (!facts.empty()) {
        to += fmt::format("\n{}\n", header);
        put_lines(to, facts);
    }
}

void put_task(std::string& to, const scenario& s, unsigned t) {
    put_section(to, "[[task]]", task_facts(s, t, facts_for::file));
    if (s.tasks[t].dropped) {
        return;
    }
    to += "steps = [\n";
    for (unsigned i = 0; i < s.tasks[t].steps.size(); ++i) {
        if (!s.tasks[t].steps[i].dropped) {
            to += fmt::format("  {},\n", in_braces(step_facts(s, t, i, facts_for::file)));
        }
    }
    to += "]\n";
}

}  // namespace

std::string to_toml(const scenario& s) {
    std::string to;
    std::vector<fact> head{{"name", quoted(s.name)}};
    if (!s.about.empty()) head.push_back({"about", quoted(s.about)});
    if (!s.origin.empty()) head.push_back({"origin", quoted(s.origin)});
    put_lines(to, head);
    put_section(to, "[kernel]", kernel_facts(s));
    put_section(to, "[machine]", {{"cpus", fmt::format("{}", s.cpus)}});

    std::vector<fact> futexes;
    for (unsigned w = 0; w < s.words.size(); ++w) {
        if (!s.words[w].dropped) futexes.push_back({s.words[w].name, in_braces(word_facts(s, w))});
    }
    put_section(to, "[futex]", futexes);
    for (unsigned t = 0; t < s.tasks.size(); ++t) {
        put_task(to, s, t);
    }
    for (unsigned g = 0; g < s.signals.size(); ++g) {
        put_section(to, "[[signal]]", signal_facts(s, g, facts_for::file));
    }
    std::vector<fact> rules;
    if (!s.rules.off.empty()) rules.push_back({"off", quoted_list(s.rules.off)});
    if (!s.rules.only.empty()) rules.push_back({"only", quoted_list(s.rules.only)});
    if (s.rules.retries != 0) rules.push_back({"retries", fmt::format("{}", s.rules.retries)});
    put_section(to, "[rules]", rules);

    std::vector<fact> expect;
    expect.reserve(s.expect.size());
    for (const expectation& e : s.expect) {
        expect.push_back({quoted(e.version), quoted_list(e.rules)});
    }
    put_section(to, "[expect]", expect);
    std::vector<fact> explore;
    if (!s.explore.strategy.empty()) explore.push_back({"strategy", quoted(s.explore.strategy)});
    if (s.explore.schedules != 0) explore.push_back({"schedules", fmt::format("{}", s.explore.schedules)});
    if (s.explore.points_max != 0) explore.push_back({"points_max", fmt::format("{}", s.explore.points_max)});
    put_section(to, "[explore]", explore);
    put_section(to, "[vary]", vary_facts(s));
    return to;
}

}  // namespace tenthrule::scenarios
