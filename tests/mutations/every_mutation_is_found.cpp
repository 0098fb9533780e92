// Deliberate mistakes in the reference protocol, one line each: the shipped scenarios that call it clean
// notice every one of them. A mistake that nothing notices means that a rule or a scenario is missing.

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "kernel/mutations.hpp"
#include "runtime/random.hpp"
#include "runtime/sanitizer.hpp"
#include "scenarios/kernel_override.hpp"
#include "scenarios/load.hpp"
#include "scenarios/scenario_program.hpp"
#include "scheduler/make_strategy.hpp"
#include "tests/support/shipped_scenarios.hpp"

namespace tenthrule {

namespace {

namespace fs = std::filesystem;
using kernel::mutation;

#ifndef TENTHRULE_MUTATIONS
#error "this suite brings a kernel with mutations"
#endif

constexpr const char* names[] = {"none",
                                 "attach_without_recheck",
                                 "hb_dropped_too_early",
                                 "top_waiter_not_woken",
                                 "equals_steal",
                                 "no_deboost",
                                 "cleanup_without_trylock",
                                 "stolen_not_fixed",
                                 "woken_read_too_late",
                                 "requeue_not_counted",
                                 "state_set_too_late",
                                 "next_waiter_not_inserted",
                                 "reference_leaked",
                                 "waiters_bit_lost"};

// Those that call v6.8 clean, on v6.8.
std::vector<scenarios::scenario> clean_scenarios() {
    std::vector<scenarios::scenario> found;
    for (const fs::path& file : test::shipped_scenarios()) {
        auto loaded = scenarios::load_file(file.string());
        REQUIRE(loaded.value.has_value());
        auto on_v6_8 = scenarios::with_kernel(*loaded.value, "v6.8", {}, {});
        REQUIRE(on_v6_8.value.has_value());
        const auto* const known = scenarios::expected(*on_v6_8.value);
        if (known != nullptr && known->rules.empty()) {
            found.push_back(*std::move(on_v6_8.value));
        }
    }
    return found;
}

struct sighting {
    std::string rule;
    std::uint64_t execution = 0;
};

std::optional<sighting> first_violation(const scenarios::scenario& s, const char* strategy_name,
                                        std::uint64_t executions) {
    scenarios::scenario_program program(s);
    execution e;
    const auto strategy = make_strategy(strategy_name).made;
    const run_options options = scenarios::options_of(s);
    for (std::uint64_t i = 0; i < executions; ++i) {
        const run_result& r = e.run(program, *strategy, options, execution_seed(1, i));
        if (r.end == verdict::violation) {
            return sighting{r.failure.broken->name, i + 1};
        }
    }
    return std::nullopt;
}

}  // namespace

TEST_CASE("every mutation of the reference protocol is found by a scenario that calls it clean") {
    const std::vector<scenarios::scenario> scenarios = clean_scenarios();
    REQUIRE(scenarios.size() > 10);
    REQUIRE(std::size(names) == static_cast<std::size_t>(kernel::last_mutation) + 1);
    constexpr std::uint64_t rounds[] = {300, 3'000, 30'000};
    for (std::size_t m = 1; m < std::size(names); ++m) {
        kernel::active_mutation = static_cast<mutation>(m);
        std::string by;
        // A few executions of each scenario first: most mistakes show at once in one of them.
        for (const std::uint64_t executions : rounds) {
            for (const scenarios::scenario& s : scenarios) {
                for (const char* strategy : {"pct:depth=3", "random:stay=7/8"}) {
                    if (const auto seen = first_violation(s, strategy, executions); seen && by.empty()) {
                        by = s.name + ": " + seen->rule + " in execution " + std::to_string(seen->execution);
                    }
                }
                if (!by.empty()) break;
            }
            if (!by.empty()) break;
        }
        const std::string name = names[m];
        CAPTURE(name);
        CHECK(!by.empty());
        MESSAGE(name << ": " << by);
    }
    kernel::active_mutation = mutation::none;
}

TEST_CASE("without a mutation the same scenarios are clean in the same executions") {
    kernel::active_mutation = mutation::none;
    for (const scenarios::scenario& s : clean_scenarios()) {
        for (const char* strategy : {"pct:depth=3", "random:stay=7/8"}) {
            CAPTURE(s.name);
            CHECK(!first_violation(s, strategy, sanitizer::address ? 300 : 30'000).has_value());
        }
    }
}

}  // namespace tenthrule
