#include "scheduler/replay.hpp"

#include <string>

#include <doctest/doctest.h>

#include "tests/runtime/small_program.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

// Programs of all shapes: what a seed draws, the same each time.
small_program drawn_program(std::uint64_t seed) {
    return small_program([seed](small_program& p) {
        random_source draw(seed);
        execution& e = p.machine();
        e.set_cpus(draw.below(3));
        auto* const x = p.make_shared_cell<std::uint32_t>("x");
        auto* const lock = p.make_lock(inner_kind, "lock");
        if (draw.below(2) == 0) p.event("signal", [x] { x->poke(x->peek() + 1'000); });
        const unsigned tasks = 2 + draw.below(3);
        for (unsigned t = 0; t < tasks; ++t) {
            const std::uint32_t shape = draw.below(64);
            task_spec spec;
            spec.sched = (shape & 1U) != 0 ? policy::other : policy::rr;
            spec.priority = 1 + static_cast<int>(draw.below(2));
            spec.start = (shape & 2U) != 0 && t != 0 ? start_mode::arrives : start_mode::boot;
            timer* const alarm =
                p.make_timer("alarm", [t] { (void)execution::current().wake(static_cast<actor>(t)); });
            p.task(spec, [=] {
                execution& here = execution::current();
                x->update([](std::uint32_t v) { return v * 3 + 1; });
                if ((shape & 4U) != 0) {
                    lock->lock();
                    x->store(x->peek() ^ 5);
                    lock->unlock();
                }
                if ((shape & 8U) != 0) x->store(x->load() + here.choose(5, "value"));
                if ((shape & 16U) != 0) {
                    here.arm(*alarm, 10 * (t + 1));
                    here.sleep({.object = "the alarm"});
                }
                if ((shape & 32U) != 0) here.retry("once more");
                x->update([t](std::uint32_t v) { return v * 2 + t; });
            });
        }
        p.on_describe = [x](std::string& to) { to = fmt::format("{}", x->peek()); };
    });
}

// Two tasks of two steps; the first also chooses a value.
small_program plain_program(std::string& trace) {
    return small_program([&trace](small_program& p) {
        trace.clear();
        p.task({}, [&trace] {
            small_program::step("a1");
            trace += 'a';
            trace += static_cast<char>('0' + execution::current().choose(3, "value"));
            small_program::step("a2");
            trace += 'a';
        });
        p.task({}, [&trace] {
            for (int i = 0; i < 2; ++i) {
                small_program::step("b");
                trace += 'b';
            }
        });
    });
}

}  // namespace

TEST_CASE("replay: the decisions of any execution, followed strictly, give the same log, event for event") {
    execution e;
    execution elsewhere;
    std::uint64_t with_decisions = 0;
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
        CAPTURE(seed);
        small_program p = drawn_program(seed);
        for (const char* name : {"random", "random:stay=7/8", "pct:depth=3", "roundrobin"}) {
            CAPTURE(name);
            const auto searching = make_strategy(name).made;
            const run_result found = e.run(p, *searching, with_log(), seed);
            replay again(found.decisions);
            const run_result& repeated = elsewhere.run(p, again, with_log());
            REQUIRE(digest(repeated.log) == digest(found.log));
            CHECK(repeated.end == found.end);
            CHECK(repeated.decisions == found.decisions);
            CHECK(repeated.schedule_hash == found.schedule_hash);
            CHECK(!again.diverged());
            CHECK(again.replaced() == 0);
            CHECK(again.left_over().empty());
            with_decisions += found.decisions.empty() ? 0U : 1U;
        }
    }
    CHECK(with_decisions > 1'000);
}

TEST_CASE("replay: the empty plan is the default execution") {
    std::string trace;
    small_program p = plain_program(trace);
    const run_result r = follow(p);
    CHECK(trace == "a0abb");
    CHECK(r.decisions.empty());
}

TEST_CASE("replay: deviations are taken at their choice points, values and switches counted alike") {
    std::string trace;
    small_program p = plain_program(trace);
    // 0: who begins; 1: before a1; 2: the value; 3: before a2.
    CHECK(follow(p, {{2, 2}}).end == verdict::completed);
    CHECK(trace == "a2abb");
    CHECK(follow(p, {{2, 1}, {3, 1}}).end == verdict::completed);
    CHECK(trace == "a1bba");
    CHECK(follow(p, {{0, 1}}).end == verdict::completed);
    CHECK(trace == "bba0a");
}

TEST_CASE("replay: a deviation that says what is the default anyway is followed") {
    std::string trace;
    small_program p = plain_program(trace);
    replay same(schedule{{0, 0}, {2, 0}});
    execution e;
    CHECK(e.run(p, same, {}).end == verdict::completed);
    CHECK(trace == "a0abb");
    CHECK(!same.diverged());
    CHECK(same.left_over().empty());
}

TEST_CASE("replay: strictly, an actor that cannot step ends the execution there, and says who could have") {
    std::string trace;
    small_program p = plain_program(trace);
    execution e;
    for (const unsigned impossible : {2U, 64U, 200U, 255U}) {
        CAPTURE(impossible);
        replay strict(schedule{{1, static_cast<std::uint8_t>(impossible)}, {2, 1}});
        CHECK(e.run(p, strict, {}).end == verdict::diverged);
        CHECK(trace.empty());
        REQUIRE(strict.diverged());
        CHECK(strict.diverged()->planned == deviation{1, static_cast<std::uint8_t>(impossible)});
        CHECK(strict.diverged()->enabled == actor_set{0b11, 0});
        CHECK(strict.diverged()->values == 0);
        CHECK(strict.left_over().size() == 1);
    }
}

TEST_CASE("replay: strictly, a value that does not exist ends the execution there") {
    std::string trace;
    small_program p = plain_program(trace);
    execution e;
    replay strict(schedule{{2, 3}});
    CHECK(e.run(p, strict, {}).end == verdict::diverged);
    CHECK(trace == "a");
    REQUIRE(strict.diverged());
    CHECK(strict.diverged()->planned.choice == 2);
    CHECK(strict.diverged()->values == 3);
    CHECK(strict.diverged()->enabled.empty());
}

TEST_CASE("replay: what lies behind the end of the execution is left over") {
    std::string trace;
    small_program p = plain_program(trace);
    execution e;
    replay strict(schedule{{2, 1}, {100, 1}, {101, 0}});
    CHECK(e.run(p, strict, {}).end == verdict::completed);
    CHECK(!strict.diverged());
    REQUIRE(strict.left_over().size() == 2);
    CHECK(strict.left_over()[0].choice == 100);
}

TEST_CASE("replay: leniently, the default replaces what does not fit, and the rest is followed") {
    std::string trace;
    small_program p = plain_program(trace);
    execution e;
    replay lenient(schedule{{0, 77}, {1, 64}, {2, 9}, {3, 1}}, replay::mode::lenient);
    const run_result& r = e.run(p, lenient, {});
    CHECK(r.end == verdict::completed);
    CHECK(trace == "a0bba");
    CHECK(lenient.replaced() == 3);
    REQUIRE(lenient.diverged());
    CHECK(lenient.diverged()->planned.choice == 0);
    CHECK(r.decisions == schedule{{3, 1}});  // what it came to
}

TEST_CASE("replay: an object can be used again, with the same plan or another one") {
    std::string trace;
    small_program p = plain_program(trace);
    execution e;
    replay r(schedule{{1, 200}});
    CHECK(e.run(p, r, {}).end == verdict::diverged);
    CHECK(e.run(p, r, {}).end == verdict::diverged);
    r.follow({{0, 1}});
    CHECK(e.run(p, r, {}).end == verdict::completed);
    CHECK(trace == "bba0a");
    CHECK(!r.diverged());
    CHECK(e.run(p, r, {}).end == verdict::completed);
    CHECK(trace == "bba0a");
}
