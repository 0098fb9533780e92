// Campaigns that run tests of programs which were built on the library.

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <sys/wait.h>

#include "campaign/store/campaign_store.hpp"
#include "tests/cli/run_tool.hpp"

using namespace tenthrule;
using namespace tenthrule::test;  // NOLINT(google-build-using-namespace)

namespace {

const std::string plain = TENTHRULE_PROGRAMS "/program_plain";
const std::string framework = TENTHRULE_PROGRAMS "/program_framework";

nlohmann::json result_of(const tool_run& run) {
    CAPTURE(run.err);
    CAPTURE(run.out);
    const std::vector<nlohmann::json> lines = json_lines(run);
    REQUIRE(lines.size() == 1);
    return lines.front();
}

// Names of scenarios with what was found of each.
std::map<std::string, std::string> verdicts(const nlohmann::json& summary) {
    std::map<std::string, std::string> all;
    for (const nlohmann::json& s : summary.at("scenarios")) {
        CHECK(s.at("cells").size() == 1);
        CHECK(s.at("cells").at(0).at("kernel") == "program");
        all[s.at("name")] = s.at("cells").at(0).at("verdict");
    }
    return all;
}

// What the shell does with a command line.
tool_run run_command(const std::string& line) {
    tool_run run;
    const temporary_folder folder;
    const std::string out = folder.path() + "/out";
    const int status = std::system(fmt::format("{} > {} 2>&1", line, out).c_str());
    run.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    run.out = read_text(out);
    return run;
}

// What a campaign of 100 executions makes of program_odd under that name.
nlohmann::json summary_of_odd(const temporary_folder& folder, const std::string& name) {
    const std::string program = folder.path() + "/" + name;
    std::filesystem::create_symlink(TENTHRULE_PROGRAMS "/program_odd", program);
    return result_of(run_tool({"campaign", "run", program, "--store", folder.path() + "/c.db", "--executions",
                               "100", "--quiet", "--json"}));
}

}  // namespace

TEST_CASE("campaign: tests of a program are searched, shrunk and replayed by the program") {
    const temporary_folder folder;
    const std::string store = folder.path() + "/c.db";
    const tool_run run = run_tool({"campaign", "run", plain, "--store", store, "--executions", "4000",
                                   "--workers", "2", "--quiet", "--json", "--kernel", "v6.8"});
    CHECK(run.status == 1);
    const nlohmann::json summary = result_of(run);
    CHECK(verdicts(summary) == std::map<std::string, std::string>{{"program_plain/lost-update", "fails"},
                                                                  {"program_plain/right", "clean"},
                                                                  {"program_plain/race-on-data", "fails"},
                                                                  {"program_plain/leak", "fails"},
                                                                  {"program_plain/crash", "fails"}});
    CHECK(summary.at("campaign").at("executions") == 4000);
    CHECK(summary.at("coverage").at("classes") > 0);
    std::map<std::string, std::string> rules;
    for (const nlohmann::json& f : summary.at("findings")) {
        const std::string scenario = f.at("scenario");
        CAPTURE(scenario);
        rules[scenario] = f.at("rule");
        CHECK(f.at("story") == nullptr);
        const std::string replay = f.at("replay");
        CAPTURE(replay);
        CHECK(replay.starts_with("TENTHRULE_REPLAY="));
        if (f.at("rule") == "crash") {
            CHECK(f.at("crash") == "signal 11 (SIGSEGV)");
            CHECK(run_command(replay + " crash").status == 128 + 11);
            continue;
        }
        CHECK(f.at("certified") == true);
        CHECK(f.at("size").at("tasks") >= 2);
        CHECK(f.at("reproducer").get<std::string>().find("t1") != std::string::npos);
        const std::string test = scenario == "program_plain/lost-update" ? "'lost update'"
                                 : scenario == "program_plain/leak"      ? "leak"
                                                                         : "'race, on data'";
        const tool_run again = run_command(replay + " " + test);
        CHECK(again.status == 1);
        CHECK(again.out.find(f.at("message").get<std::string>()) != std::string::npos);
        CHECK(again.out.find(f.at("token").get<std::string>()) != std::string::npos);
    }
    CHECK(rules == std::map<std::string, std::string>{{"program_plain/lost-update", "assertion"},
                                                      {"program_plain/race-on-data", "data-race"},
                                                      {"program_plain/leak", "memory-leak"},
                                                      {"program_plain/crash", "crash"}});
    CHECK(campaign_store::open_for_reading(store).check() == "ok");
}

