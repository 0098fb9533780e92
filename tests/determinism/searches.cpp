// A search is the same wherever it runs: what strategies draw, and what they learn from one execution for the
// next.

#include <bit>
#include <cstdint>
#include <string>

#include <doctest/doctest.h>

#include "campaign/scenario_case.hpp"
#include "runtime/execution.hpp"
#include "runtime/random.hpp"
#include "scenarios/load.hpp"
#include "scheduler/make_strategy.hpp"

namespace tenthrule {

TEST_CASE("a search takes the same schedules under every compiler, optimisation and sanitizer") {
    struct expectation {
        const char* strategy;
        std::uint64_t digest;
    };
    static constexpr expectation expected[] = {
        {"random", 4478188347434864613U},
        {"pct:depth=3", 10152222383534412915U},
        {"pos", 8607381289223515997U},
        {"surw", 18295091346809866874U},
    };
    auto loaded = scenarios::load_file(TENTHRULE_SOURCE_DIR "/scenarios/seeds/2017-steal-vs-timeout.toml");
    REQUIRE(loaded.value.has_value());
    const scenario_case what(*std::move(loaded.value));
    for (const expectation& wanted : expected) {
        CAPTURE(wanted.strategy);
        const auto program = what.instantiate();
        const auto strategy = make_strategy(wanted.strategy).made;
        execution e;
        std::uint64_t folded = 0;
        for (std::uint64_t i = 0; i < 300; ++i) {
            const run_result& r = e.run(*program, *strategy, what.options(), execution_seed(4, i));
            folded = (std::rotl(folded, 7) ^ r.schedule_hash) * 0x9e3779b97f4a7c15U;
        }
        CHECK(folded == wanted.digest);
    }
}

}  // namespace tenthrule
