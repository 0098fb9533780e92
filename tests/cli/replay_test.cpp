// Tokens: damaged ones are refused, and what does not fit any more is told.

#include <doctest/doctest.h>

#include "tests/cli/run_tool.hpp"

using namespace tenthrule::test;  // NOLINT(google-build-using-namespace)
using nlohmann::json;

namespace {

const std::string& token_2017() {
    static const std::string token = [] {
        const tool_run run = run_tool({"fuzz", scenario_2017(), "--no-shrink", "--json"});
        REQUIRE(run.status == 1);
        return json_lines(run).at(0).at("token").get<std::string>();
    }();
    return token;
}

}  // namespace

TEST_CASE("replay: a token with any one character changed is refused") {
    const std::string& token = token_2017();
    for (std::size_t i = 0; i < token.size(); ++i) {
        std::string changed = token;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        CAPTURE(i);
        const tool_run run = run_tool({"replay", changed});
        CHECK(run.status == 2);
        CHECK(run.out.empty());
        CHECK_FALSE(run.err.empty());
    }
}

TEST_CASE("replay: a token that lost or got a character is refused") {
    const std::string& token = token_2017();
    CHECK(run_tool({"replay", token + "A"}).status == 2);
    CHECK(run_tool({"replay", token.substr(0, token.size() - 1)}).status == 2);
    CHECK(run_tool({"replay", token.substr(1)}).status == 2);
    CHECK(run_tool({"replay", "tr1_"}).status == 2);
}

TEST_CASE("replay: on another kernel version it names the first step that differs") {
    const tool_run run = run_tool({"replay", token_2017(), "--kernel", "v4.15", "--json"});
    CHECK(run.status == 3);
    const json o = json_lines(run).at(0);
    CHECK(o.at("verdict") == "diverged");
    CHECK(o.at("kernel") == "v4.15");
    CHECK(o.at("diverged").at("step") > 0);
    CHECK(o.at("diverged").at("exact") == true);
    CHECK(o.at("diverged").at("expected") != "");
    CHECK(o.at("diverged").at("actual") != "");

    const tool_run text = run_tool({"replay", token_2017(), "--kernel", "v4.15"});
    CHECK(text.status == 3);
    CHECK(text.out.find("DIVERGED  scenarios/seeds/2017-steal-vs-timeout.toml  v4.15\n"
                        "  It was recorded on v4.14.\n"
                        "  The first step that differs is step ") == 0);
    CHECK(text.out.find("\n  expected  ") != std::string::npos);
    CHECK(text.out.find("\n  actual    ") != std::string::npos);
}

TEST_CASE("replay: an unknown kernel is a mistake, not a divergence") {
    const tool_run run = run_tool({"replay", token_2017(), "--kernel", "v4.16"});
    CHECK(run.status == 2);
    CHECK(run.err.find("unknown kernel version 'v4.16'") != std::string::npos);
}

TEST_CASE("replay: of an edited scenario says that it was edited and where it goes another way") {
    temporary_folder folder;
    std::string text = read_text(TENTHRULE_SOURCE_DIR "/" + scenario_2017());
    // The stealer hesitates.
    const std::size_t at = text.rfind("  { op = \"lock_pi\", futex = \"lock\" },\n");
    REQUIRE(at != std::string::npos);
    text.insert(at, "  { op = \"yield\" },\n");
    const std::string edited = folder.write("edited.toml", text);

    const tool_run run = run_tool({"replay", token_2017(), "--scenario", edited, "--json"});
    CHECK(run.status == 3);
    CHECK(run.err.find("was edited since") != std::string::npos);
    CHECK(json_lines(run).at(0).at("diverged").at("step") > 0);
}

TEST_CASE("replay: without the scenario it says what is missing and where it looked") {
    temporary_folder folder;
    const tool_run run = run_tool({"replay", token_2017(), "--scenario", folder.path()});
    CHECK(run.status == 2);
    CHECK(run.err.find("the scenario of this token") != std::string::npos);
    CHECK(run.err.find(folder.path()) != std::string::npos);
    CHECK(run_tool({"replay", token_2017(), "--scenario", folder.path() + "/no"}).err ==
          "tenthrule: there is no file or folder '" + folder.path() + "/no'\n");
}

