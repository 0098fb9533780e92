#include "shrink/replay_check.hpp"

#include <doctest/doctest.h>

#include "scheduler/replay.hpp"
#include "tests/support/find_failure.hpp"
#include "tests/support/toy_case.hpp"

using namespace tenthrule;

namespace {

toy::description lost_update() {
    toy::description d;
    d.tasks = {{"A", {toy::load(0), toy::noise(), toy::store(0)}},
               {"B", {toy::load(0), toy::store(0), toy::noise()}}};
    return d;
}

const schedule failing{{2, 1}};

logged_run original_run(const test_case& c) {
    replay how(failing);
    return run_logged(c, how);
}

// What a token would say of it.
recorded_execution recorded(const test_case& c) {
    return recorded_in(make_token(c, "", original_run(c).result));
}

}  // namespace

TEST_CASE("replay_check: the same execution") {
    const auto c = toy::make_case(lost_update());
    const replay_report report = check_replay(*c, recorded(*c));
    CHECK_FALSE(report.diverged);
    CHECK(report.run.result.failure.identity == "assertion: counter a lost an update");
    CHECK(report.run.trace_digest == original_run(*c).trace_digest);
    CHECK(report.run.name(0) == "A");
    CHECK(report.run.name(no_actor) == "outside");
}

TEST_CASE("replay_check: an edited case, found by fingerprints") {
    const auto before = toy::make_case(lost_update());
    toy::description edited = lost_update();
    edited.tasks[1].steps = {toy::load(0), toy::add(1), toy::store(0), toy::noise()};
    const auto after = toy::make_case(edited);

    const replay_report report = check_replay(*after, recorded(*before));
    REQUIRE(report.diverged);
    CHECK(report.diverged->step == 4);
    CHECK_FALSE(report.diverged->exact);
    CHECK(report.diverged->actual == "B: rmw counter b");
    CHECK(report.diverged->message == "at step 4: recorded was: another step; but now: B: rmw counter b");
}

TEST_CASE("replay_check: an edited case, compared with the original event by event") {
    const auto before = toy::make_case(lost_update());
    toy::description edited = lost_update();
    edited.tasks[1].steps = {toy::load(0), toy::add(1), toy::store(0), toy::noise()};
    const auto after = toy::make_case(edited);
    const logged_run original = original_run(*before);
    recorded_execution expected = recorded(*before);
    expected.original = &original;

    const replay_report report = check_replay(*after, expected);
    REQUIRE(report.diverged);
    CHECK(report.diverged->step == 4);
    CHECK(report.diverged->exact);
    CHECK(report.diverged->message ==
          "at step 4: recorded was: B: store counter a; but now: B: rmw counter b");
}

TEST_CASE("replay_check: the schedule asks for somebody who cannot step") {
    const auto c = toy::make_case(lost_update());
    recorded_execution expected;
    expected.decisions = {{2, 64}};
    const replay_report report = check_replay(*c, expected);
    REQUIRE(report.diverged);
    CHECK(report.diverged->step == 2);
    CHECK(
        report.diverged->message ==
        "at step 2: recorded was: somebody who does not exist steps; but now: that cannot be; those who can "
        "step are A, B");
}

TEST_CASE("replay_check: a value that does not exist any more") {
    toy::description d;
    d.tasks = {{"A", {toy::choose(2), toy::noise()}}};
    const auto c = toy::make_case(d);
    recorded_execution expected;
    expected.decisions = {{0, 2}};
    const replay_report report = check_replay(*c, expected);
    REQUIRE(report.diverged);
    CHECK(report.diverged->expected == "value 2 is chosen");
    CHECK(report.diverged->actual == "only 2 values are possible");
}

TEST_CASE("replay_check: the execution ends before the schedule does") {
    const auto c = toy::make_case(lost_update());
    recorded_execution expected;
    expected.decisions = {{2, 1}, {50, 0}};
    const replay_report report = check_replay(*c, expected);
    REQUIRE(report.diverged);
    CHECK(report.diverged->expected == "1 more decisions of the schedule");
    CHECK(report.diverged->actual == "the execution ends with assertion: counter a lost an update");
}

TEST_CASE("replay_check: the execution ends earlier, or later") {
    const auto before = toy::make_case(lost_update());
    toy::description shorter = lost_update();
    shorter.tasks[0].steps.erase(shorter.tasks[0].steps.begin() + 1);
    toy::description longer = lost_update();
    longer.tasks[0].steps.push_back(toy::noise());

    const replay_report early = check_replay(*toy::make_case(shorter), recorded(*before));
    REQUIRE(early.diverged);
    const replay_report late = check_replay(*toy::make_case(longer), recorded(*before));
    REQUIRE(late.diverged);
    CHECK(late.diverged->step == 7);
    CHECK(late.diverged->message ==
          "at step 7: recorded was: the end of the execution; but now: A: load noise");
}

TEST_CASE("replay_check: no violation any more") {
    const auto c = toy::make_case(lost_update());
    recorded_execution expected;
    expected.identity = "assertion: counter a lost an update";
    const replay_report report = check_replay(*c, expected);  // the default schedule is harmless
    REQUIRE(report.diverged);
    CHECK(report.diverged->message ==
          "recorded was: assertion: counter a lost an update; but now: the execution ends "
          "without a violation");
}

TEST_CASE("replay_check: another violation") {
    const auto c = toy::make_case(lost_update());
    recorded_execution expected;
    expected.decisions = failing;
    expected.identity = "deadlock: of some kind";
    const replay_report report = check_replay(*c, expected);
    REQUIRE(report.diverged);
    CHECK(report.diverged->expected == "deadlock: of some kind");
    CHECK(report.diverged->actual == "the execution ends with assertion: counter a lost an update");
}

TEST_CASE("replay_check: the same steps, another execution") {
    const auto c = toy::make_case(lost_update());
    recorded_execution expected = recorded(*c);
    *expected.trace_digest ^= 1U;
    const replay_report report = check_replay(*c, expected);
    REQUIRE(report.diverged);
    CHECK(report.diverged->step == 0);
    CHECK(report.diverged->message ==
          "the steps are the same, but what they do or see is not what was recorded");
}