TEST_CASE("campaign: a program's test that hangs costs one execution at a time") {
    const temporary_folder folder;
    const std::string plan = folder.write("plan.toml", fmt::format(R"(
programs = ["{}"]
canary = "none"

[[strategy]]
name = "random"

[budget]
executions = 4

[limits]
hang = "300ms"
)",
                                                                   TENTHRULE_PROGRAMS "/program_hanging"));
    const tool_run run = run_tool(
        {"campaign", "run", "--config", plan, "--store", folder.path() + "/c.db", "--quiet", "--json"});
    CHECK(run.status == 1);
    const nlohmann::json summary = result_of(run);
    CHECK(summary.at("campaign").at("executions") == 4);
    CHECK(summary.at("campaign").at("hangs") > 0);
    REQUIRE(summary.at("findings").size() == 1);
    CHECK(summary.at("findings").at(0).at("identity") == "hang");
    CHECK(summary.at("findings").at(0).at("scenario") == "program_hanging");
}

TEST_CASE("campaign: of a program of doctest's only tests of the library are run, beside scenarios") {
    const temporary_folder folder;
    const std::string store = folder.path() + "/c.db";
    const std::string plan = folder.write("plan.toml", fmt::format(R"(
programs = ["{}"]
scenarios = ["{}/scenarios/healthy/wait-wake.toml"]
kernels = ["written"]
workers = 1

[budget]
executions = 3000
)",
                                                                   framework, TENTHRULE_SOURCE_DIR));
    const tool_run run =
        run_tool({"campaign", "run", "--config", plan, "--store", store, "--quiet", "--json"});
    CHECK(run.status == 1);
    const nlohmann::json summary = result_of(run);
    std::map<std::string, std::string> found;
    for (const nlohmann::json& s : summary.at("scenarios")) {
        found[s.at("name")] = s.at("cells").at(0).at("verdict");
        CHECK(s.at("cells").at(0).at("executions") > 0);
    }
    CHECK(found == std::map<std::string, std::string>{{"wait-wake", "clean"},
                                                      {"program_framework/a-lock-that-is-forgotten", "fails"},
                                                      {"program_framework/a-lock-that-is-kept", "clean"}});
    // Reports and the corpus have them, too.
    CHECK(run_tool({"campaign", "report", "--store", store, "--out", folder.path() + "/r"}).status == 0);
    CHECK(read_text(folder.path() + "/r/campaign.html").find("TENTHRULE_REPLAY=") != std::string::npos);
    CHECK(run_tool({"campaign", "export", "--store", store, "--out", folder.path() + "/e"}).status == 0);
    CHECK(std::filesystem::exists(folder.path() + "/e/programs/program_framework_a-lock-that-is-kept.toml"));
    // What it exports as known is known.
    const tool_run known = run_tool({"campaign", "resume", "--store", store, "--executions", "100", "--quiet",
                                     "--baseline", folder.path() + "/e/baseline.txt"});
    CAPTURE(known.out);
    CHECK(known.status == 0);
}

TEST_CASE("campaign: a program that was built anew is not mixed with the old one") {
    const temporary_folder folder;
    const std::string store = folder.path() + "/c.db";
    const std::string program = folder.path() + "/mine";
    std::filesystem::copy_file(framework, program);
    const std::vector<std::string> resume{"campaign",     "resume", "--store", store,
                                          "--executions", "200",    "--quiet"};
    CHECK(run_tool({"campaign", "run", program, "--store", store, "--executions", "200", "--quiet"}).status ==
          1);
    CHECK(run_tool(resume).status == 1);
    std::ofstream(program, std::ios::app) << "another build";
    const tool_run refused = run_tool(resume);
    CHECK(refused.status == 2);
    CHECK(refused.err.find("mine/a-lock-that-is-forgotten") != std::string::npos);
    std::vector<std::string> accepted = resume;
    accepted.emplace_back("--accept-edits");
    CHECK(run_tool(accepted).status == 1);
    CHECK(campaign_store::open_for_reading(store).scenarios().size() == 4);
}

