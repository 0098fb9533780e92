// Promises to users: how small a failure gets, and that it stays the failure it was.

#include "shrink/shrink.hpp"

#include <doctest/doctest.h>

#include "shrink/token.hpp"
#include "tests/support/find_failure.hpp"
#include "tests/support/toy_case.hpp"

using namespace tenthrule;

namespace {

// Two tasks that read and write a counter under a lock each time, but not the same lock time; three with
// nothing but noise. 60 steps, most of them irrelevant.
std::shared_ptr<const test_case> noisy_race(unsigned cpus) {
    toy::description d;
    d.name = "noisy race";
    d.cpus = cpus;
    const std::vector<toy::step> racer = toy::steps({toy::noises(4),
                                                     {toy::lock(0), toy::load(0), toy::unlock(0)},
                                                     toy::noises(2),
                                                     {toy::lock(0), toy::store(0), toy::unlock(0)},
                                                     toy::noises(3)});
    const std::vector<toy::step> bystander =
        toy::steps({{toy::lock(1)}, toy::noises(4), {toy::unlock(1), toy::add(1)}, toy::noises(3)});
    d.tasks = {{"noise 1", bystander},
               {"racer 1", racer},
               {"noise 2", bystander, start_mode::arrives},
               {"racer 2", racer, start_mode::arrives},
               {"noise 3", bystander}};
    return toy::make_case(d);
}

void check_sound(const shrink_result& r) {
    REQUIRE_MESSAGE(r.error.empty(), r.error);
    CHECK(r.run.result.end == verdict::violation);
    CHECK(r.run.result.decisions == r.shrunk.decisions);
    CHECK_FALSE(r.certified_because.empty());
    CHECK(r.shrunk.of->digest() == r.original.of->digest());
}

}  // namespace

