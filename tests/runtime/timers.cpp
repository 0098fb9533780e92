// Virtual time: when timers fire, and what their callbacks may do.

#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

#include "tests/runtime/small_program.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

task_spec fifo(const char* name, int priority) {
    return {.name = name, .sched = policy::fifo, .priority = priority};
}

// What is left in `trace` in every schedule, by verdict "completed".
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

}  // namespace

TEST_CASE("timers: one may fire at any point after it was armed, or not before the tasks have ended") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        timer* const t = p.make_timer("t", [&trace] { trace += 'T'; });
        p.task({}, [&trace, t] {
            small_program::step("before");
            trace += 'a';
            here().arm(*t, 1000);
            trace += 'b';
            small_program::step("after");
            trace += 'c';
            small_program::step("after");
            trace += 'd';
        });
    });
    CHECK(traces == std::set<std::string>{"abcd", "abTcd", "abcTd"});
}

TEST_CASE("timers: deadlines are kept in order, equal ones in any") {
    const auto orders = [](nanoseconds first, nanoseconds second) {
        std::string trace;
        return every_trace(trace, [&, first, second](small_program& p) {
            timer* const a = p.make_timer("a", [&trace] { trace += 'a'; });
            timer* const b = p.make_timer("b", [&trace] { trace += 'b'; });
            p.machine().reserve_timers(2);
            p.task({}, [=] {
                here().irq_disable();
                here().arm(*a, first);
                here().arm(*b, second);
                here().irq_enable();
                small_program::step("they may fire");
            });
        });
    };
    CHECK(orders(100, 200) == std::set<std::string>{"", "a", "ab"});
    CHECK(orders(200, 100) == std::set<std::string>{"", "b", "ba"});
    CHECK(orders(100, 100) == std::set<std::string>{"", "a", "b", "ab", "ba"});
}

TEST_CASE("timers: the clock stands at the latest deadline that has passed") {
    small_program p([](small_program& q) {
        timer* const t = q.make_timer("t", [] {
            CHECK(here().now() == 700);
            here().wake(0);
        });
        q.task({}, [t] {
            CHECK(here().now() == 0);
            here().arm(*t, 700);
            CHECK(here().now() == 0);
            here().sleep({.object = "t"});
            CHECK(here().now() == 700);
            here().arm(*t, 300);  // long past
            here().sleep({.object = "t"});
            CHECK(here().now() == 700);
        });
    });
    CHECK(explore(p).verdicts == std::set<verdict>{verdict::completed});
}

TEST_CASE("timers: none fires on a CPU whose interrupts are off, others do") {
    std::string trace;
    std::set<std::string> traces = every_trace(trace, [&](small_program& p) {
        timer* const t = p.make_timer("t", [&trace] { trace += 'T'; });
        p.task({}, [&trace, t] {
            here().irq_disable();
            here().arm(*t, 100);
            small_program::step("masked");
            trace += 'm';
            here().irq_enable();
            small_program::step("open");
            trace += 'o';
        });
    });
    CHECK(traces == std::set<std::string>{"mo", "mTo"});

    // Another CPU's timer may, even one with a later deadline.
    traces = every_trace(trace, [&](small_program& p) {
        timer* const masked = p.make_timer("masked", [&trace] { trace += 'M'; });
        timer* const open = p.make_timer("open", [&trace] { trace += 'T'; });
        p.machine().set_cpus(2);
        p.task(fifo("masking", 20), [&trace, masked] {
            here().irq_disable();
            here().arm(*masked, 100);
            small_program::step("masked");
            trace += 'm';
            here().irq_enable();
            small_program::step("open");
            here().cancel(*masked);
            small_program::step("after");
        });
        p.task(fifo("other", 10), [open] { here().arm(*open, 200); });
    });
    CHECK(traces.count("Tm") == 1);
    CHECK(traces.count("mT") == 1);
    CHECK(traces.count("mM") == 1);
    for (const std::string& t : traces) {
        CAPTURE(t);
        const bool fired_while_masked = t.find('M') < t.find('m');
        CHECK(!fired_while_masked);
    }
}

