// From a scenario to a finding, a token and back: the whole promise, through the real binary.

#include <algorithm>
#include <filesystem>

#include <doctest/doctest.h>

#include "runtime/sanitizer.hpp"
#include "tests/cli/run_tool.hpp"

using namespace tenthrule::test;  // NOLINT(google-build-using-namespace)
using nlohmann::json;

namespace {

/// The 2017 race, found once for all tests that need a finding.
const json& found_2017() {
    static const json object = [] {
        const tool_run run = run_tool({"fuzz", scenario_2017(), "--json"});
        REQUIRE(run.status == 1);
        const std::vector<json> lines = json_lines(run);
        REQUIRE(lines.size() == 1);
        return lines.front();
    }();
    return object;
}

void check_figures(const json& f) {
    for (const char* key :
         {"tasks", "steps", "points", "switches", "preemptions", "interleavings", "events"}) {
        CAPTURE(key);
        CHECK(f.at(key).is_number_unsigned());
    }
}

}  // namespace

TEST_CASE("fuzz: a violation as JSON has every field, with its type") {
    const json& o = found_2017();
    for (const char* key : {"scenario", "name", "kernel", "verdict", "rule", "message", "strategy", "end",
                            "token", "trace_digest", "identity"}) {
        CAPTURE(key);
        CHECK(o.at(key).is_string());
    }
    for (const char* key : {"seed", "schedules", "points", "found_at", "shrink_executions", "distinct",
                            "longest", "jobs", "times", "step_bounds"}) {
        CAPTURE(key);
        CHECK(o.at(key).is_number_unsigned());
    }
    CHECK(o.at("seconds").is_number_float());
    CHECK(o.at("complete").is_boolean());
    CHECK(o.at("certified").is_boolean());
    CHECK(o.at("reproducer").is_null());
    CHECK(o.at("with").is_array());
    CHECK(o.at("without").is_array());
    CHECK(o.at("further").is_array());
    CHECK(o.at("met_while_shrinking").is_array());
    CHECK(o.at("bound").is_null());
    check_figures(o.at("original"));
    check_figures(o.at("shrunk"));
    CHECK(o.at("trace_digest").get<std::string>().size() == 16);

    CHECK(o.at("scenario") == scenario_2017());
    CHECK(o.at("kernel") == "v4.14");
    CHECK(o.at("verdict") == "violation");
    CHECK(o.at("rule") == "owner-on-return");
    CHECK(o.at("expected") == true);
    CHECK(o.at("strategy") == "pct:depth=3");
    CHECK(o.at("seed") == 1);
    CHECK(o.at("found_at") <= o.at("schedules"));
}

TEST_CASE("fuzz: the 2017 race is shrunk to the three tasks of the mail and what was proven minimal") {
    const json& shrunk = found_2017().at("shrunk");
    CHECK(shrunk.at("tasks") <= 3);
    CHECK(shrunk.at("preemptions") <= 1);
    CHECK(shrunk.at("events") <= 1);
    CHECK(found_2017().at("token").get<std::string>().size() < 160);
}

TEST_CASE("fuzz: the token replays to the same rule and the same trace digest") {
    const json& o = found_2017();
    const tool_run run = run_tool({"replay", o.at("token"), "--json"});
    CHECK(run.status == 1);
    const std::vector<json> lines = json_lines(run);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].at("verdict") == "violation");
    CHECK(lines[0].at("rule") == o.at("rule"));
    CHECK(lines[0].at("message") == o.at("message"));
    CHECK(lines[0].at("trace_digest") == o.at("trace_digest"));
    CHECK(lines[0].at("points") == o.at("shrunk").at("points"));
    CHECK(lines[0].at("diverged").is_null());
}

