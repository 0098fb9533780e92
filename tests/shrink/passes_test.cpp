// One pass, one start, one exact result.

#include "shrink/passes/passes.hpp"

#include <doctest/doctest.h>

#include "shrink/explore.hpp"
#include "shrink/passes/reduce_case.hpp"
#include "tests/support/find_failure.hpp"
#include "tests/support/toy_case.hpp"

using namespace tenthrule;
using namespace tenthrule::shrinking;

namespace {

// A: reads a, reads noise twice, writes a. B: the same after some noise. C: only noise.
std::shared_ptr<const test_case> lost_update(unsigned cpus = 0) {
    toy::description d;
    d.cpus = cpus;
    d.tasks = {{"A", toy::steps({{toy::load(0)}, toy::noises(2), {toy::store(0)}})},
               {"B", toy::steps({toy::noises(1), {toy::load(0), toy::store(0)}})},
               {"C", toy::noises(3)}};
    return toy::make_case(d);
}

// Everything a pass needs, beginning with this schedule.
struct bench {
    bench(const std::shared_ptr<const test_case>& c, const schedule& start)
        : lab(identity_of(*c, start), 100'000, 0, nullptr), in(lab.prepare(c)) {
        by_number how;
        how.follow(start);
        lab.run(*in, how);
        REQUIRE(lab.same_failure());
        trace recorded = how.recorded();
        remember_places(recorded);
        shrinker = std::make_unique<schedule_shrinker>(
            lab, candidate{in, lab.last().decisions, lab.last().statistics}, std::move(recorded));
    }

    static std::string identity_of(const test_case& c, const schedule& start) {
        by_number how;
        how.follow(start);
        execution machine;
        const auto instance = c.instantiate();
        return machine.run(*instance, how, c.options()).failure.identity;
    }

    const schedule& result() const {
        return shrinker->best().decisions;
    }

    attempts lab;
    std::shared_ptr<specimen> in;
    std::unique_ptr<schedule_shrinker> shrinker;
};

}  // namespace

TEST_CASE("try_trivial: one deviation of many is enough") {
    // Choice points 0..: A starts, then one before each step of it. At 2 A has read the counter: all of B
    // comes here.
    bench b(lost_update(), {{0, 2}, {2, 0}, {4, 1}, {7, 0}});
    try_trivial(*b.shrinker);
    CHECK(b.result() == schedule{{4, 1}});
}

TEST_CASE("drop_deviations: what is not needed goes") {
    bench b(lost_update(), {{1, 2}, {2, 0}, {3, 1}, {4, 2}, {5, 1}});
    drop_deviations(*b.shrinker);
    CHECK(b.result().size() == 1);
    CHECK(b.shrinker->best().weight().cost == cost{0, 0, 1});
}

TEST_CASE("drop_pairs: a switch away and back") {
    // To C and back, neither of which may go alone without making things worse.
    bench b(lost_update(), {{1, 2}, {2, 0}, {4, 1}});
    drop_pairs(*b.shrinker);
    CHECK(b.shrinker->best().weight().cost == cost{0, 0, 1});
}

TEST_CASE("merge_turns: what runs between two turns of an actor moves out of the way") {
    bench b(lost_update(), {{1, 2}, {2, 0}, {4, 1}});
    merge_turns(*b.shrinker);
    CHECK(b.shrinker->best().weight().cost == cost{0, 0, 1});
}

TEST_CASE("shift_turns: an actor hands over earlier") {
    // A reads and does two steps of noise before B comes; one is enough, and the rest of A comes later.
    bench b(lost_update(), {{4, 1}});
    shift_turns(*b.shrinker);
    CHECK(b.result() == schedule{{3, 1}});
}

TEST_CASE("replace_value: somebody else at the same place") {
    // First C, though B would do.
    toy::description d;
    d.tasks = {
        {"A", {toy::load(0), toy::store(0)}}, {"B", {toy::load(0), toy::store(0)}}, {"C", toy::noises(9)}};
    bench b(toy::make_case(d), {{2, 2}, {12, 1}});
    replace_value(*b.shrinker);
    CHECK(b.result().front().value == 1);
}

TEST_CASE("move_deviation: to the earliest place that will do") {
    bench b(lost_update(), {{4, 1}});
    move_deviation(*b.shrinker);
    CHECK(b.result() == schedule{{2, 1}});
}

TEST_CASE("explore: finds what needs few deviations, and knows when there is nothing") {
    const auto c = lost_update();
    attempts lab("assertion: counter a lost an update", 100'000, 0, nullptr);
    exploration_bounds bounds;
    bounds.deviations_max = 2;
    bounds.executions_max = 10'000;
    bounds.cost_max = {0, 0, 1};
    bounds.limit.cost = {0, 0, 2};
    exploration result = explore(lab, lab.prepare(c), bounds);
    REQUIRE(result.found);
    CHECK(result.best.decisions == schedule{{2, 1}});
    CHECK(result.best.weight().cost == cost{0, 0, 1});

    bounds.cost_max = {0, 0, 0};
    bounds.limit.cost = {0, 0, 1};
    bounds.deviations_max = 10;
    result = explore(lab, lab.prepare(c), bounds);
    CHECK_FALSE(result.found);
    CHECK(result.exhausted);  // three tasks, one after the other, in any order
}

TEST_CASE("explore: the budget is kept, and what was not done is not claimed") {
    const auto c = lost_update();
    attempts lab("assertion: counter b lost an update", 100'000, 0, nullptr);
    exploration_bounds bounds;
    bounds.deviations_max = 3;
    bounds.executions_max = 100;
    bounds.cost_max = {9, 9, 9};
    bounds.limit.cost = {9, 9, 9};
    const exploration result = explore(lab, lab.prepare(c), bounds);
    CHECK_FALSE(result.found);
    CHECK_FALSE(result.exhausted);
    CHECK(result.levels_done == 2);
    CHECK(lab.executions() == 100);
}

TEST_CASE("reduce_by_replay: what has nothing to do with it goes, and the schedule is fitted") {
    const auto c = lost_update();
    bench b(c, {{0, 2}, {2, 0}, {6, 1}});
    case_shrinker s(b.lab, b.shrinker->best(), b.shrinker->best_trace());
    CHECK(reduce_by_replay(s));
    CHECK(s.best().in->of->size().tasks == 2);
    CHECK(s.best().in->of->size().steps == 4);
    CHECK(s.best().weight().cost == cost{0, 0, 1});
}

TEST_CASE("reduce_by_search: finds the failure again where replaying does not") {
    // Without C, which the switch was to, no replay of the schedule can do anything but the default.
    toy::description d;
    d.tasks = {{"A", {toy::load(0), toy::store(0)}},
               {"B", {toy::load(0), toy::store(0)}},
               {"C", {toy::load(0), toy::store(0)}}};
    bench b(toy::make_case(d), {{2, 2}});
    case_shrinker s(b.lab, b.shrinker->best(), b.shrinker->best_trace());
    CHECK(reduce_by_search(s, {}));
    CHECK(s.best().in->of->size().tasks == 2);
}