TEST_CASE("timers: a spinner that waits with interrupts off masks its CPU, too") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        auto* const lock = p.make_lock(inner_kind, "lock");
        timer* const t = p.make_timer("t", [&trace] { trace += 'T'; });
        p.task({.name = "holder"}, [&trace, lock] {
            lock->lock();
            trace += '[';
            small_program::step("holding");
            trace += here().state(1) == task_state::spinning ? 's' : '-';
            lock->unlock();
        });
        p.task({.name = "spinner"}, [&trace, lock, t] {
            here().arm(*t, 100);
            lock->lock_irq();
            trace += 'l';
            lock->unlock_irq();
        });
    });
    CHECK(traces.count("[sl") == 1);
    CHECK(traces.count("[sTl") == 0);  // from the start of the spin to the release
    CHECK(traces.count("T[sl") == 1);
    CHECK(traces.count("[Tsl") == 1);
}

TEST_CASE("timers: a callback runs on top of the CPU that armed it, and only that one stands still") {
    bool other_cpu_stepped = false;
    small_program p([&](small_program& q) {
        q.machine().set_cpus(2);
        auto* const inside = q.make_shared_cell<int>("inside");
        timer* const t = q.make_timer("t", [inside] {
            CHECK(here().cpu_of(here().self()) == 0);
            inside->poke(1);
            small_program::step("in the callback");
            small_program::step("in the callback");
            inside->poke(0);
        });
        q.task(fifo("arming", 20), [=] {
            here().arm(*t, 100);
            CHECK(here().cpu_of(here().self()) == 0);
            for (int i = 0; i < 2; ++i) {
                small_program::step("under the callback");
                CHECK(inside->peek() == 0);
            }
        });
        q.task(fifo("elsewhere", 10), [&, inside] {
            for (int i = 0; i < 2; ++i) {
                small_program::step("beside the callback");
                other_cpu_stepped = other_cpu_stepped || inside->peek() == 1;
            }
        });
    });
    const search_result found = explore(p);
    CHECK(found.verdicts == std::set<verdict>{verdict::completed});
    CHECK(other_cpu_stepped);
}

TEST_CASE("timers: a task that its callback has woken takes the CPU when the callback has returned") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        p.machine().set_cpus(1);
        const actor high = p.task(fifo("high", 20), [&trace] {
            here().sleep({.object = "t"});
            trace += 'h';
        });
        timer* const t = p.make_timer("t", [&trace, high] {
            here().wake(high);
            small_program::step("in the callback");
            trace += 'T';
        });
        p.task(fifo("low", 10), [&trace, t] {
            here().arm(*t, 100);
            small_program::step("one");
            trace += '1';
            small_program::step("two");
            trace += '2';
        });
    });
    CHECK(traces == std::set<std::string>{"Th12", "1Th2", "12Th"});
}

TEST_CASE("timers: one that fires while its CPU idles holds up who comes to that CPU") {
    small_program p([](small_program& q) {
        q.machine().set_cpus(1);
        timer* const t = q.make_timer("t", [] {
            here().wake(0);
            CHECK(here().on_cpu(0));  // the CPU was idle
            small_program::step("in the callback");
            small_program::step("in the callback");
            CHECK(here().state(0) == task_state::ready);
        });
        q.task({}, [t] {
            here().arm(*t, 100);
            here().sleep({.object = "t"});
        });
    });
    const run_result r = follow(p, {}, with_log());
    CHECK(r.end == verdict::completed);
}

TEST_CASE("timers: cancelling tells whether it was in time, and waits for a running callback") {
    unsigned in_time = 0;
    unsigned late = 0;
    unsigned waited = 0;
    small_program p([&](small_program& q) {
        q.machine().set_cpus(2);
        auto* const state = q.make_shared_cell<int>("callback");  // 0 not begun, 1 running, 2 returned
        timer* const t = q.make_timer("t", [state] {
            state->poke(1);
            small_program::step("in the callback");
            small_program::step("in the callback");
            state->poke(2);
        });
        q.task(fifo("arming", 20), [t] {
            here().arm(*t, 100);
            small_program::step("one");
        });
        q.task(fifo("cancelling", 10), [&, t, state] {
            small_program::step("one");
            small_program::step("two");
            if (t->slot == no_actor && state->peek() == 0) {
                return;  // not armed yet
            }
            waited += state->peek() == 1 ? 1U : 0U;
            const bool stopped = here().cancel(*t);
            CHECK(state->peek() == (stopped ? 0 : 2));
            ++(stopped ? in_time : late);
        });
    });
    const search_result found = explore(p);
    CHECK(found.complete);
    CHECK(found.verdicts == std::set<verdict>{verdict::completed});
    CHECK(in_time > 0);
    CHECK(late > 0);
    CHECK(waited > 0);
}