TEST_CASE("fuzz: the printed command works when it is pasted") {
    temporary_folder elsewhere;
    const std::string copy = elsewhere.write(
        "my scenario.toml", read_text(TENTHRULE_SOURCE_DIR "/" + scenario_2017()) + "\n[explore]\n");
    // Another digest than the shipped one, so that it has to be named.
    std::string text = read_text(copy);
    text.replace(text.find("\"5ms\""), 5, "\"7ms\"");
    elsewhere.write("my scenario.toml", text);

    const tool_run run = run_tool({"fuzz", copy, "--no-shrink"});
    CHECK(run.status == 1);
    const std::string prefix = "\nreplay:  tenthrule replay ";
    const std::size_t at = run.out.rfind(prefix);
    REQUIRE(at != std::string::npos);
    const std::string rest = run.out.substr(at + prefix.size());
    const std::string token = rest.substr(0, rest.find(' '));
    CHECK(rest == token + " --scenario '" + copy + "'\n");
    CHECK(run_tool({"replay", token}).status == 2);
    CHECK(run_tool({"replay", token, "--scenario", copy}).status == 1);
}

TEST_CASE("fuzz: a clean version says so and exits with 0") {
    const tool_run run =
        run_tool({"fuzz", scenario_2017(), "--kernel", "v4.15", "--schedules", "2000", "--json"});
    CHECK(run.status == 0);
    const std::vector<json> lines = json_lines(run);
    REQUIRE(lines.size() == 1);
    const json& o = lines[0];
    CHECK(o.at("verdict") == "clean");
    CHECK(o.at("kernel") == "v4.15");
    CHECK(o.at("expected") == true);
    CHECK(o.at("rule").is_null());
    CHECK(o.at("schedules") == 2000);
    CHECK(o.at("end") == "schedules");
    CHECK(o.at("bound").at("depth") == 3);
    CHECK_FALSE(o.contains("token"));
}

TEST_CASE("fuzz: a single patch makes another kernel, of which nothing is expected") {
    const tool_run run =
        run_tool({"fuzz", "--with", "c1e2f0eaf015", scenario_2017(), "--schedules", "500", "--json"});
    CHECK(run.status == 0);
    const std::vector<json> lines = json_lines(run);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].at("with") == json::array({"c1e2f0eaf015"}));
    CHECK(lines[0].at("expected").is_null());
}

TEST_CASE("fuzz: all patches of another version, given one by one, make that version") {
    const tool_run run = run_tool({"fuzz", "--with", "c1e2f0eaf015", scenario_2017(), "--with",
                                   "a97cb0e7b3f4", "--with", "fbe0e839d1e2", "--schedules", "500", "--json"});
    CHECK(run.status == 0);
    const std::vector<json> lines = json_lines(run);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].at("kernel") == "v4.14");
    CHECK(lines[0].at("with") == json::array({"c1e2f0eaf015", "a97cb0e7b3f4", "fbe0e839d1e2"}));
    CHECK(lines[0].at("expected") == true);
}

// Two of the longest reductions that there are; under a sanitizer those of the other tests have to do.
TEST_CASE("fuzz: with a rule off it meets what comes of it, and the token knows" *
          doctest::skip(tenthrule::sanitizer::address)) {
    const tool_run run = run_tool({"fuzz", scenario_2017(), "--rule-off", "owner-on-return", "--json"});
    CHECK(run.status == 1);
    const json o = json_lines(run).at(0);
    CHECK(o.at("rules_off") == json::array({"owner-on-return"}));
    CHECK(o.at("rule") == "unexpected-error");
    CHECK(o.at("expected").is_null());
    CHECK(found_2017().at("rules_off") == json::array());

    const tool_run again = run_tool({"replay", o.at("token"), "--json"});
    CHECK(again.status == 1);
    const json r = json_lines(again).at(0);
    for (const char* key : {"rule", "message", "identity", "trace_digest", "rules_off", "kernel"}) {
        CAPTURE(key);
        CHECK(r.at(key) == o.at(key));
    }
    CHECK(r.at("points") == o.at("shrunk").at("points"));

    const tool_run smaller = run_tool({"shrink", o.at("token"), "--json"});
    CHECK(smaller.status == 1);
    const json s = json_lines(smaller).at(0);
    CHECK(s.at("rules_off") == o.at("rules_off"));
    CHECK(s.at("identity") == o.at("identity"));
    CHECK(json_lines(run_tool({"replay", s.at("token"), "--json"})).at(0).at("trace_digest") ==
          s.at("trace_digest"));
}

