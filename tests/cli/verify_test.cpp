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

TEST_CASE("verify: on another machine it says which, and claims nothing of what is expected") {
    const char* const clean = "scenarios/seeds/2016-unlock-livelock.toml";
    const tool_run written = run_tool({"verify", clean, "--kernel", "golden", "--cpus", "1"});
    CHECK(written.out.find("CPU") == std::string::npos);
    const tool_run other = run_tool({"verify", clean, "--kernel", "golden", "--cpus", "0"});
    CHECK(other.status == 0);
    CHECK(other.out.find(
              "VERIFIED  scenarios/seeds/2016-unlock-livelock.toml  golden, a CPU for every task\n") == 0);
    CHECK(other.out.find("executions, all of them") != std::string::npos);
    const tool_run broken =
        run_tool({"verify", "scenarios/seeds/2017-ancestor.toml", "--cpus", "0", "--no-shrink", "--json"});
    CHECK(broken.status == 1);
    const json o = json_lines(broken).at(0);
    CHECK(o.at("expected").is_null());
    CHECK(o.at("cpus") == 0);
    CHECK(run_tool({"replay", o.at("token").get<std::string>()}).status == 1);
}

TEST_CASE("verify: a search goes on on its own machine, and on no other") {
    const temporary_folder folder;
    const std::string file = folder.path() + "/progress";
    const std::vector<std::string> words{
        "verify", "scenarios/healthy/condvar-broadcast.toml", "--executions", "2000", "--save", file};
    CHECK(run_tool(words).status == 0);
    const auto on = [&](const char* cpus) {
        std::vector<std::string> more = words;
        more.insert(more.end(), {"--resume", file, "--cpus", cpus});
        return run_tool(more);
    };
    const tool_run own = on("2");
    CHECK(own.status == 0);
    CHECK(own.out.find("not verified: 4,0") != std::string::npos);
    const tool_run refused = on("7");
    CHECK(refused.status == 2);
    CHECK(refused.err.find("is about something else") != std::string::npos);
}

TEST_CASE("verify: a machine that cannot be is refused") {
    const tool_run many = run_tool({"verify", "scenarios/healthy/wake-op.toml", "--cpus", "65"});
    CHECK(many.status == 2);
    CHECK(many.err.find("--cpus: there can be at most 64 CPUs, not 65") != std::string::npos);
    const tool_run nowhere = run_tool({"fuzz", "scenarios/healthy/mixed-policies.toml", "--cpus", "1"});
    CHECK(nowhere.status == 2);
    CHECK(nowhere.err.find("has a task that could run nowhere on 1 CPU") != std::string::npos);
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
