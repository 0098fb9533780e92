#include <doctest/doctest.h>

#include "tests/cli/run_tool.hpp"

using namespace tenthrule::test;  // NOLINT(google-build-using-namespace)

TEST_CASE("check: everything that is shipped is right") {
    const tool_run run = run_tool({"check", "scenarios"});
    CHECK(run.status == 0);
    CHECK(run.out.find(
              "ok     scenarios/seeds/2017-steal-vs-timeout.toml  (v4.14, 2 CPUs, 3 tasks, 8 steps)\n") !=
          std::string::npos);
    CHECK(run.out.find("wrong") == std::string::npos);
}

TEST_CASE("check: a mistake has a place, a caret, a nearest name, and exit status 2") {
    temporary_folder folder;
    const std::string path = folder.write("a.toml",
                                          "name = \"a\"\n"
                                          "[futex]\n"
                                          "lock = { kind = \"pi\" }\n"
                                          "[[task]]\n"
                                          "name = \"t\"\n"
                                          "steps = [ { op = \"lock_py\", futex = \"lock\" } ]\n");
    const tool_run run = run_tool({"check", path});
    CHECK(run.status == 2);
    CHECK(run.out == "wrong  " + path + "\n");
    CHECK(run.err.find(path + ":6:18: error: ") == 0);
    CHECK(run.err.find("\n                   ^\n") != std::string::npos);
    CHECK(run.err.find("did you mean 'lock_pi'?") != std::string::npos);

    const tool_run json = run_tool({"check", path, "--json"});
    CHECK(json.status == 2);
    const nlohmann::json o = json_lines(json).at(0);
    CHECK(o.at("valid") == false);
    CHECK(o.at("diagnostics").at(0).at("line") == 6);
    CHECK(o.at("diagnostics").at(0).at("column") == 18);
    CHECK(o.at("diagnostics").at(0).at("level") == "error");
    CHECK(o.at("diagnostics").at(0).at("nearest") == "lock_pi");
}
