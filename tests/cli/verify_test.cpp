#include <doctest/doctest.h>

#include "tests/cli/run_tool.hpp"

using namespace tenthrule::test;  // NOLINT(google-build-using-namespace)
using nlohmann::json;

TEST_CASE("verify: says what it has proved") {
    const tool_run all = run_tool({"verify", "scenarios/healthy/wake-op.toml", "--jobs", "2"});
    CHECK(all.status == 0);
    CHECK(all.out.find("VERIFIED  scenarios/healthy/wake-op.toml") == 0);
    CHECK(all.out.find("executions, all of them") != std::string::npos);
    const tool_run bounded = run_tool({"verify", "scenarios/healthy/wake-op.toml", "--bound", "1"});
    CHECK(bounded.status == 0);
    CHECK(bounded.out.find("verified up to bound 1: ") != std::string::npos);
}

TEST_CASE("verify: says how far it got, and claims nothing") {
    const tool_run run =
        run_tool({"verify", "scenarios/healthy/condvar-broadcast.toml", "--executions", "5000", "--json"});
    CHECK(run.status == 0);
    const json o = json_lines(run).at(0);
    CHECK(o.at("verdict") == "unknown");
    CHECK(o.at("end") == "executions");
    CHECK(o.at("all_of_them") == false);
    CHECK(o.at("share").get<double>() < 1);
    CHECK(o.at("executions").get<unsigned>() >= 4000);
}

TEST_CASE("verify: a violation is shown as fuzz shows it, certified, with a token that replays") {
    const tool_run run = run_tool({"verify", "scenarios/seeds/2017-ancestor.toml", "--json"});
    CHECK(run.status == 1);
    const json o = json_lines(run).at(0);
    CHECK(o.at("verdict") == "violation");
    CHECK(o.at("certified") == true);
    CHECK(o.at("certified_because").get<std::string>().find("no schedule with fewer than") == 0);
    for (const json& d : o.at("why").at("deviations")) {
        CHECK(d.at("fails_without") == false);
    }
    CHECK(o.at("why").at("free_choices").get<unsigned>() < o.at("why").at("other_choices").get<unsigned>());
    CHECK(run_tool({"replay", o.at("token").get<std::string>()}).status == 1);
}

TEST_CASE("verify: mistakes are told before anything runs") {
    CHECK(run_tool({"verify"}).status == 2);
    CHECK(run_tool({"verify", "scenarios/healthy", "--save", "x"}).status == 2);
    const tool_run missing =
        run_tool({"verify", "scenarios/healthy/wake-op.toml", "--resume", "/nowhere/at/all"});
    CHECK(missing.status == 2);
    CHECK(missing.err.find("there is no file '/nowhere/at/all'") != std::string::npos);
}

TEST_CASE("verify: an interruption is said, and how to go on") {
    const temporary_folder folder;
    const std::string file = folder.path() + "/progress";
    tool_environment where;
    where.interrupt_after_ms = 500;
    const tool_run run =
        run_tool({"verify", "scenarios/healthy/condvar-broadcast.toml", "--save", file}, where);
    CHECK(run.status == 130);
    CHECK(run.err.find("to go on:  add --resume " + file) != std::string::npos);
    // However far it came.
    const tool_run on = run_tool({"verify", "scenarios/healthy/condvar-broadcast.toml", "--resume", file,
                                  "--executions", "100", "--json"});
    CHECK(on.err.empty());
    CHECK(json_lines(on).at(0).at("executions").get<unsigned>() >= 100);
}

TEST_CASE("verify: goes on where it ended") {
    const temporary_folder folder;
    const std::string file = folder.path() + "/progress";
    const std::string scenario = "scenarios/healthy/condvar-broadcast.toml";
    const tool_run first = run_tool({"verify", scenario, "--executions", "2000", "--save", file, "--json"});
    const unsigned done = json_lines(first).at(0).at("executions").get<unsigned>();
    const tool_run on = run_tool({"verify", scenario, "--resume", file, "--executions", "100", "--json"});
    CHECK(json_lines(on).at(0).at("executions").get<unsigned>() >= done);
}
