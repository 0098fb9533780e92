// 128 tasks on a machine with few CPUs, and a search of their schedules that is interrupted.

#include <algorithm>
#include <memory>
#include <set>
#include <vector>

#include "scheduler/dpor.hpp"
#include "tests/runtime/small_program.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

static_assert(tasks_max == 128);

TEST_CASE("machines: the places of 128 tasks and as many CPUs are all different") {
    std::set<place_number> all{places::allocation, places::timers, places::virtual_time, places::rest};
    for (unsigned i = 0; i < tasks_max; ++i) {
        all.insert(places::standing(task_actor(i)));
        all.insert(places::sleep(task_actor(i)));
        all.insert(places::preemption(task_actor(i)));
        all.insert(places::processor(static_cast<int>(i)));
    }
    for (unsigned i = 0; i < events_max; ++i) {
        all.insert(places::standing(static_cast<actor>(first_event + i)));
    }
    CHECK(all.size() == 4 + 4 * tasks_max + events_max);
    CHECK(*all.rbegin() < places::first_memory);
}

TEST_CASE("machines: 128 fifo tasks share a CPU by priority, the later ones of equals last") {
    std::vector<unsigned> order;
    small_program p([&](small_program& q) {
        order.clear();
        q.machine().set_cpus(1);
        for (unsigned i = 0; i < tasks_max; ++i) {
            const task_spec spec{.name = "t", .sched = policy::fifo, .priority = static_cast<int>(1 + i % 4)};
            const actor made = q.task(spec, [&order, i] {
                small_program::step("step");
                order.push_back(i);
            });
            REQUIRE(made == (i < 64 ? i : i + 64));
        }
    });
    std::vector<unsigned> expected;
    for (unsigned i = 0; i < tasks_max; ++i) {
        expected.push_back(i);
    }
    std::stable_sort(expected.begin(), expected.end(), [](unsigned a, unsigned b) { return a % 4 > b % 4; });
    const run_result r = follow(p);
    CHECK(r.end == verdict::completed);
    CHECK(order == expected);
}

TEST_CASE("machines: the last of 128 tasks sleeps, is woken by its timer, and the others go on") {
    bool rang = false;
    small_program p([&](small_program& q) {
        rang = false;
        for (unsigned i = 0; i + 1 < tasks_max; ++i) {
            q.task({.name = "t"}, [] { small_program::step("step"); });
        }
        timer* const alarm = q.make_timer("alarm", [&rang] {
            small_program::step("callback");
            rang = true;
            here().wake(task_actor(tasks_max - 1));
        });
        q.task({.name = "sleeper"}, [&rang, alarm] {
            here().arm(*alarm, 1'000);
            here().sleep({.what = "waits for", .object = "its timer"});
            if (!rang) here().report(rules::assertion, "early", "woken too early");
        });
    });
    for (const char* strategy : {"random", "pct:depth=3", "pos", "surw", "roundrobin"}) {
        CAPTURE(std::string(strategy));
        const search_result r = search(p, strategy, 20);
        CHECK(r.verdicts == std::set<verdict>{verdict::completed});
        CHECK(rang);
    }
}

namespace {

// The first, a middle and the last of 128 tasks write one cell; the others do nothing.
small_program three_writers() {
    return small_program([](small_program& q) {
        auto* const cell = q.make_shared_cell<int>("cell");
        for (unsigned i = 0; i < tasks_max; ++i) {
            if (i == 0 || i == 64 || i == tasks_max - 1) {
                q.task({.name = "writer"}, [cell] { cell->store(1); });
            } else {
                q.machine().add_placeholder();
            }
        }
    });
}

std::uint64_t schedules_when_saved_after(std::uint64_t executions_before) {
    small_program p = three_writers();
    execution e;
    auto s = std::make_unique<dpor>();
    std::uint64_t n = 0;
    while (s->more()) {
        REQUIRE(e.run(p, *s, {}).end == verdict::completed);
        if (++n == executions_before) {
            std::vector<std::uint64_t> memory;
            s->save(memory);
            s = std::make_unique<dpor>();
            REQUIRE(s->restore(memory));
            memory[0] ^= 4U;  // as from a build with smaller sets
            CHECK_FALSE(dpor().restore(memory));
        }
    }
    return n;
}

}  // namespace

TEST_CASE("machines: a search of late tasks that is saved and restored goes on as if nothing had happened") {
    CHECK(schedules_when_saved_after(0) == 6);
    for (const std::uint64_t n : {1U, 2U, 4U}) {
        CHECK(schedules_when_saved_after(n) == 6);
    }
}