TEST_CASE("fuzz: on another machine it says which, and claims nothing of what is expected") {
    const std::vector<std::string> words{"fuzz", "scenarios/healthy/wake-op.toml", "--schedules", "20"};
    const auto on = [&](const char* cpus) {
        std::vector<std::string> more = words;
        more.insert(more.end(), {"--cpus", cpus});
        const std::string out = run_tool(more).out;
        return out.substr(0, out.find('\n'));
    };
    CHECK(on("2") == "CLEAN  scenarios/healthy/wake-op.toml  v6.8  as expected");
    CHECK(on("0") ==
          "CLEAN  scenarios/healthy/wake-op.toml  v6.8, a CPU for every task  not compared with [expect]");
}

TEST_CASE("fuzz: a search with rules off says so, and claims nothing of what is expected") {
    std::vector<std::string> words{
        "fuzz",        scenario_2017(),  "--kernel",   "v4.15",
        "--schedules", "2000",           "--rule-off", "unexpected-error,owner-on-return",
        "--rule-off",  "state-agreement"};
    const tool_run clean = run_tool(words);
    CHECK(clean.status == 0);
    CHECK(clean.out.find("CLEAN  scenarios/seeds/2017-steal-vs-timeout.toml  v4.15, rules owner-on-return, "
                         "state-agreement and unexpected-error off  not compared with [expect]\n") == 0);
    CHECK(clean.err.find("v4.15, rules owner-on-return, state-agreement and unexpected-error off, 2 CPUs") !=
          std::string::npos);
    words.emplace_back("--json");
    const json o = json_lines(run_tool(words)).at(0);
    CHECK(o.at("rules_off") == json::array({"owner-on-return", "state-agreement", "unexpected-error"}));
    CHECK(o.at("expected").is_null());
}

TEST_CASE("fuzz: a violation with rules off is shown with them, and so is its replay") {
    const tool_run found =
        run_tool({"fuzz", scenario_2017(), "--rule-off", "owner-on-return", "--no-shrink"});
    CHECK(found.status == 1);
    CHECK(found.out.find("VIOLATION  unexpected-error  scenarios/seeds/2017-steal-vs-timeout.toml  v4.14, "
                         "rule owner-on-return off  not compared with [expect]\n") == 0);
    const std::string command = "\nreplay:  tenthrule replay ";
    const std::size_t at = found.out.rfind(command);
    REQUIRE(at != std::string::npos);
    std::string token = found.out.substr(at + command.size());
    token.pop_back();
    const tool_run again = run_tool({"replay", token});
    CHECK(again.status == 1);
    CHECK(
        again.out.find("REPLAYED  unexpected-error  scenarios/seeds/2017-steal-vs-timeout.toml  v4.14, rule "
                       "owner-on-return off  ") == 0);
    // On another kernel the same rules are off.
    const tool_run other = run_tool({"replay", token, "--kernel", "v4.15"});
    CHECK(other.status == 3);
    CHECK(other.out.find("v4.15, rule owner-on-return off\n") != std::string::npos);
}

TEST_CASE("fuzz: a rule that is off already changes nothing") {
    const temporary_folder folder;
    const std::string own = folder.write("own.toml", read_text(TENTHRULE_SOURCE_DIR "/" + scenario_2017()) +
                                                         "\n[rules]\noff = [\"data-race\"]\n");
    const std::vector<std::string> words{"fuzz", own, "--no-shrink", "--json"};
    std::vector<std::string> more = words;
    more.insert(more.end(), {"--rule-off", "data-race"});
    const json a = json_lines(run_tool(words)).at(0);
    const json b = json_lines(run_tool(more)).at(0);
    CHECK(b.at("rules_off") == json::array());
    CHECK(b.at("expected") == true);
    CHECK(b.at("token") == a.at("token"));
}

TEST_CASE("fuzz: a reproducer has the rules off that were off") {
    const temporary_folder folder;
    const std::string out = folder.path() + "/found";
    const tool_run run = run_tool(
        {"fuzz", scenario_2017(), "--rule-off", "owner-on-return", "--no-shrink", "--json", "--out", out});
    CHECK(run.status == 1);
    const json o = json_lines(run).at(0);
    const json r = json_lines(run_tool({"replay", o.at("reproducer"), "--json"})).at(0);
    CHECK(r.at("rule") == "unexpected-error");
    CHECK(r.at("trace_digest") == o.at("trace_digest"));
}