TEST_CASE("replay: from any folder the shipped scenarios are found") {
    temporary_folder folder;
    tool_environment where;
    where.folder = folder.path();
    CHECK(run_tool({"replay", token_2017()}, where).status == 1);
}

TEST_CASE("replay: shows every event on request") {
    const tool_run run = run_tool({"replay", token_2017(), "--events", "--json"});
    const json o = json_lines(run).at(0);
    CHECK(o.at("log").size() >= o.at("points"));
    for (const char* key : {"step", "who", "cpu", "kind", "label", "state", "deviates"}) {
        CHECK(o.at("log").at(0).contains(key));
    }
    const tool_run text = run_tool({"replay", token_2017(), "--events"});
    CHECK(text.out.find("\nAll events:\n") != std::string::npos);
    CHECK(text.out.find("lock wait_lock") != std::string::npos);
}

TEST_CASE("replay: a scenario is no reproducer") {
    const tool_run run = run_tool({"replay", scenario_2017()});
    CHECK(run.status == 2);
    CHECK(run.err.find("is no reproducer") != std::string::npos);
}

TEST_CASE("shrink: does what fuzz would have done") {
    const tool_run run = run_tool({"shrink", token_2017(), "--json"});
    CHECK(run.status == 1);
    const json o = json_lines(run).at(0);
    CHECK(o.at("rule") == "owner-on-return");
    CHECK(o.at("shrunk").at("preemptions") <= 1);
    CHECK(o.at("shrunk").at("events") <= 1);
    CHECK(o.at("shrink_executions") > 0);
    const tool_run again = run_tool({"replay", o.at("token"), "--json"});
    CHECK(json_lines(again).at(0).at("trace_digest") == o.at("trace_digest"));
}

TEST_CASE("replay: --html and --perfetto write files, and print the same as without") {
    const temporary_folder folder;
    const std::string page = folder.path() + "/page.html";
    const std::string trace = folder.path() + "/trace.json";
    const tool_run plain = run_tool({"replay", token_2017()});
    const tool_run run = run_tool({"replay", token_2017(), "--html", page, "--perfetto", trace});
    CHECK(run.status == 1);
    CHECK(run.out == plain.out);

    const std::string html = read_text(page);
    const std::string element = R"(id="tenthrule-data">)";
    const std::size_t begin = html.find(element) + element.size();
    const json report = json::parse(html.substr(begin, html.find("</script>", begin) - begin));
    const json& finding = report.at("findings").at(0);
    CHECK(finding.at("token") == token_2017());
    CHECK(finding.at("rule") == "owner-on-return");
    CHECK(finding.at("reproducer").get<std::string>().find("[reproducer]") != std::string::npos);
    CHECK(finding.at("story").at("ending").at("message") == finding.at("message"));
    CHECK(json::parse(read_text(trace)).at("traceEvents").size() > 50);
}

TEST_CASE("replay: a reproducer file can become a page, too") {
    const temporary_folder folder;
    const std::string found = folder.path() + "/found";
    REQUIRE(run_tool({"fuzz", scenario_2017(), "--no-shrink", "--out", found}).status == 1);
    const std::string file = found + "/2017-steal-vs-timeout-v4.14-owner-on-return.repro.toml";
    const std::string page = folder.path() + "/page.html";
    CHECK(run_tool({"replay", file, "--html", page}).status == 1);
    CHECK(read_text(page).find("2017-steal-vs-timeout") != std::string::npos);
}

TEST_CASE("replay: a file that cannot be written is an error, and nothing is left behind") {
    const temporary_folder folder;
    const std::string nowhere = folder.path() + "/missing/page.html";
    const tool_run run = run_tool({"replay", token_2017(), "--html", nowhere});
    CHECK(run.status == 2);
    CHECK(run.err.find(nowhere + " cannot be written") != std::string::npos);
}

TEST_CASE("replay: what diverged is no page") {
    const temporary_folder folder;
    const std::string page = folder.write("page.html", "what was there before");
    const tool_run run = run_tool({"replay", token_2017(), "--kernel", "v4.15", "--html", page});
    CHECK(run.status == 3);
    CHECK(run.err.find("nothing is written") != std::string::npos);
    CHECK(read_text(page) == "what was there before");
}
