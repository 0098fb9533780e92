// The small parts of a crew: what may be shrunk, how the canary is looked for, what a batch is worth.

#include <doctest/doctest.h>

#include "campaign/crew/canary_watch.hpp"
#include "campaign/crew/reward.hpp"
#include "campaign/crew/shrink_share.hpp"
#include "worker/coverage/coverage.hpp"

using namespace tenthrule;
using namespace tenthrule::crew;

TEST_CASE("shrinking takes its share of the workers' time and a small credit, and half of the workers") {
    shrink_share s(0.1, 4, 0);
    CHECK(s.allows(0));
    s.begin();
    CHECK(s.allows(0));
    s.begin();
    CHECK(!s.allows(0));
    s.end(10);
    s.end(11);
    CHECK(!s.allows(0));
    CHECK(!s.allows(2));  // 4 workers, 2 seconds: 0.8 and the credit
    CHECK(s.allows(3));
    // A planned campaign may spend all of its share at its beginning.
    CHECK(shrink_share(0.1, 4, 3'600).allows(0));
    CHECK(!shrink_share(0, 4, 3'600).allows(3'600));
}

TEST_CASE("the canary is looked for in one batch at a time, until it is found") {
    canary_watch none;
    CHECK(!none.is_due());
    canary_watch c("bird");
    REQUIRE(c.is_due());
    CHECK(!c.was_tried());
    CHECK(c.order() == 0);
    CHECK(!c.is_due());
    c.reported(canary_watch::batch, false, false, 0.5);
    CHECK(c.was_tried());
    REQUIRE(c.is_due());
    CHECK(c.order() == canary_watch::batch);
    c.reported(7, true, false, 0.25);
    CHECK(c.state().found);
    CHECK(c.state().seconds == 0.75);
    CHECK(!c.is_due());
}

TEST_CASE("the canary is given up after as many executions as it may take, and when it cannot be run") {
    canary_watch vain("bird");
    std::uint64_t batches = 0;
    for (; vain.is_due(); ++batches) {
        vain.order();
        vain.reported(canary_watch::batch, false, false, 0);
    }
    CHECK(batches * canary_watch::batch >= canary_watch::executions_max);
    CHECK((batches - 1) * canary_watch::batch < canary_watch::executions_max);
    CHECK(!vain.state().found);

    canary_watch sick("bird");
    sick.order();
    sick.reported(0, false, true, 0);
    CHECK(!sick.is_due());

    canary_watch deadly("bird");
    for (unsigned i = 0; i < canary_watch::deaths_max; ++i) {
        REQUIRE(deadly.is_due());
        deadly.order();
        deadly.worker_ended(false);  // somebody else's fault
        REQUIRE(deadly.is_due());
        deadly.order();
        deadly.worker_ended(true);
    }
    CHECK(!deadly.is_due());
}

TEST_CASE("rewards: a new failure is worth most, then states and pairs, then the share of new classes") {
    CHECK(worth(true, {}, 100) == 1);
    CHECK(worth(false, {}, 100) == 0);
    const double state = worth(false, {0, 0, 1}, 6'400);
    const double pairs = worth(false, {0, 20, 0}, 6'400);
    const double classes = worth(false, {100, 0, 0}, 6'400);
    CHECK(state == doctest::Approx(0.5));
    CHECK(pairs < state);
    CHECK(pairs > classes);
    CHECK(classes == doctest::Approx(0.2));
    CHECK(worth(false, {50, 0, 0}, 100 * coverage::watch_interval) == doctest::Approx(0.1));
    CHECK(worth(false, {1'000'000, 1'000'000, 9}, 64) <= 0.9);
}
