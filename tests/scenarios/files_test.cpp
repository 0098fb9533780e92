// The scenarios that are shipped.

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/random.hpp"
#include "scenarios/digest.hpp"
#include "scenarios/kernel_override.hpp"
#include "scenarios/load.hpp"
#include "scenarios/scenario_program.hpp"
#include "scenarios/to_toml.hpp"
#include "scheduler/make_strategy.hpp"
#include "tests/support/effort.hpp"

namespace tenthrule::scenarios {

namespace {

std::vector<std::filesystem::path> shipped() {
    std::vector<std::filesystem::path> files;
    const std::filesystem::path root = std::filesystem::path(TENTHRULE_SOURCE_DIR) / "scenarios";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        if (entry.path().extension() == ".toml") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

scenario load(const std::filesystem::path& file) {
    load_result r = load_file(file.string());
    REQUIRE_MESSAGE(r.value.has_value(), to_string(r.diagnostics));
    return *std::move(r.value);
}

}  // namespace

TEST_CASE("files: every shipped scenario loads without a word") {
    CHECK(shipped().size() >= 10);
    for (const std::filesystem::path& file : shipped()) {
        CHECK(to_string(load_file(file.string()).diagnostics).empty());
    }
}

TEST_CASE("files: every shipped scenario says what it is and what to expect") {
    std::set<std::uint64_t> digests;
    for (const std::filesystem::path& file : shipped()) {
        CAPTURE(file);
        const scenario s = load(file);
        CHECK(s.name == file.stem().string());
        CHECK(s.about.size() > 20);
        CHECK(s.about.back() == '.');
        CHECK(expected(*with_kernel(s, "v6.8", {}, {}).value) != nullptr);
        CHECK(expected(s) != nullptr);
        CHECK_MESSAGE(digests.insert(digest(s)).second, "there is another scenario that means the same");
    }
}

TEST_CASE("files: every shipped scenario survives being written and read") {
    for (const std::filesystem::path& file : shipped()) {
        CAPTURE(file);
        const scenario s = load(file);
        const load_result back = load_text(to_toml(s), "written.toml");
        CHECK(to_string(back.diagnostics).empty());
        REQUIRE(back.value.has_value());
        CHECK(digest(*back.value) == digest(s));
    }
}

TEST_CASE("files: every shipped scenario is a seed of the loader's fuzzer") {
    for (const std::filesystem::path& file : shipped()) {
        const std::filesystem::path seed =
            std::filesystem::path(TENTHRULE_SOURCE_DIR) / "tests/fuzz/corpus/load_scenario" / file.filename();
        CHECK_MESSAGE(std::filesystem::exists(seed), "no link from " << seed);
    }
}

// A small search; the long ones are not made here. Whatever it finds has to be declared.
TEST_CASE("files: shipped scenarios break the rules that they say, and no others") {
    execution e;
    for (const std::filesystem::path& file : shipped()) {
        const scenario original = load(file);
        for (const expectation& expect : original.expect) {
            const scenario s = with_kernel(original, expect);
            scenario_program p(s);
            for (const char* name : {"pct:depth=3", "random:stay=7/8", "random"}) {
                const strategy_or_error strategy = make_strategy(name);
                for (std::uint64_t i = 0; i < test::repetitions(500); ++i) {
                    const run_result& r = e.run(p, *strategy.made, options_of(s), execution_seed(1, i));
                    if (r.end == verdict::completed) {
                        continue;
                    }
                    CAPTURE(file.filename());
                    CAPTURE(expect.version);
                    CAPTURE(name);
                    CAPTURE(i);
                    REQUIRE_MESSAGE(r.end == verdict::violation, "took too many steps");
                    const std::string broken = r.failure.broken->name;
                    const bool declared =
                        std::find(expect.rules.begin(), expect.rules.end(), broken) != expect.rules.end();
                    CHECK_MESSAGE(declared, r.failure.identity << "; " << r.failure.message);
                }
            }
        }
    }
}

// Without help: the number of schedules is what the search is promised to need at most.
TEST_CASE("files: the race of 2017 is found in v4.14") {
    for (const char* name : {"2017-steal-vs-timeout", "2017-steal-vs-timeout-lockpi"}) {
        const scenario s = load(std::filesystem::path(TENTHRULE_SOURCE_DIR) / "scenarios/seeds" /
                                (std::string(name) + ".toml"));
        CHECK(expected(s)->rules == std::vector<std::string>{"owner-on-return"});
        scenario_program p(s);
        execution e;
        const strategy_or_error strategy = make_strategy("pct:depth=3");
        bool found = false;
        for (std::uint64_t i = 0; i < 5'000 && !found; ++i) {
            const run_result& r = e.run(p, *strategy.made, options_of(s), execution_seed(1, i));
            found = r.end == verdict::violation && std::string(r.failure.broken->name) == "owner-on-return";
        }
        CHECK(found);
    }
}

}  // namespace tenthrule::scenarios