TEST_CASE("campaign: a program is found when the store and it are moved, from wherever one looks") {
    const temporary_folder folder;
    const std::filesystem::path before = folder.path() + "/before";
    const std::filesystem::path after = folder.path() + "/after";
    std::filesystem::create_directories(before / "bin");
    std::filesystem::copy_file(framework, before / "bin/mine");
    const std::string typed = std::filesystem::relative(before / "bin/mine").string();
    REQUIRE(typed.front() != '/');
    CHECK(run_tool({"campaign", "run", typed, "--store", (before / "c.db").string(), "--executions", "300",
                    "--quiet"})
              .status == 1);
    std::filesystem::rename(before, after);
    const std::string store = (after / "c.db").string();
    CHECK(campaign_store::open_for_reading(store).scenarios().at(0).text.find("path = \"bin/mine\"") !=
          std::string::npos);
    const nlohmann::json summary = result_of(run_tool({"campaign", "status", "--store", store, "--json"}));
    REQUIRE(summary.at("findings").size() == 1);
    const std::string replay = summary.at("findings").at(0).at("replay");
    CAPTURE(replay);
    CHECK(replay.ends_with(" " + (after / "bin/mine").string()));
}

TEST_CASE("campaign: what a program has reserved before its tests is none of the memory that it may use") {
    const temporary_folder folder;
    CHECK(summary_of_odd(folder, "reserves").at("campaign").at("executions") == 100);
}

TEST_CASE("campaign: a program whose child lives on is not waited for") {
    const temporary_folder folder;
    const auto start = std::chrono::steady_clock::now();
    CHECK(summary_of_odd(folder, "leaves-a-child").at("campaign").at("executions") == 100);
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(18));
}

TEST_CASE("campaign: what is no program of the library is refused with the reason") {
    const temporary_folder folder;
    const auto refused = [&folder](const std::string& program) {
        const tool_run run = run_tool({"campaign", "run", program, "--store", folder.path() + "/no.db"});
        CHECK(run.status == 2);
        CHECK(!std::filesystem::exists(folder.path() + "/no.db"));
        return run.err;
    };
    CHECK(refused("/bin/true")
              .find("/bin/true: error: it has no test that a campaign could run (exit status 0)") !=
          std::string::npos);
    const auto odd = [&folder](const char* name) {
        std::string path = folder.path() + "/" + name;
        std::filesystem::create_symlink(TENTHRULE_PROGRAMS "/program_odd", path);
        return path;
    };
    const auto has = [](const std::string& text, const char* words) {
        CAPTURE(text);
        CHECK(text.find(words) != std::string::npos);
    };
    has(refused(odd("twice")),
        "its tests 'first' and 'first' cannot be told apart; expected a name for each");
    has(refused(odd("unnamed")), "its tests without a name and without a name cannot be told apart");
    has(refused(odd("dies")), "it was ended by signal 11 (SIGSEGV) while it was asked which tests it has");
    has(refused(odd("closes")), "it closed its connection while it was asked which tests it has");
    const std::string plan = folder.write("plan.toml", "programs = [\"nothing-*\"]\n");
    const tool_run run = run_tool({"campaign", "run", "--config", plan});
    CHECK(run.status == 2);
    CHECK(run.err.find("no program fits") != std::string::npos);
    // A person who sets the variable by hand is told.
    const tool_run by_hand = run_command("TENTHRULE_CAMPAIGN=please " + plain);
    CHECK(by_hand.status == 2);
    CHECK(by_hand.out.find("TENTHRULE_CAMPAIGN is not for people") != std::string::npos);
}