TEST_CASE("fuzz: folders are searched scenario by scenario, a line each") {
    const tool_run run = run_tool({"fuzz", "scenarios/healthy", "--schedules", "50", "--json"});
    CHECK(run.status == 0);
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(TENTHRULE_SOURCE_DIR "/scenarios/healthy")) {
        files += entry.path().extension() == ".toml" ? 1U : 0U;
    }
    CHECK(json_lines(run).size() == files);
    CHECK(files >= 8);
}

TEST_CASE("fuzz: equal seeds give equal findings, other seeds need not") {
    const auto first = [](const char* seed) {
        const tool_run run = run_tool({"fuzz", scenario_2017(), "--no-shrink", "--json", "--seed", seed});
        CHECK(run.status == 1);
        return json_lines(run).at(0);
    };
    const json a = first("7");
    const json b = first("7");
    CHECK(a.at("token") == b.at("token"));
    CHECK(a.at("found_at") == b.at("found_at"));
    CHECK(a.at("shrink_executions") == 0);
    CHECK(a.at("original") == a.at("shrunk"));
    CHECK(first("8").at("token") != a.at("token"));
}

TEST_CASE("fuzz: a wrong scenario among right ones ends the run before it begins") {
    temporary_folder folder;
    folder.write("a.toml", read_text(TENTHRULE_SOURCE_DIR "/scenarios/healthy/trylock.toml"));
    folder.write("b.toml", "name = 3\n");
    const tool_run run = run_tool({"fuzz", folder.path(), "--schedules", "5"});
    CHECK(run.status == 2);
    CHECK(run.out.empty());
    CHECK(run.err.find("b.toml:1:8: error: ") != std::string::npos);
}

TEST_CASE("fuzz: keeps going on request and collects different failures once each") {
    const tool_run run =
        run_tool({"fuzz", scenario_2017(), "--keep-going", "--no-shrink", "--schedules", "3000", "--json"});
    CHECK(run.status == 1);
    const json o = json_lines(run).at(0);
    CHECK(o.at("schedules") == 3000);
    CHECK(o.at("times") >= 1);
    std::vector<std::string> identities{o.at("identity")};
    for (const json& f : o.at("further")) {
        identities.push_back(f.at("identity"));
    }
    std::sort(identities.begin(), identities.end());
    CHECK(std::adjacent_find(identities.begin(), identities.end()) == identities.end());
}

TEST_CASE("fuzz: --out leaves a reproducer that replays, even if it was not shrunk") {
    temporary_folder folder;
    const std::string out = folder.path() + "/found";
    const tool_run run = run_tool({"fuzz", scenario_2017(), "--no-shrink", "--json", "--out", out});
    CHECK(run.status == 1);
    const json o = json_lines(run).at(0);
    const std::string file = o.at("reproducer");
    CHECK(file == out + "/2017-steal-vs-timeout-v4.14-owner-on-return.repro.toml");
    const tool_run again = run_tool({"replay", file, "--json"});
    CHECK(again.status == 1);
    CHECK(json_lines(again).at(0).at("rule") == "owner-on-return");
    CHECK(json_lines(again).at(0).at("trace_digest") == o.at("trace_digest"));
}

TEST_CASE("fuzz: the report for people has the cause, the sizes, the chart, and the command at the end") {
    const tool_run run = run_tool({"fuzz", scenario_2017()});
    CHECK(run.status == 1);
    const std::string& text = run.out;
    std::size_t at = 0;
    for (const char* part :
         {"VIOLATION  owner-on-return  scenarios/seeds/2017-steal-vs-timeout.toml  v4.14  as expected",
          "but the futex word of lock says", "minimal  3 tasks", "found    3 tasks", "shrunk   in ", "waiter",
          "steals lock from waiter", "returns ETIMEDOUT", "*** owner-on-return", "=> the switch",
          "\nreplay:  tenthrule replay tr1_"}) {
        CAPTURE(part);
        at = text.find(part, at);
        REQUIRE(at != std::string::npos);
    }
    CHECK(text.find('\n', at + 1) == text.size() - 1);
    // Before shrinking began, the token as it was found.
    CHECK(run.err.find("before shrinking: tenthrule replay tr1_") != std::string::npos);
    CHECK(text.find(" 0x") == std::string::npos);
}
