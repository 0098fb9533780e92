#include "campaign/search.hpp"

#include <stdexcept>

#include <doctest/doctest.h>

#include "shrink/token.hpp"
#include "tests/support/toy_case.hpp"

using namespace tenthrule;

namespace {

toy::description race() {
    toy::description d;
    d.name = "race";
    const std::vector<toy::step> racer =
        toy::steps({toy::noises(3), {toy::load(0)}, toy::noises(1), {toy::store(0)}, toy::noises(3)});
    d.tasks = {{"A", racer}, {"B", racer, start_mode::arrives}, {"C", toy::noises(4)}};
    d.cpus = 2;
    return d;
}

// Two failures, one far rarer than the other.
toy::description two_failures() {
    toy::description d;
    d.tasks = {{"A", toy::steps({{toy::load(0), toy::store(0)}, toy::noises(4), {toy::timed_wait(0)}})},
               {"B", toy::steps({{toy::load(0), toy::store(0)}, toy::noises(4), {toy::set(0)}})}};
    return d;
}

toy::description harmless() {
    toy::description d;
    d.tasks = {{"A", {toy::add(0), toy::add(0)}}, {"B", {toy::add(0), toy::add(0)}}};
    return d;
}

search_options with(const char* strategy) {
    search_options o;
    o.strategy = strategy;
    o.schedules_max = 5'000;
    return o;
}

}  // namespace

TEST_CASE("search: finds, confirms and shrinks") {
    const search_outcome outcome = search(toy::make_case(race()), with("random"));
    CHECK(outcome.internal_error.empty());
    CHECK(outcome.end == search_end::found);
    CHECK(outcome.strategy == "random");
    REQUIRE(outcome.findings.size() == 1);
    const finding& f = outcome.findings[0];
    CHECK(f.failure.identity == "assertion: counter a lost an update");
    CHECK(f.found_at == outcome.totals.schedules);
    CHECK(f.original.tasks == 3);
    CHECK(f.original.steps == 22);
    CHECK(f.shrunk.tasks == 2);
    CHECK(f.shrunk.steps == 4);
    CHECK(f.shrunk.interleavings == 1);
    CHECK(f.shrink_executions > 0);
    CHECK(f.token != f.original_token);

    const token_or_error t = decode_token(f.token);
    REQUIRE(t.read);
    CHECK(t.read->decisions == f.decisions);
    CHECK(t.read->case_digest == toy::make_case(race())->digest());
    CHECK(t.read->trace_digest == static_cast<std::uint32_t>(f.trace_digest));
    CHECK(digest(f.run.result.log) == f.trace_digest);
}

TEST_CASE("search: without shrinking") {
    search_options o = with("random");
    o.shrink = false;
    o.selection = "k";
    o.points_max = 500;
    const search_outcome outcome = search(toy::make_case(race()), o);
    REQUIRE(outcome.findings.size() == 1);
    CHECK(outcome.findings[0].shrunk.steps == outcome.findings[0].original.steps);
    CHECK(outcome.findings[0].shrink_executions == 0);
    CHECK(outcome.findings[0].token == outcome.findings[0].original_token);
    const token_or_error t = decode_token(outcome.findings[0].token);
    REQUIRE(t.read);
    CHECK(t.read->selection == "k");
    CHECK(t.read->points_max == 500);
}

TEST_CASE("search: a finding is shown before it is shrunk") {
    search_options o = with("random");
    std::vector<std::string> shown;
    o.on_found = [&shown](const finding& f) {
        CHECK(f.shrink_executions == 0);
        shown.push_back(f.token);
    };
    const search_outcome outcome = search(toy::make_case(race()), o);
    REQUIRE(outcome.findings.size() == 1);
    CHECK(shown == std::vector{outcome.findings[0].original_token});
}

