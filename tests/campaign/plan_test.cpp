// Campaign files: what they mean, how mistakes are told, which subjects come of them.

#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "campaign/duration.hpp"
#include "campaign/find_scenario.hpp"
#include "campaign/plan/load_plan.hpp"
#include "campaign/plan/plan_format.hpp"
#include "campaign/plan/scenario_paths.hpp"
#include "campaign/plan/subjects.hpp"
#include "campaign/reproducer.hpp"
#include "campaign/search.hpp"
#include "runtime/sanitizer.hpp"
#include "scenarios/digest.hpp"
#include "shrink/replay_check.hpp"
#include "shrink/token.hpp"
#include "tests/campaign/stores.hpp"
#include "worker/make_finding.hpp"

namespace tenthrule {

using namespace testing;

namespace {

std::string told(const std::string& text) {
    return scenarios::to_string(load_plan_text(text, "nightly.toml").diagnostics);
}

const char* const everything = R"(name = "nightly"
scenarios = ["seeds", "more/**/t?.toml"]
exclude = ["seeds/slow.toml"]
programs = ["build/*_test"]
kernels = ["written", "v4.14", "v5.15 without 9f5d1c336a10"]
rules_off = ["livelock"]
seeds = [3, 4]
workers = 6
store = "/var/tmp/nightly.db"
baseline = "known.txt"
canary = "canary.toml"
[[strategy]]
name = "pct"
share = 2.5
[[strategy]]
name = "random"
[budget]
time = "7h30m"
executions = 1000000000
shrink_share = 0.2
[limits]
hang = "1500ms"
memory = "512MiB"
points_max = 5000
[swarm]
share = 0.5
variations = 3
[report]
html = "out/report.html"
json = "out/report.json"
junit = "out/report.xml"
)";

}  // namespace

