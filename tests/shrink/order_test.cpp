#include "shrink/order.hpp"

#include <doctest/doctest.h>

using namespace tenthrule;
using namespace tenthrule::shrinking;

TEST_CASE("order: what is compared first") {
    const weight nothing;
    // Each of these outweighs everything that stands below it.
    weight points, extras, cpus, starts, steps, tasks, interleavings, events, preemptions, deviations;
    deviations.deviations = 1;
    points.points = 1;
    extras.size.extras = 1;
    cpus.size.cpus = 1;
    starts.size.starts = 1;
    steps.size.steps = 1;
    tasks.size.tasks = 1;
    interleavings.cost.interleavings = 1;
    events.cost.events = 1;
    preemptions.cost.preemptions = 1;
    const weight all[] = {nothing, deviations, points,        extras, cpus,       starts,
                          steps,   tasks,      interleavings, events, preemptions};
    for (std::size_t i = 0; i + 1 < std::size(all); ++i) {
        weight many = all[i];
        if (i > 0) {
            many.deviations += i > 1 ? 1'000U : 0U;
            many.points += i > 2 ? 1'000U : 0U;
        }
        CHECK(many < all[i + 1]);
    }
}

TEST_CASE("order: schedules of one weight") {
    CHECK(comes_first({{1, 0}}, {{2, 0}}));
    CHECK(comes_first({{1, 0}}, {{1, 1}}));
    CHECK(comes_first({{1, 1}, {5, 0}}, {{1, 1}, {6, 0}}));
    CHECK_FALSE(comes_first({{1, 1}}, {{1, 1}}));
}

TEST_CASE("order: the weight of an execution") {
    run_statistics s;
    s.preemptions = 1;
    s.events = 2;
    s.interleavings = 3;
    s.points = 50;
    case_size size;
    size.tasks = 4;
    const weight w = weigh(s, size, {{1, 0}, {2, 0}});
    CHECK(w.cost == cost{1, 2, 3});
    CHECK(w.size.tasks == 4);
    CHECK(w.points == 50);
    CHECK(w.deviations == 2);
}