TEST_CASE("search: the same for the same seed and number of jobs") {
    for (const char* strategy : {"pct:depth=3", "random", "random:stay=7/8"}) {
        for (const unsigned jobs : {1U, 2U, 3U}) {
            search_options o = with(strategy);
            o.jobs = jobs;
            o.seed = 7;
            const search_outcome first = search(toy::make_case(two_failures()), o);
            const search_outcome second = search(toy::make_case(two_failures()), o);
            REQUIRE(first.findings.size() == 1);
            REQUIRE(second.findings.size() == 1);
            CHECK(first.jobs == jobs);
            CHECK(first.findings[0].found_at == second.findings[0].found_at);
            CHECK(first.findings[0].original_token == second.findings[0].original_token);
            CHECK(first.findings[0].token == second.findings[0].token);
        }
    }
}

TEST_CASE("search: where a strategy learns nothing, the number of jobs does not matter") {
    search_options o = with("random");
    const search_outcome alone = search(toy::make_case(two_failures()), o);
    o.jobs = 3;
    const search_outcome together = search(toy::make_case(two_failures()), o);
    REQUIRE(alone.findings.size() == 1);
    REQUIRE(together.findings.size() == 1);
    CHECK(alone.findings[0].found_at == together.findings[0].found_at);
    CHECK(alone.findings[0].token == together.findings[0].token);
}