TEST_CASE("timers: several may wait for the same callback, and one that was cancelled can be armed again") {
    bool both_waited = false;
    small_program p([&](small_program& q) {
        timer* const t = q.make_timer("t", [&] {
            for (int i = 0; i < 2; ++i) {
                small_program::step("in the callback");
                both_waited = both_waited || (here().state(1) == task_state::spinning &&
                                              here().state(2) == task_state::spinning);
            }
        });
        q.task({.name = "arming"}, [t] {
            here().arm(*t, 100);
            small_program::step("it may fire");
            here().cancel(*t);
            here().arm(*t, 200);
            small_program::step("it may fire again");
            here().cancel(*t);
        });
        for (int i = 0; i < 2; ++i) {
            q.task({.name = "cancelling"}, [t] {
                small_program::step("about to cancel");
                here().cancel(*t);
            });
        }
    });
    const search_result found = explore(p);
    CHECK(found.complete);
    CHECK(found.verdicts == std::set<verdict>{verdict::completed});
    CHECK(both_waited);
}

TEST_CASE("timers: a callback is ordered after the arming, and a cancelling after the callback") {
    small_program p([](small_program& q) {
        auto* const data = q.make_guarded_cell<int>("data");
        timer* const t = q.make_timer("t", [data] { data->set(data->get() + 1); });
        q.task({}, [=] {
            data->set(1);
            here().arm(*t, 100);
            small_program::step("while it may fire");
            here().cancel(*t);
            data->set(2);
        });
    });
    CHECK(explore(p).verdicts == std::set<verdict>{verdict::completed});
}

TEST_CASE("timers: a callback is not ordered with what the interrupted task does meanwhile") {
    small_program p([](small_program& q) {
        auto* const data = q.make_guarded_cell<int>("data");
        timer* const t = q.make_timer("t", [data] { data->set(data->get() + 1); });
        q.task({}, [=] {
            here().arm(*t, 100);
            data->set(1);
            small_program::step("while it may fire");
        });
    });
    const search_result found = explore(p);
    REQUIRE(found.first);
    CHECK(found.first->broken == &rules::data_race);
}

// The second callback uses the same slot as the first, which has got far ahead of the count of points.
TEST_CASE("timers: a race with the second callback in a slot is found, whatever the first one did") {
    small_program p([](small_program& q) {
        q.machine().reserve_timers(1);
        auto* const data = q.make_guarded_cell<int>("data");
        auto* const clock = q.machine().arena().make<sync_clock>();
        timer* const first = q.make_timer("first", [clock] {
            for (int i = 0; i < 50; ++i) {
                here().release(*clock);
            }
            here().wake(0);
        });
        timer* const second = q.make_timer("second", [data] { data->set(1); });
        q.task({}, [=] {
            here().arm(*first, 100);
            here().sleep({.object = "first"});
            here().arm(*second, 200);
            small_program::step("second may fire");
            (void)data->get();
        });
    });
    const search_result found = explore(p);
    REQUIRE(found.first);
    CHECK(found.first->broken == &rules::data_race);
}

TEST_CASE("timers: more armed at once than reserved is an error in words, not a crash") {
    small_program p([](small_program& q) {
        q.machine().reserve_timers(1);
        timer* const a = q.make_timer("a", [] {});
        timer* const b = q.make_timer("b", [] {});
        q.task({}, [=] {
            here().irq_disable();
            here().arm(*a, 1);
            CHECK_THROWS_AS(here().arm(*b, 2), std::length_error);
            here().irq_enable();
        });
    });
    CHECK(follow(p).end == verdict::completed);
}
