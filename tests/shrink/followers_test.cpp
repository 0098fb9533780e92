#include "shrink/followers.hpp"

#include <doctest/doctest.h>

#include "runtime/execution.hpp"
#include "tests/support/find_failure.hpp"
#include "tests/support/toy_case.hpp"

using namespace tenthrule;
using namespace tenthrule::shrinking;

namespace {

std::shared_ptr<const test_case> three_counters() {
    toy::description d;
    const std::vector<toy::step> steps{toy::load(0), toy::store(0), toy::choose(3), toy::load(1),
                                       toy::store(1)};
    d.tasks = {{"A", steps}, {"B", steps}, {"C", steps, start_mode::arrives}};
    d.rules = rule_set::none();
    return toy::make_case(d);
}

// Decisions of some execution or other.
schedule any_schedule(const test_case& c, std::uint64_t seed) {
    execution machine;
    const auto instance = c.instantiate();
    return machine.run(*instance, *make_strategy("random").made, c.options(), seed).decisions;
}

struct run {
    schedule decisions;
    std::uint64_t hash;
};

run run_with(const test_case& c, strategy& how) {
    execution machine;
    const auto instance = c.instantiate();
    const run_result& r = machine.run(*instance, how, c.options());
    return {r.decisions, r.schedule_hash};
}

}  // namespace

TEST_CASE("followers: each of them repeats an execution in the case it was made in") {
    const auto c = three_counters();
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const schedule plan = any_schedule(*c, seed);
        execution machine;
        const auto instance = c->instantiate();
        by_number numbers;
        numbers.follow(plan);
        const std::uint64_t hash = machine.run(*instance, numbers, c->options()).schedule_hash;
        trace recorded = numbers.recorded();
        remember_places(recorded);
        REQUIRE(run_with(*c, numbers).decisions == plan);

        by_number deferred;
        deferred.follow(plan, by_number::misfit::deferred);
        CHECK(run_with(*c, deferred).hash == hash);
        by_place places;
        places.follow(anchor(plan, recorded), by_place::counting::ever);
        CHECK(run_with(*c, places).hash == hash);
        places.follow(anchor(plan, recorded), by_place::counting::since_last);
        CHECK(run_with(*c, places).hash == hash);
        by_turn turns;
        turns.follow(turns_of(recorded));
        CHECK(run_with(*c, turns).hash == hash);
    }
}

TEST_CASE("followers: any plan is followed as far as it goes") {
    const auto c = three_counters();
    random_source random(5);
    for (int i = 0; i < 500; ++i) {
        schedule nonsense;
        std::uint32_t choice = 0;
        for (int n = 0; n < 6; ++n) {
            choice += 1 + random.below(8);
            nonsense.push_back({choice, static_cast<std::uint8_t>(random.below(256))});
        }
        for (const auto rule : {by_number::misfit::dropped, by_number::misfit::deferred}) {
            by_number how;
            how.follow(nonsense, rule);
            const run first = run_with(*c, how);
            // What was decided is a plan that fits.
            how.follow(first.decisions);
            CHECK(run_with(*c, how).hash == first.hash);
        }
    }
}

TEST_CASE("followers: what is open is recorded") {
    const auto c = three_counters();
    by_number how;
    run_with(*c, how);
    const trace& t = how.recorded();
    REQUIRE(t.size() > 4);
    CHECK(t[0].current == no_actor);
    CHECK(t[0].enabled.contains(0));
    CHECK(t[0].enabled.contains(1));
    CHECK(t[0].enabled.contains(64));
    CHECK(t[0].armed == 1);  // the arrival of C
    CHECK(t[0].taken == 0);
    CHECK(std::string(t[1].label) == "counter a");
    CHECK(t[3].is_value());
    CHECK(t[3].possibilities() == 3);

    CHECK(cost_after(t[0], 1) == cost{0, 0, 0});  // nobody ran before
    CHECK(cost_after(t[0], 64) == cost{0, 1, 0});
    CHECK(cost_after(t[1], 1) == cost{0, 0, 1});
    CHECK(cost_after(t[3], 2) == cost{0, 0, 0});
}

TEST_CASE("followers: an execution that costs too much is given up") {
    const auto c = three_counters();
    by_number how;
    how.follow({{2, 1}, {3, 0}});  // to B and back: two interleavings
    how.set_cost_max({0, 0, 1});
    execution machine;
    const auto instance = c->instantiate();
    CHECK(machine.run(*instance, how, c->options()).end == verdict::diverged);
    how.set_cost_max({0, 0, 9});
    CHECK(machine.run(*instance, how, c->options()).end == verdict::completed);
}