TEST_CASE("plan: everything that can be said is read, with paths relative to the file") {
    const plan_or_problems r = load_plan_text(everything, "nightly.toml", "etc");
    REQUIRE_MESSAGE(r.value.has_value(), to_string(r.diagnostics));
    const campaign_plan& p = *r.value;
    CHECK(p.name == "nightly");
    CHECK(p.scenarios == std::vector<std::string>{"etc/seeds", "etc/more/**/t?.toml"});
    CHECK(p.exclude == std::vector<std::string>{"etc/seeds/slow.toml"});
    CHECK(p.kernels.size() == 3);
    CHECK(p.rules_off == rule_names{"livelock"});
    CHECK(p.seeds == std::vector<std::uint64_t>{3, 4});
    CHECK(p.workers == 6);
    CHECK(p.store == "/var/tmp/nightly.db");
    CHECK(p.baseline == "etc/known.txt");
    CHECK(p.canary == "etc/canary.toml");
    REQUIRE(p.strategies.size() == 2);
    CHECK(p.strategies[0].strategy == "pct:depth=3");
    CHECK(p.strategies[0].share == doctest::Approx(2.5));
    CHECK(p.budget.time == std::chrono::minutes(450));
    CHECK(p.budget.executions == 1'000'000'000);
    CHECK(p.budget.shrink_share == doctest::Approx(0.2));
    CHECK(p.limits.hang == std::chrono::milliseconds(1'500));
    CHECK(p.limits.memory == 512U << 20U);
    CHECK(p.limits.points_max == 5'000);
    CHECK(p.swarm.share == doctest::Approx(0.5));
    CHECK(p.swarm.variations == 3);
    CHECK(p.reports.junit == "etc/out/report.xml");
}

TEST_CASE("plan: what the store keeps of a plan reads back as the plan") {
    for (const char* text : {everything, "scenarios = [\"x\"]\n", "programs = [\"x\"]\n"}) {
        const plan_or_problems r = load_plan_text(text, "in.toml", "etc");
        REQUIRE(r.value.has_value());
        const std::string kept = to_toml(*r.value);
        const plan_or_problems back = load_plan_text(kept, "kept.toml");
        REQUIRE_MESSAGE(back.value.has_value(), to_string(back.diagnostics));
        CHECK(to_toml(*back.value) == kept);
        CHECK(back.value->scenarios == r.value->scenarios);
        CHECK(back.value->programs == r.value->programs);
        CHECK(back.value->budget.time == r.value->budget.time);
        CHECK(back.value->strategies.size() == r.value->strategies.size());
    }
}

TEST_CASE("plan: a mistake is told with its place, what would be right and what was probably meant") {
    CHECK(told("") ==
          "nightly.toml:1:1: error: the file is empty; expected scenarios = [\"FILE, FOLDER OR "
          "GLOB\", ...]\n");
    CHECK(told(" \n\t\n").find("the file is empty") != std::string::npos);
    CHECK(told("name = \"x\"\n") ==
          "nightly.toml:1:1: error: no scenarios; expected scenarios = [\"FILE, FOLDER OR GLOB\", ...]\n"
          "  name = \"x\"\n"
          "  ^\n");
    CHECK(told("scenarios = [\"x\"]\nworker = 2\n") ==
          "nightly.toml:2:1: error: unknown key 'worker' in the campaign; expected one of name, scenarios, "
          "exclude, programs, kernels, rules_off, strategy, seeds, workers, store, baseline, canary, budget, "
          "limits, swarm, report\n"
          "  worker = 2\n"
          "  ^\n"
          "did you mean 'workers'?\n");
    CHECK(told("scenarios = [\"x\"]\ntime = \"8h\"\n").find("(it belongs in [budget])") != std::string::npos);
    CHECK(told("scenarios = [\"x\"]\n[budget]\ntime = \"8hh\"\n") ==
          "nightly.toml:3:8: error: 'time' is \"8hh\"; expected a time such as \"8h\", \"1h30m\" or \"90s\"\n"
          "  time = \"8hh\"\n"
          "         ^\n");
    const struct {
        const char* text;
        const char* words;
    } mistakes[] = {
        {"scenarios = []", "no scenarios"},
        {"scenarios = \"x\"", "'scenarios' is \"x\"; expected a list of files"},
        {"scenarios = []\nprograms = [2]", "'programs' is 2; expected a list of files"},
        {"scenarios = [1]", "'scenarios' is 1; expected a list of files"},
        {"kernels = [\"v4.15x\"]", "unknown kernel version 'v4.15x'"},
        {"kernels = [\"writen\"]", "did you mean 'written'?"},
        {"kernels = []", "'kernels' is"},
        {"rules_off = [\"livelok\"]", "did you mean 'livelock'?"},
        {"seeds = []", "expected a list of different integers from 0"},
        {"seeds = [1, 2, 1]", "the seed 1 a second time"},
        {"seeds = [-1]", "'seeds' is -1; expected different integers from 0"},
        {"workers = 2000", "'workers' is 2000; expected an integer, 0 to 1024"},
        {"store = \"\"", "'store' is \"\"; expected a path"},
        {"budget = 5", "'budget' is 5; expected a table: [budget]"},
        {"[budget]\nexecutions = 0", "'executions' is 0; expected an integer from 1"},
        {"[budget]\nshrink_share = 0.95", "'shrink_share' is 0.95; expected a number, 0 to 0.9"},
        {"[budget]\nshrink_share = nan", "'shrink_share' is nan"},
        {"[budget]\ntime = 5", "'time' is 5; expected a time such as"},
        {"[limits]\nmemory = \"2GB\"", "expected a size such as \"2GiB\""},
        {"[limits]\nmemory = \"99999999999GiB\"", "expected a size such as \"2GiB\""},
        {"[swarm]\nshare = 2", "'share' is 2; expected a number, 0 to 1"},
        {"[[strategy]]\nshare = 1", "[[strategy]] without 'name'"},
        {"[[strategy]]\nname = \"pkt\"", "pkt"},
        {"[[strategy]]\nname = \"pct\"\nshare = 0", "'share' is 0; expected a number above 0"},
        {"[[strategy]]\nname = \"pct\"\n[[strategy]]\nname = \"pct:depth=3\"", "'pct:depth=3' a second time"},
        {"[[strategy]]\nname = \"exhaustive\"", "'exhaustive' plans each execution from all those before it"},
        {"strategy = 1", "'strategy' is 1; expected tables that begin with [[strategy]]"},
        {"strategy = [1]", "an integer in 'strategy'"},
    };
    for (const auto& m : mistakes) {
        CAPTURE(m.text);
        const std::string text =
            (std::string(m.text).starts_with("scenarios") ? "" : "scenarios = [\"x\"]\n") +
            std::string(m.text);
        CHECK_FALSE(load_plan_text(text, "nightly.toml").value.has_value());
        CHECK_MESSAGE(told(text).find(m.words) != std::string::npos, told(text));
    }
    const scratch_folder folder;
    CHECK(to_string(load_plan(folder / "none.toml").diagnostics)
              .find("No such file or directory; expected a "
                    "campaign's file") != std::string::npos);
}

TEST_CASE("plan: the documentation and the schema list the loader's keys") {
    std::string table;
    for (const plan_format::key_info& k : plan_format::all_keys()) {
        table += fmt::format("| `{}` | {} | {} | {} |\n", k.name, k.type, k.otherwise, k.about);
    }
    std::ostringstream docs;
    docs << std::ifstream(TENTHRULE_SOURCE_DIR "/docs/campaign-files.md").rdbuf();
    std::istringstream lines(table);
    for (std::string line; std::getline(lines, line);) {
        CHECK_MESSAGE(docs.str().find(line) != std::string::npos, line);
    }
    std::ifstream file(TENTHRULE_SOURCE_DIR "/campaign/plan/campaign.schema.json");
    REQUIRE(file.good());
    const nlohmann::json schema = nlohmann::json::parse(file);
    const auto properties = [&schema](plan_format::section s) -> const nlohmann::json& {
        using enum plan_format::section;
        switch (s) {
            case campaign:
                return schema["properties"];
            case strategy:
                return schema["properties"]["strategy"]["items"]["properties"];
            case budget:
                return schema["properties"]["budget"]["properties"];
            case limits:
                return schema["properties"]["limits"]["properties"];
            case swarm:
                return schema["properties"]["swarm"]["properties"];
            case report:
                break;
        }
        return schema["properties"]["report"]["properties"];
    };
    for (const plan_format::key_info& k : plan_format::all_keys()) {
        CAPTURE(k.name);
        REQUIRE(properties(k.in).contains(std::string(k.name)));
        CHECK(properties(k.in)[std::string(k.name)]["description"] == std::string(k.about));
    }
    std::size_t known = 0;
    for (int s = 0; s < 6; ++s) {
        known += properties(static_cast<plan_format::section>(s)).size();
    }
    CHECK(known == plan_format::all_keys().size());
}

TEST_CASE("plan: times are written as they are read") {
    for (const char* text : {"8h", "1h30m", "90s", "1500ms", "2d", "1d1h1m1s"}) {
        const auto time = parse_duration(text);
        REQUIRE(time.has_value());
        const std::string written = duration_text(std::chrono::round<std::chrono::nanoseconds>(*time));
        CHECK(parse_duration(written) == time);
    }
    CHECK(duration_text(std::chrono::hours(8)) == "8h");
    CHECK(duration_text(std::chrono::seconds(90)) == "1m30s");
}

TEST_CASE("scenario paths: files, folders and globs") {
    const scratch_folder folder;
    for (const char* name : {"a.toml", "b.toml", "b.repro.toml", "c.txt", ".hidden.toml", "sub/d.toml",
                             "sub/deep/e1.toml", "sub/deep/e2.toml", ".git/x.toml"}) {
        folder.write(name, "");
    }
    const auto found = [&](const std::string& pattern) {
        std::string names;
        for (const std::string& path : scenario_paths(folder / pattern)) {
            names += path.substr((folder / "").size()) + " ";
        }
        return names;
    };
    CHECK(found("") == "a.toml b.toml sub/d.toml sub/deep/e1.toml sub/deep/e2.toml ");
    CHECK(found("a.toml") == "a.toml ");
    CHECK(found("b.repro.toml") == "b.repro.toml ");  // by its own name
    CHECK(found("*.toml") == "a.toml b.toml ");
    CHECK(found("[!a].toml") == "b.toml ");
    CHECK(found("s*") == "sub/d.toml sub/deep/e1.toml sub/deep/e2.toml ");
    CHECK(found("**/e?.toml") == "sub/deep/e1.toml sub/deep/e2.toml ");
    CHECK(found("**/*.toml") == "a.toml b.toml sub/d.toml sub/deep/e1.toml sub/deep/e2.toml ");
    CHECK(found("sub/**/d.toml") == "sub/d.toml ");
    CHECK(found("none") == "");
    CHECK(found("*.tom") == "");
}

TEST_CASE("sources: each scenario once, and what cannot be told apart is refused") {
    const scratch_folder folder;
    folder.write("a.toml", scenario_text("a"));
    folder.write("sub/b.toml", scenario_text("b", 2));
    campaign_plan plan;
    plan.scenarios = {folder / "", folder / "sub/../a.toml", folder / "**/b.toml"};
    sources_or_problems r = load_sources(plan);
    REQUIRE_MESSAGE(!r.has_errors, to_string(r.diagnostics));
    REQUIRE(r.sources.size() == 2);
    CHECK(r.sources[0].what.name == "a");
    CHECK(r.sources[1].text == scenario_text("b", 2));
    plan.exclude = {folder / "sub"};
    CHECK(load_sources(plan).sources.size() == 1);
    plan.exclude = {folder / ""};
    CHECK(load_sources(plan).has_errors);
    plan.exclude.clear();

    folder.write("c.toml", scenario_text("a", 3));
    r = load_sources(plan);
    CHECK(r.has_errors);
    CHECK(to_string(r.diagnostics).find("the scenario 'a' is also in ") != std::string::npos);
    folder.write("c.toml", scenario_text("c"));
    CHECK(to_string(load_sources(plan).diagnostics).find("the same scenario as in ") != std::string::npos);
    folder.write("c.toml", "name = 1\n");
    CHECK(load_sources(plan).has_errors);
    plan.scenarios = {folder / "none*"};
    CHECK(to_string(load_sources(plan).diagnostics).find("no scenario fits") != std::string::npos);
}

TEST_CASE("sources: all shipped scenarios can be run in one campaign") {
    campaign_plan plan;
    plan.scenarios = {TENTHRULE_SOURCE_DIR "/scenarios"};
    const sources_or_problems r = load_sources(plan);
    CHECK_MESSAGE(!r.has_errors, to_string(r.diagnostics));
    CHECK(r.sources.size() > 30);
}

TEST_CASE("subjects: kernels as the plan says, then variations, no two alike, the same every time") {
    const scenario_source source = source_of(scenario_text("s"));
    campaign_plan plan;
    plan.swarm.variations = 0;
    const auto kernels = [&] {
        std::string names;
        for (const subject& s : subjects_of(plan, source)) {
            names += s.key.kernel + "; ";
        }
        return names;
    };
    CHECK(kernels() == "v4.14; v6.8; ");
    plan.kernels = {"written"};
    CHECK(kernels() == "v6.8; ");
    plan.kernels = {"v5.15 without 9f5d1c336a10", "written", "expected", "v4.15"};
    CHECK(kernels() == "v5.15 without 9f5d1c336a10; v6.8; v4.14; v4.15; ");

    plan.kernels = {"written"};
    plan.swarm.variations = 10;
    const std::vector<subject> all = subjects_of(plan, source);
    CHECK(all.size() == 11);
    CHECK(all[0].key.variation.empty());
    const std::vector<subject> again = subjects_of(plan, source);
    for (std::size_t i = 0; i < all.size(); ++i) {
        CHECK(all[i].key == again[i].key);
        CHECK(all[i].what->digest() == source.digest);
        for (std::size_t j = 0; j < i; ++j) {
            CHECK_FALSE(
                (all[i].key.selection == all[j].key.selection && all[i].key.codes == all[j].key.codes));
        }
    }
    plan.seeds = {2};
    CHECK_FALSE(subjects_of(plan, source)[1].key == all[1].key);
    if (sanitizer::address) return;  // the same over and over
    // There are only so many of them.
    plan.swarm.variations = 1'000;
    CHECK(subjects_of(plan, source).size() < 200);
}

TEST_CASE(
    "subjects: a failure of a varied scenario is replayed from its token, its reproducer needs no more") {
    // Fails with the task only that may be left out, at priorities that the file does not have.
    const scratch_folder folder;
    std::string text;
    {
        std::ifstream file(TENTHRULE_SOURCE_DIR "/scenarios/seeds/2017-steal-vs-timeout-lockpi.toml");
        std::ostringstream bytes;
        bytes << file.rdbuf();
        text = bytes.str() + "\n[vary]\ncpus = [0, 3]\npreempt = [\"none\", \"rt\"]\n";
    }
    folder.write("varied.toml", text);
    const scenario_source source = source_of(text);
    campaign_plan plan;
    plan.kernels = {"v4.14"};
    unsigned replayed = 0;
    for (const subject& s : subjects_of(plan, source)) {
        if (s.key.codes.empty()) {
            continue;
        }
        search_options options;
        options.schedules_max = 20'000;
        options.selection = s.what->selection();
        options.shrink_executions_max = 2'000;
        const search_outcome found = search(s.what, options);
        CAPTURE(s.key.variation);
        REQUIRE(found.internal_error.empty());
        if (!found.violation()) {
            continue;
        }
        const finding& f = found.findings.front();
        for (const std::string& written : {f.original_token, f.token}) {
            const token_or_error decoded = decode_token(written);
            REQUIRE_MESSAGE(decoded.read.has_value(), decoded.error);
            const found_scenario where = find_scenario(*decoded.read, {folder / "varied.toml", {}});
            REQUIRE_MESSAGE(where.value.has_value(), where.error);
            CHECK(where.exact);
            const auto what = reduce(std::make_shared<const scenario_case>(*where.value, where.rules_off),
                                     decoded.read->taken_away);
            REQUIRE(what != nullptr);
            const replay_report report = check_replay(*what, recorded_in(*decoded.read));
            CHECK_FALSE(report.diverged.has_value());
            CHECK(report.run.result.failure.identity == f.failure.identity);
        }
        const reproducer_or_problems r =
            read_reproducer(to_text(make_reproducer(f, "tenthrule test")), "x.repro.toml");
        REQUIRE_MESSAGE(r.read.has_value(), to_string(r.diagnostics));
        CHECK_FALSE(replay_reproducer(*r.read).diverged.has_value());
        if (++replayed == 3) {
            break;
        }
    }
    CHECK(replayed == 3);
}

}  // namespace tenthrule
