// What comes from outside: arrivals, signals, values.

#include <string>

#include <doctest/doctest.h>

#include "tests/runtime/small_program.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

std::set<std::string> every_trace(std::string& trace, const small_program::setup_function& setup) {
    small_program p([&](small_program& q) {
        trace.clear();
        setup(q);
    });
    std::set<std::string> traces;
    execution e;
    exhaustive all;
    while (all.more()) {
        const run_result& r = e.run(p, all, {});
        REQUIRE_MESSAGE(r.end == verdict::completed, r.failure.message);
        traces.insert(trace);
    }
    return traces;
}

std::function<void()> letters(std::string& trace, char letter, unsigned steps) {
    return [&trace, letter, steps] {
        for (unsigned i = 0; i < steps; ++i) {
            small_program::step("step");
            trace += letter;
        }
    };
}

}  // namespace

TEST_CASE("events: a task may arrive at any time, before all others, in between, or when they have ended") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        p.machine().set_cpus(1);
        p.task({.sched = policy::fifo, .priority = 10}, letters(trace, 'b', 2));
        p.task({.sched = policy::fifo, .priority = 20, .start = start_mode::arrives}, letters(trace, 'a', 1));
    });
    CHECK(traces == std::set<std::string>{"abb", "bab", "bba"});
}

TEST_CASE("events: nothing may happen in the name of a task that has not arrived") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        p.task({}, [&trace] {
            CHECK(here().state(1) != task_state::sleeping);
            small_program::step("one");
            trace += here().state(1) == task_state::absent ? '-' : '+';
        });
        p.task({.start = start_mode::arrives}, [] {});
    });
    CHECK(traces == std::set<std::string>{"-", "+"});
}

TEST_CASE("events: a held task runs when it is released, and once") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        p.machine().set_cpus(1);
        const actor held = p.task({.sched = policy::fifo, .priority = 20, .start = start_mode::held},
                                  letters(trace, 'h', 1));
        p.task({.sched = policy::fifo, .priority = 10}, [&trace, held] {
            small_program::step("one");
            trace += '1';
            here().release(held);
            small_program::step("two");
            trace += '2';
            here().release(held);
            small_program::step("three");
            trace += '3';
        });
    });
    CHECK(traces == std::set<std::string>{"1h23"});
}

TEST_CASE("events: an outside event happens at any time while it is enabled, at most once") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        const actor signal = p.event(
            "signal", [&trace] { trace += 'S'; }, false);
        p.task({}, [&trace, signal] {
            small_program::step("one");
            trace += '1';
            here().enable_event(signal, true);
            small_program::step("two");
            trace += '2';
            small_program::step("three");
            trace += '3';
            here().enable_event(signal, false);
            small_program::step("four");
            trace += '4';
        });
    });
    CHECK(traces == std::set<std::string>{"1234", "1S234", "12S34"});
}

TEST_CASE("events: one that was enabled again can happen again") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        const actor signal = p.event("signal", [&trace] { trace += 'S'; });
        p.task({}, [&trace, signal] {
            small_program::step("one");
            trace += '1';
            here().enable_event(signal, true);
            small_program::step("two");
            trace += '2';
        });
    });
    // It can happen before the task's first step, or between its steps.
    CHECK(traces == std::set<std::string>{"12", "S12", "1S2", "S1S2"});
}

TEST_CASE("events: one that keeps coming back for ever is bounded, not an endless execution") {
    small_program p([](small_program& q) {
        static actor signal;
        signal = q.event("signal", [] { here().enable_event(signal, true); });
        q.task({.name = "waiter"}, [] { here().sleep({.object = "something else"}); });
    });
    const run_result r = follow(p);
    CHECK(r.end != verdict::completed);
}

TEST_CASE("events: several are independent of each other") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        p.event("a", [&trace] { trace += 'a'; });
        p.event("b", [&trace] { trace += 'b'; });
        p.task({}, letters(trace, '1', 1));
    });
    // Events that are left when every task has ended do not happen any more.
    CHECK(traces == std::set<std::string>{"1", "a1", "b1", "ab1", "ba1"});
}

TEST_CASE("events: all of them are tried when no task can step, not only the first") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        for (const char letter : {'a', 'b'}) {
            p.event(
                "event",
                [&trace, letter] {
                    if (here().wake(0)) trace += letter;
                },
                false);
        }
        p.task({}, [&trace] {
            here().enable_event(first_event, true);
            here().enable_event(first_event + 1, true);
            here().sleep({.object = "an event"});
            trace += '.';
        });
    });
    CHECK(traces == std::set<std::string>{"a.", "b."});
}

TEST_CASE("events: statistics and log tell them apart from switches") {
    small_program p([](small_program& q) {
        q.event("signal", [] { here().wake(0); });
        q.task({.name = "waiter"}, [] { here().sleep({.object = "a signal"}); });
        q.task({.name = "late", .start = start_mode::arrives}, [] {});
    });
    const run_result r = follow(p, {}, with_log());
    REQUIRE(r.end == verdict::completed);
    CHECK(r.statistics.events == 2);
    CHECK(r.statistics.preemptions == 0);
    CHECK(r.statistics.interleavings == 0);
    std::string kinds;
    for (const event& e : r.log) {
        if (e.came == arrival_kind::external) kinds += std::string(to_string(e.kind)) + " " + e.label + ", ";
    }
    CHECK(kinds == "signal signal, arrive late, ");
}

TEST_CASE("values: choose(n) gives every value below n, the default is 0, and one possibility is no choice") {
    std::set<std::uint32_t> seen;
    small_program p([&](small_program& q) {
        q.task({}, [&] {
            CHECK(here().choose(1, "nothing") == 0);
            seen.insert(here().choose(256, "a byte"));
        });
    });
    const run_result r = follow(p);
    CHECK(r.statistics.choices == 1);
    CHECK(r.statistics.values == 0);
    CHECK(seen == std::set<std::uint32_t>{0});
    CHECK(explore(p).executions == 256);
    CHECK(seen.size() == 256);

    const run_result last = follow(p, {{0, 255}});
    CHECK(last.statistics.values == 1);
    CHECK(last.decisions == schedule{{0, 255}});
}
