// The proposal of October 2016 (FUTEX_UNLOCK_PI wobbles): the newcomer may come between the two writes of the
// unlocker, or the unlocker between the two reads of the newcomer. The search meets both.

#include <string>

#include <doctest/doctest.h>

#include "runtime/random.hpp"
#include "scenarios/load.hpp"
#include "scenarios/scenario_program.hpp"
#include "scheduler/make_strategy.hpp"

namespace tenthrule {

TEST_CASE("2016: word and pi_state are met in disagreement both ways round") {
    const auto loaded =
        scenarios::load_file(TENTHRULE_SOURCE_DIR "/scenarios/seeds/2016-unlock-vs-lock.toml");
    REQUIRE(loaded.value.has_value());
    scenarios::scenario_program program(*loaded.value);
    execution e;
    const auto strategy = make_strategy(default_strategy).made;
    const run_options options = scenarios::options_of(*loaded.value);
    bool new_word_old_owner = false;
    bool old_word_new_owner = false;
    for (std::uint64_t i = 0; i < 20'000 && !(new_word_old_owner && old_word_new_owner); ++i) {
        const run_result& r = e.run(program, *strategy, options, execution_seed(1, i));
        if (r.end != verdict::violation) {
            continue;
        }
        const std::string& message = r.failure.message;
        const auto says = [&message](const char* text) { return message.find(text) != std::string::npos; };
        new_word_old_owner = new_word_old_owner || says("said waiter|WAITERS, pi_state said owner");
        old_word_new_owner = old_word_new_owner || says("said owner|WAITERS, pi_state said waiter");
    }
    CHECK(new_word_old_owner);
    CHECK(old_word_new_owner);
}

}  // namespace tenthrule