TEST_CASE("shrink: a noisy race of 5 tasks and 60 steps comes down to the race") {
    for (const char* strategy : {"pct:depth=3", "random", "random:stay=7/8"}) {
        for (const unsigned cpus : {0U, 2U}) {
            for (std::uint64_t seed = 1; seed <= 8; ++seed) {
                CAPTURE(strategy);
                CAPTURE(cpus);
                CAPTURE(seed);
                const auto c = noisy_race(cpus);
                const toy::failing f =
                    toy::find_failure(*c, strategy, seed, 20'000, "assertion: counter a lost an update");
                REQUIRE(f.executions != 0);
                const shrink_result r = shrink(c, f.decisions);
                check_sound(r);
                CHECK(r.run.result.failure.identity == "assertion: counter a lost an update");
                CHECK(r.shrunk.size.tasks == 2);
                CHECK(r.shrunk.size.steps == 4);
                CHECK(r.shrunk.size.starts == 0);
                CHECK(r.shrunk.statistics.preemptions == 0);
                CHECK(r.shrunk.statistics.events == 0);
                CHECK(r.shrunk.statistics.interleavings == 1);
                CHECK(r.shrunk.statistics.points == 4);
                CHECK(r.executions < 10'000);
                CHECK(encode(make_token(*r.shrunk.of, "", r.run.result)).size() < 160);
            }
        }
    }
}

TEST_CASE("shrink: one preemption, where there is only one CPU") {
    const std::vector<toy::step> racer =
        toy::steps({toy::noises(6), {toy::load(0)}, toy::noises(3), {toy::store(0)}, toy::noises(6)});
    toy::description d;
    d.cpus = 1;
    d.tasks = {{"A", racer}, {"B", racer}, {"C", toy::noises(9)}};
    for (const bool stay : {true, false}) {
        d.cpus_stay = stay;
        const auto c = toy::make_case(d);
        const toy::failing f = toy::find_failure(*c, "random", 3);
        REQUIRE(f.statistics.preemptions > 5);
        const shrink_result r = shrink(c, f.decisions);
        check_sound(r);
        CHECK(r.shrunk.size.tasks == 2);
        CHECK(r.shrunk.size.steps == 4);
        // A machine with more CPUs needs no preemption for it.
        CHECK(r.shrunk.statistics.preemptions == (stay ? 1 : 0));
        CHECK(r.shrunk.statistics.interleavings == (stay ? 0 : 1));
    }
}

TEST_CASE("shrink: a timeout that may happen any time") {
    toy::description d;
    const std::vector<toy::step> noise = toy::noises(8);
    d.cpus = 2;
    d.tasks = {{"sleeper", toy::steps({noise, {toy::timed_wait(0)}, noise})},
               {"waker", toy::steps({noise, {toy::set(0)}, noise})},
               {"other", noise, start_mode::arrives}};
    const auto c = toy::make_case(d);
    const toy::failing f = toy::find_failure(*c, "random", 1, 10'000, "assertion: timed out");
    REQUIRE(f.executions != 0);
    const shrink_result r = shrink(c, f.decisions);
    check_sound(r);
    CHECK(r.run.result.failure.identity == "assertion: timed out");
    CHECK(r.shrunk.size.tasks == 1);
    CHECK(r.shrunk.size.steps == 1);
    CHECK(r.shrunk.statistics.events == 1);
    CHECK(r.shrunk.statistics.preemptions == 0);
    CHECK(r.shrunk.statistics.interleavings == 0);
}

TEST_CASE("shrink: a lost wakeup keeps both who sleeps and who wakes") {
    toy::description d;
    d.cpus = 2;
    d.tasks = {{"sleeper", toy::steps({toy::noises(5), {toy::wait(0)}, toy::noises(5)})},
               {"waker", toy::steps({toy::noises(5), {toy::set(0)}, toy::noises(5)})},
               {"other", toy::noises(8)}};
    const auto c = toy::make_case(d);
    const toy::failing f = toy::find_failure(*c, "pct:depth=3", 1);
    REQUIRE(f.failure.identity == "deadlock: sleeps on flag a");
    const shrink_result r = shrink(c, f.decisions);
    check_sound(r);
    // Without anybody who wakes it sleeps for ever as well, and that is a simpler failure of the same
    // identity.
    CHECK(r.shrunk.size.tasks == 1);
    CHECK(r.shrunk.size.steps == 1);
}

TEST_CASE("shrink: values that were chosen") {
    toy::description d;
    d.tasks = {
        {"A", toy::steps({toy::noises(3), {toy::choose(4), toy::choose(5), toy::expect_not_chosen()}})},
        {"B", toy::noises(6)}};
    const auto c = toy::make_case(d);
    const toy::failing f = toy::find_failure(*c, "random", 1);
    const shrink_result r = shrink(c, f.decisions);
    check_sound(r);
    CHECK(r.shrunk.size.tasks == 1);
    CHECK(r.shrunk.size.steps == 2);
    REQUIRE(r.shrunk.decisions.size() == 1);
    CHECK(r.shrunk.decisions[0].choice == 0);
}

TEST_CASE("shrink: never slips to another failure") {
    // Three kinds of failure: a lost update (wanted), unlocking what is not held as soon as a lock is
    // dropped, a lock that is still held when its unlock is dropped. The latter two are far easier to have.
    const auto c = noisy_race(2);
    std::uint64_t others = 0;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const toy::failing f = toy::find_failure(*c, "random", seed);
        const shrink_result r = shrink(c, f.decisions);
        check_sound(r);
        CHECK(r.run.result.failure.identity == f.failure.identity);
        for (const failure_met& other : r.others) {
            CHECK(other.failure.identity != f.failure.identity);
            ++others;
            // What is kept aside can be had again.
            execution machine;
            const auto instance = other.smallest.of->instantiate();
            shrinking::by_number how;
            how.follow(other.smallest.decisions);
            const run_result& again = machine.run(*instance, how, other.smallest.of->options());
            CHECK(again.failure.identity == other.failure.identity);
        }
    }
    CHECK(others > 5);
}

TEST_CASE("shrink: the same failure has the same reproducer") {
    const auto c = noisy_race(2);
    const toy::failing f = toy::find_failure(*c, "random", 9);
    const shrink_result first = shrink(c, f.decisions);
    const shrink_result second = shrink(noisy_race(2), f.decisions);
    CHECK(first.shrunk.decisions == second.shrunk.decisions);
    CHECK(first.shrunk.of->taken_away() == second.shrunk.of->taken_away());
    CHECK(first.executions == second.executions);
    CHECK(first.run.trace_digest == second.run.trace_digest);
}

TEST_CASE("shrink: what was taken away leads from the original case to the shrunk one") {
    const auto c = noisy_race(2);
    const toy::failing f = toy::find_failure(*c, "random", 4);
    const shrink_result r = shrink(c, f.decisions);
    std::shared_ptr<const test_case> rest = c;
    for (const std::uint32_t code : r.shrunk.of->taken_away()) {
        rest = rest->reduced(code);
        REQUIRE(rest != nullptr);
    }
    execution machine;
    const auto instance = rest->instantiate();
    shrinking::by_number how;
    how.follow(r.shrunk.decisions);
    CHECK(machine.run(*instance, how, rest->options()).failure.identity == f.failure.identity);
}

TEST_CASE("shrink: a small budget is kept, and gives something that fails all the same") {
    const auto c = noisy_race(2);
    const toy::failing f = toy::find_failure(*c, "random", 2);
    std::uint32_t steps_before = ~0U;
    for (const std::uint64_t budget : {1U, 2U, 10U, 100U, 1'000U}) {
        shrink_options options;
        options.executions_max = budget;
        const shrink_result r = shrink(c, f.decisions, options);
        check_sound(r);
        CHECK(r.executions <= budget);
        CHECK(r.shrunk.size.steps <= steps_before);
        steps_before = r.shrunk.size.steps;
        CHECK(r.run.result.failure.identity == f.failure.identity);
    }
}

TEST_CASE("shrink: a stop flag ends it") {
    const auto c = noisy_race(2);
    const toy::failing f = toy::find_failure(*c, "random", 2);
    const std::atomic<bool> stop{true};
    shrink_options options;
    options.stop = &stop;
    const shrink_result r = shrink(c, f.decisions, options);
    check_sound(r);
    CHECK(r.executions < 5);
    CHECK(r.budget_used_up);
}

TEST_CASE("shrink: what does not fail cannot be shrunk") {
    CHECK(shrink(noisy_race(2), {}).error == "the schedule to be shrunk does not lead to a violation");
}

TEST_CASE("shrink: the books are kept") {
    const auto c = noisy_race(2);
    const toy::failing f = toy::find_failure(*c, "random", 2);
    const shrink_result r = shrink(c, f.decisions);
    std::uint64_t successes = 0;
    for (const shrinking::pass_report& p : r.passes) {
        CHECK(p.calls > 0);
        CHECK(p.executions <= r.executions);
        successes += p.successes;
    }
    CHECK(successes > 10);
}
