#include "tests/scenarios/execute.hpp"

#include <doctest/doctest.h>

#include "runtime/random.hpp"
#include "scenarios/load.hpp"
#include "scenarios/scenario_program.hpp"
#include "scheduler/make_strategy.hpp"

namespace tenthrule::scenarios::testing {

scenario load(std::string_view text) {
    load_result r = load_text(text, "test.toml");
    REQUIRE_MESSAGE(r.value.has_value(), to_string(r.diagnostics));
    return *std::move(r.value);
}

run_result execute(const scenario& s, const char* strategy, std::uint64_t seed) {
    const strategy_or_error chosen = make_strategy(strategy);
    REQUIRE_MESSAGE(chosen.made != nullptr, chosen.error);
    scenario_program p(s);
    run_options options = options_of(s);
    options.log = true;
    execution e;
    return e.run(p, *chosen.made, options, execution_seed(seed, 0));
}

std::vector<std::string> story(const run_result& r, const scenario& s) {
    std::vector<std::string> lines;
    for (const event& e : r.log) {
        if (e.story && is_task(e.who)) lines.push_back(s.tasks[e.who].name + ": " + e.label);
    }
    return lines;
}

std::vector<std::string> results(const run_result& r, const scenario& s) {
    std::vector<std::string> lines = story(r, s);
    std::erase_if(lines, [](const std::string& l) { return l.find(" -> ") == std::string::npos; });
    return lines;
}

}  // namespace tenthrule::scenarios::testing
