// What a signal does to a long run.

#include <doctest/doctest.h>

#include "runtime/sanitizer.hpp"
#include "tests/cli/run_tool.hpp"

using namespace tenthrule::test;  // NOLINT(google-build-using-namespace)

namespace {

// Long enough for the search to have begun, also beside other tests.
constexpr int a_while_ms = tenthrule::sanitizer::address ? 5'000 : 2'500;

}  // namespace

TEST_CASE("interrupt: SIGINT ends the search cleanly and says how to go on") {
    tool_environment where;
    where.interrupt_after_ms = a_while_ms;
    const tool_run run = run_tool({"fuzz", scenario_2017(), "--kernel", "v4.15", "--rule-off", "livelock",
                                   "--time", "10m", "--seed", "5"},
                                  where);
    CHECK(run.status == 130);
    CHECK(run.out.find("INTERRUPTED  " + scenario_2017() +
                       "  v4.15, rule livelock off  nothing found so far\n") == 0);
    const std::string start =
        "to go on:  tenthrule fuzz " + scenario_2017() + " --strategy pct:depth=3 --seed 5 --from ";
    const std::size_t at = run.err.find(start);
    REQUIRE(at != std::string::npos);
    const std::string rest = run.err.substr(at + start.size());
    const std::size_t blank = rest.find(' ');
    REQUIRE(blank != std::string::npos);
    CHECK(rest.substr(blank) == " --kernel v4.15 --rule-off livelock\n");
    const std::string next = rest.substr(0, blank);
    CHECK(std::stoull(next) > 1);

    const tool_run on = run_tool(
        {"fuzz", scenario_2017(), "--seed", "5", "--from", next, "--kernel", "v4.15", "--schedules", "100"});
    CHECK(on.status == 0);
}

TEST_CASE("interrupt: JSON says that the search was cut short") {
    tool_environment where;
    where.interrupt_after_ms = a_while_ms;
    const tool_run run = run_tool({"fuzz", "scenarios/healthy", "--time", "10m", "--json"}, where);
    CHECK(run.status == 130);
    const auto lines = json_lines(run);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].at("end") == "interrupted");
    CHECK(lines[0].at("schedules") > 0);
}