TEST_CASE("search: keeping going collects every failure once") {
    for (const unsigned jobs : {1U, 2U}) {
        search_options o = with("random");
        o.keep_going = true;
        o.jobs = jobs;
        o.schedules_max = 3'000;
        const search_outcome outcome = search(toy::make_case(two_failures()), o);
        CHECK(outcome.end == search_end::schedules);
        CHECK(outcome.totals.schedules == 3'000);
        REQUIRE(outcome.findings.size() == 2);
        CHECK(outcome.findings[0].found_at < outcome.findings[1].found_at);
        CHECK(outcome.findings[0].failure.identity != outcome.findings[1].failure.identity);
        CHECK(outcome.findings[0].times > 10);
        CHECK(outcome.findings[1].times > 10);
    }
}

TEST_CASE("search: nothing found") {
    search_options o = with("random");
    o.schedules_max = 1'000;
    const search_outcome outcome = search(toy::make_case(harmless()), o);
    CHECK_FALSE(outcome.violation());
    CHECK(outcome.end == search_end::schedules);
    CHECK_FALSE(outcome.complete());
    CHECK(outcome.totals.schedules == 1'000);
    CHECK(outcome.totals.points > 1'000);
    CHECK(outcome.totals.longest == 4);
    CHECK(outcome.totals.seconds > 0);
    CHECK(outcome.totals.rate > 0);
    CHECK(outcome.totals.distinct > 5);
    CHECK(outcome.totals.distinct <= 20);  // of (3 + 3)! / (3! 3!), counting starts
}

TEST_CASE("search: complete when no schedule is left, by one job however many are asked for") {
    for (const unsigned jobs : {1U, 4U}) {
        search_options o = with("exhaustive");
        o.jobs = jobs;
        const search_outcome outcome = search(toy::make_case(harmless()), o);
        CHECK(outcome.end == search_end::complete);
        CHECK(outcome.complete());
        CHECK(outcome.jobs == 1);
        CHECK(outcome.totals.schedules == 20);
    }
}

TEST_CASE("search: not complete if executions were given up") {
    toy::description d;
    d.tasks = {{"A", toy::noises(2'000)}, {"B", toy::noises(2'000)}};
    d.points_max = 5;
    const search_outcome outcome = search(toy::make_case(d), with("exhaustive"));
    CHECK(outcome.end == search_end::complete);
    CHECK(outcome.totals.step_bounds > 0);
    CHECK_FALSE(outcome.complete());
}

TEST_CASE("search: a limit of time") {
    search_options o = with("random");
    o.schedules_max = 0;
    o.time_max = std::chrono::seconds(1);  // in which a busy machine gives it some, too
    const search_outcome outcome = search(toy::make_case(harmless()), o);
    CHECK(outcome.end == search_end::time);
    CHECK(outcome.totals.schedules > 100);
    CHECK(outcome.totals.seconds >= 1);
    CHECK(outcome.totals.seconds < 60);
}

TEST_CASE("search: progress is reported, and a stop flag ends it") {
    std::atomic<bool> stop{false};
    unsigned reports = 0;
    search_options o = with("random");
    o.schedules_max = 0;
    o.jobs = 2;
    o.stop = &stop;
    o.progress_interval = std::chrono::milliseconds(5);
    o.on_progress = [&](const search_progress& p) {
        ++reports;
        CHECK_FALSE(p.found);
        if (p.schedules > 1'000 && reports >= 3) {
            CHECK(p.longest == 4);
            stop = true;
        }
    };
    const search_outcome outcome = search(toy::make_case(harmless()), o);
    CHECK(outcome.end == search_end::interrupted);
    CHECK(reports >= 3);
}

TEST_CASE("search: what was found before it was stopped is reported, unshrunk") {
    std::atomic<bool> stop{false};
    search_options o = with("random");
    o.schedules_max = 0;
    o.keep_going = true;
    o.stop = &stop;
    o.progress_interval = std::chrono::milliseconds(5);
    o.on_progress = [&](const search_progress& p) { stop = p.found; };
    const search_outcome outcome = search(toy::make_case(race()), o);
    CHECK(outcome.end == search_end::interrupted);
    REQUIRE(outcome.findings.size() == 1);
    CHECK(outcome.findings[0].shrunk.steps == outcome.findings[0].original.steps);
}

TEST_CASE("search: time left is estimated") {
    std::atomic<bool> stop{false};
    search_options o = with("random");
    o.schedules_max = 0;  // until it has been reported, however long that takes on a busy machine
    o.time_max = std::chrono::hours(1);
    o.stop = &stop;
    o.progress_interval = std::chrono::milliseconds(2);
    bool reported = false;
    o.on_progress = [&](const search_progress& p) {
        reported = true;
        CHECK(p.seconds_left >= 0);
        CHECK(p.seconds_left <= 3600);
        stop = true;
    };
    search(toy::make_case(harmless()), o);
    CHECK(reported);
}

TEST_CASE("search: a program that depends on more than its schedule is an internal error, loudly") {
    toy::description d;
    d.tasks = {{"A", {toy::noise(), toy::expect_below(0, 1)}}, {"B", toy::noises(2)}};
    d.moody = true;  // in every other execution the counter begins at 1
    const search_outcome outcome = search(toy::make_case(d), with("random"));
    CHECK(outcome.end == search_end::failed);
    CHECK_FALSE(outcome.violation());
    CHECK(outcome.internal_error ==
          "execution 2 violated a rule (the counter is too large), but executing its own decisions again did "
          "not: the "
          "tested program does not depend on its schedule alone");
}

namespace {

class throwing_program final : public program {
public:
    void boot(execution& /*e*/) override {
        throw std::runtime_error("no more of that");
    }
};

class throwing_case final : public test_case {
public:
    std::string name() const override {
        return "throwing";
    }
    std::uint64_t digest() const override {
        return 0;
    }
    std::unique_ptr<program> instantiate() const override {
        return std::make_unique<throwing_program>();
    }
    run_options options() const override {
        return {};
    }
    case_size size() const override {
        return {};
    }
    std::vector<reduction> reductions() const override {
        return {};
    }
    std::unique_ptr<test_case> reduced(std::uint32_t /*code*/) const override {
        return nullptr;
    }
    const std::vector<std::uint32_t>& taken_away() const override {
        return nothing_;
    }

private:
    std::vector<std::uint32_t> nothing_;
};

}  // namespace

TEST_CASE("search: an exception ends it with an internal error") {
    search_options o = with("random");
    o.jobs = 2;
    const search_outcome outcome = search(std::make_shared<throwing_case>(), o);
    CHECK(outcome.end == search_end::failed);
    CHECK(outcome.internal_error == "an execution threw an exception: no more of that");
}

TEST_CASE("search: an unknown strategy is the caller's mistake") {
    CHECK_THROWS_AS(search(toy::make_case(harmless()), with("nonsense")), std::invalid_argument);
}
