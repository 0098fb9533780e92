// What the shipped scenarios say about themselves is true: each breaks the rules that its [expect] names for
// a version, and nothing else, and keeps all rules on the versions that it calls clean.

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "campaign/scenario_case.hpp"
#include "campaign/search.hpp"
#include "runtime/sanitizer.hpp"
#include "scenarios/kernel_override.hpp"
#include "scenarios/load.hpp"
#include "tests/support/shipped_scenarios.hpp"

namespace tenthrule {

namespace {

namespace fs = std::filesystem;
using test::shipped_scenarios;

std::vector<std::string> broken_rules(const scenarios::scenario& s, const std::string& strategy) {
    search_options options;
    options.strategy = strategy;
    options.schedules_max = sanitizer::address ? 1'500 : 20'000;
    options.shrink = false;
    options.keep_going = true;
    const search_outcome outcome = search(std::make_shared<scenario_case>(s), options);
    CHECK(outcome.internal_error.empty());
    CHECK(outcome.totals.step_bounds == 0);
    std::vector<std::string> names;
    for (const finding& f : outcome.findings) {
        names.emplace_back(f.failure.broken->name);
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

}  // namespace

TEST_CASE("every shipped scenario breaks exactly the rules that it expects, version by version") {
    for (const fs::path& file : shipped_scenarios()) {
        auto loaded = scenarios::load_file(file.string());
        REQUIRE(loaded.value.has_value());
        REQUIRE(!loaded.value->expect.empty());
        for (const auto& expectation : loaded.value->expect) {
            CAPTURE(file);
            CAPTURE(expectation.version);
            const scenarios::scenario there = scenarios::with_kernel(*loaded.value, expectation);
            std::vector<std::string> met;
            for (const char* strategy : {"pct:depth=3", "random:stay=7/8"}) {
                for (const std::string& name : broken_rules(there, strategy)) {
                    CHECK(std::count(expectation.rules.begin(), expectation.rules.end(), name) == 1);
                    met.push_back(name);
                }
            }
            // Few executions under a sanitizer: there, not meeting a failure means nothing.
            if (!sanitizer::address) {
                for (const auto& name : expectation.rules) {
                    CHECK(std::count(met.begin(), met.end(), name) >= 1);
                }
            }
        }
    }
}

}  // namespace tenthrule
