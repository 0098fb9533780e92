// Mistakes on the command line: what is said, word for word, and exit status 2.

#include <doctest/doctest.h>

#include "tests/cli/run_tool.hpp"

using namespace tenthrule::test;  // NOLINT(google-build-using-namespace)

namespace {

struct mistake {
    std::vector<std::string> words;
    std::string said;
};

const std::string some = "scenarios/healthy/trylock.toml";

const std::vector<mistake>& mistakes() {
    static const std::vector<mistake> all{
        {{"fuz", "x"}, "tenthrule: unknown command 'fuz', did you mean 'fuzz'?\nTry 'tenthrule --help'.\n"},
        {{"explode"}, "tenthrule: unknown command 'explode'\nTry 'tenthrule --help'.\n"},
        {{"--versoin"},
         "tenthrule: unknown option '--versoin', did you mean '--version'?\nTry 'tenthrule --help'.\n"},
        {{"help", "chekc"},
         "tenthrule: unknown command 'chekc', did you mean 'check'?\nTry 'tenthrule --help'.\n"},
        {{"fuzz"}, "tenthrule fuzz: there is no scenario to search\nTry 'tenthrule fuzz --help'.\n"},
        {{"fuzz", "--sed", "5", some},
         "tenthrule fuzz: unknown option '--sed', did you mean '--seed'?\nTry 'tenthrule fuzz --help'.\n"},
        {{"fuzz", some, "--seed"}, "tenthrule fuzz: --seed needs a value\nTry 'tenthrule fuzz --help'.\n"},
        {{"fuzz", some, "--json=1"}, "tenthrule fuzz: --json takes no value\nTry 'tenthrule fuzz --help'.\n"},
        {{"fuzz", some, "--seed", "-1"},
         "tenthrule fuzz: --seed takes a whole number, not '-1'\nTry 'tenthrule fuzz --help'.\n"},
        {{"fuzz", some, "--schedules", "0"},
         "tenthrule fuzz: --schedules takes a whole number of at least 1, not '0'\nTry 'tenthrule fuzz "
         "--help'.\n"},
        {{"fuzz", some, "--schedules", "18446744073709551616"},
         "tenthrule fuzz: --schedules takes a whole number of at least 1, not '18446744073709551616'\n"
         "Try 'tenthrule fuzz --help'.\n"},
        {{"fuzz", some, "--rule-off"},
         "tenthrule fuzz: --rule-off needs a value\nTry 'tenthrule fuzz --help'.\n"},
        {{"fuzz", some, "--rule-off", "deadlock", "--rule-off", "owner"},
         "tenthrule fuzz: unknown rule 'owner'; expected one of 'tenthrule list rules'\nTry 'tenthrule fuzz "
         "--help'.\n"},
        {{"fuzz", some, "--time", "soon"},
         "tenthrule fuzz: --time takes a length of time such as 10s, 2m or 1h30m, not 'soon'\n"
         "Try 'tenthrule fuzz --help'.\n"},
        {{"fuzz", some, "--width", "7"},
         "tenthrule fuzz: --width takes a number of columns from 40 to 400, not '7'\nTry 'tenthrule fuzz "
         "--help'.\n"},
        {{"fuzz", some, "--strategy", "exhaustive", "--from", "2"},
         "tenthrule fuzz: --from needs a strategy with a seed: exhaustive can only begin at the beginning\n"
         "Try 'tenthrule fuzz --help'.\n"},
        {{"fuzz", "no-such.toml"}, "tenthrule: there is no file or folder 'no-such.toml'\n"},
        {{"fuzz", "docs"}, "tenthrule: there is no scenario (*.toml) in 'docs'\n"},
        {{"fuzz", some, "--out", "/dev/null/x"},
         "tenthrule: the folder '/dev/null/x' of --out cannot be made: Not a directory\n"},
        {{"list", "verions"},
         "tenthrule list: there is no list of 'verions', did you mean 'versions'? (lists: versions, patches, "
         "rules, "
         "strategies, operations)\nTry 'tenthrule list --help'.\n"},
        {{"list", "rules", "more"},
         "tenthrule list: there is one argument too many: 'more'\nTry 'tenthrule list --help'.\n"},
        {{"check"}, "tenthrule check: there is no scenario to check\nTry 'tenthrule check --help'.\n"},
        {{"replay"},
         "tenthrule replay: there is no token and no reproducer to replay\nTry 'tenthrule replay --help'.\n"},
        {{"replay", "x/y.repro.toml"}, "tenthrule: there is no file 'x/y.repro.toml'\n"},
        {{"shrink"},
         "tenthrule shrink: there is no token and no reproducer to shrink\nTry 'tenthrule shrink --help'.\n"},
        {{"fuzz", "a\x1b[31mb.toml"}, "tenthrule: there is no file or folder 'a?[31mb.toml'\n"},
    };
    return all;
}

}  // namespace

TEST_CASE("usage: every mistake is told, with the nearest valid name, and ends with 2") {
    for (const mistake& m : mistakes()) {
        CAPTURE(m.words);
        const tool_run run = run_tool(m.words);
        CHECK(run.status == 2);
        CHECK(run.err == m.said);
        CHECK(run.out.empty());
    }
}

TEST_CASE("usage: names of strategies, kernels and patches are checked before anything runs") {
    for (const auto& expectation : std::vector<std::pair<std::vector<std::string>, std::string>>{
             {{"fuzz", some, "--strategy", "pc"}, "did you mean 'pct'?"},
             {{"fuzz", some, "--strategy", "pct:depth=0"}, "depth"},
             {{"fuzz", some, "--kernel", "v4.1"}, "unknown kernel version 'v4.1'"},
             {{"fuzz", some, "--with", "c1e2f0eaf016"}, "unknown patch 'c1e2f0eaf016'"},
             {{"fuzz", some, "--rule-off", "livelok"},
              "unknown rule 'livelok'; expected one of 'tenthrule list rules'; did you mean 'livelock'?"},
             {{"fuzz", some, "--rule-off", "deadlock,data race"}, "unknown rule 'data race'"},
             {{"fuzz", some, "--rule-off", ""}, "unknown rule ''"},
         }) {
        const auto& words = expectation.first;
        const auto& part = expectation.second;
        CAPTURE(words);
        const tool_run run = run_tool(words);
        CHECK(run.status == 2);
        CHECK(run.err.find(part) != std::string::npos);
        CHECK(run.out.empty());
    }
}

TEST_CASE("usage: without a command it explains itself, as a mistake") {
    const tool_run run = run_tool({});
    CHECK(run.status == 2);
    CHECK(run.out.empty());
    CHECK(run.err.find("usage: tenthrule COMMAND") != std::string::npos);
}

TEST_CASE("usage: help is a result, for the whole and for each command") {
    const tool_run whole = run_tool({"--help"});
    CHECK(whole.status == 0);
    CHECK(whole.err.empty());
    CHECK(run_tool({"help"}).out == whole.out);
    for (const char* command : {"check", "list", "fuzz", "replay", "shrink"}) {
        CAPTURE(command);
        CHECK(whole.out.find(std::string("\n  ") + command + " ") != std::string::npos);
        const tool_run one = run_tool({command, "--help"});
        CHECK(one.status == 0);
        CHECK(one.out.find(std::string("usage: tenthrule ") + command) == 0);
        CHECK(one.out.find("Examples:\n") != std::string::npos);
        CHECK(one.out.find("--json") != std::string::npos);
        CHECK(run_tool({"help", command}).out == one.out);
    }
}

TEST_CASE("usage: the version is the project's") {
    const tool_run run = run_tool({"--version"});
    CHECK(run.status == 0);
    CHECK(run.out == "tenthrule " TENTHRULE_VERSION "\n");
}

TEST_CASE("usage: what was printed but could not be written is an error") {
    tool_environment where;
    where.out_file = "/dev/full";
    const tool_run run = run_tool({"list", "rules"}, where);
    CHECK(run.status == 4);
    CHECK(run.err == "tenthrule: internal error: the output could not be written\n");
}
