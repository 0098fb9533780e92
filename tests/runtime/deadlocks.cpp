// Nobody can go on, or nobody gets on: deadlock, lost wake-up, livelock.

#include <algorithm>
#include <array>
#include <string>

#include <doctest/doctest.h>

#include "tests/runtime/small_program.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

// A lock on which tasks sleep, of the simplest kind: knows its owner and one sleeper.
struct sleeping_lock {
    explicit sleeping_lock(const char* n) : name(n), word(n) {}

    void lock() {
        word.update([](int v) { return v; });
        while (owner != no_actor) {
            sleeper = here().self();
            here().sleep({.what = "sleeps on", .object = name, .subject = this, .holder = [](const void* l) {
                              return static_cast<const sleeping_lock*>(l)->owner;
                          }});
        }
        owner = here().self();
    }
    void unlock() {
        word.update([](int v) { return v; });
        owner = no_actor;
        if (sleeper != no_actor) {
            here().wake(std::exchange(sleeper, no_actor));
        }
    }

    const char* name;
    shared<int> word;
    actor owner = no_actor;
    actor sleeper = no_actor;
};

// A condition that a task sleeps for: `available` is what the report asks.
struct condition {
    bool holds = false;
    wait_reason reason() const {
        return {.what = "waits for", .object = "the gate", .subject = this, .available = [](const void* c) {
                    return static_cast<const condition*>(c)->holds;
                }};
    }
};

}  // namespace

TEST_CASE(
    "deadlock: ABBA with raw spinlocks is reported as a cycle that names who spins on what, held by whom") {
    small_program p([](small_program& q) {
        auto* const a = q.make_lock(inner_kind, "lock A");
        auto* const b = q.make_lock(outer_kind, "lock B");
        q.task({.name = "alice"}, [=] {
            a->lock();
            b->lock();
            b->unlock();
            a->unlock();
        });
        q.task({.name = "bob"}, [=] {
            b->lock();
            a->lock();
            a->unlock();
            b->unlock();
        });
    });
    const search_result found = explore(p, without(rules::lock_order));
    REQUIRE(found.first);
    CHECK(found.first->broken == &rules::deadlock);
    CHECK(contains(found.first->message, "alice spins on lock B"));
    CHECK(contains(found.first->message, "held by bob"));
    CHECK(contains(found.first->message, "bob spins on lock A"));
    CHECK(contains(found.first->message, "held by alice"));
    CHECK(found.identities.size() == 1);
    CHECK(found.executions > found.violations);
}

TEST_CASE("deadlock: sleeping locks taken in opposite orders are reported likewise") {
    small_program p([](small_program& q) {
        auto* const a = q.machine().arena().make<sleeping_lock>("mutex A");
        auto* const b = q.machine().arena().make<sleeping_lock>("mutex B");
        q.task({.name = "alice"}, [=] {
            a->lock();
            b->lock();
            b->unlock();
            a->unlock();
        });
        q.task({.name = "bob"}, [=] {
            b->lock();
            a->lock();
            a->unlock();
            b->unlock();
        });
    });
    const search_result found = explore(p);
    REQUIRE(found.first);
    CHECK(found.first->broken == &rules::deadlock);
    CHECK(contains(found.first->message, "alice sleeps on mutex B"));
    CHECK(contains(found.first->message, "held by bob"));
    CHECK(found.identities.size() == 1);
}

TEST_CASE("deadlock: locks taken in the same order by all are silent in every schedule") {
    small_program p([](small_program& q) {
        auto* const a = q.machine().arena().make<sleeping_lock>("mutex A");
        auto* const b = q.machine().arena().make<sleeping_lock>("mutex B");
        for (const char* name : {"alice", "bob"}) {
            q.task({.name = name}, [=] {
                a->lock();
                b->lock();
                b->unlock();
                a->unlock();
            });
        }
    });
    const search_result found = explore(p);
    CHECK(found.complete);
    CHECK(found.verdicts == std::set<verdict>{verdict::completed});
}

// The same two tasks in other words: which of them was created first is no part of what went wrong.
TEST_CASE("deadlock: the identity of a failure does not depend on the numbers of tasks") {
    const auto identity = [](bool alice_first) {
        small_program p([alice_first](small_program& q) {
            auto* const a = q.make_lock(inner_kind, "lock A");
            auto* const b = q.make_lock(outer_kind, "lock B");
            const auto alice = [=] {
                a->lock();
                b->lock();
            };
            const auto bob = [=] {
                b->lock();
                a->lock();
            };
            q.task({.name = "first"}, alice_first ? std::function<void()>(alice) : bob);
            q.task({.name = "second"}, alice_first ? std::function<void()>(bob) : alice);
        });
        run_options options = without(rules::lock_order);
        options.rules.erase(rules::lock_leak);
        return explore(p, options).identities;
    };
    const auto alice_first = identity(true);
    CHECK(alice_first == identity(false));

    const auto stuck = [](std::array<const char*, 2> objects) {
        small_program p([objects](small_program& q) {
            for (const char* object : objects) {
                q.task({}, [object] { here().sleep({.object = object}); });
            }
        });
        return explore(p).identities;
    };
    CHECK(stuck({"x", "y"}) == stuck({"y", "x"}));
    CHECK(stuck({"x", "y"}) != stuck({"x", "x"}));
}

TEST_CASE("deadlock: a lock whose holder has ended is said to be so") {
    small_program p([](small_program& q) {
        auto* const a = q.machine().arena().make<sleeping_lock>("mutex A");
        q.task({.name = "careless"}, [=] { a->lock(); });
        q.task({.name = "patient"}, [=] { a->lock(); });
    });
    const run_result r = follow(p);
    REQUIRE(r.end == verdict::violation);
    CHECK(r.failure.broken == &rules::deadlock);
    CHECK(contains(r.failure.message, "patient sleeps on mutex A"));
    CHECK(contains(r.failure.message, "careless, who has ended"));
}

TEST_CASE("deadlock: a task that never becomes runnable is named") {
    small_program p([](small_program& q) {
        q.task({.name = "done"}, [] {});
        q.task({.name = "forgotten", .start = start_mode::held}, [] {});
    });
    const run_result r = follow(p);
    REQUIRE(r.end == verdict::violation);
    CHECK(contains(r.failure.message, "forgotten never became runnable"));
}

TEST_CASE("deadlock: a callback that spins for a lock of the task it interrupted is named with it") {
    small_program p([](small_program& q) {
        q.machine().set_cpus(1);
        auto* const lock = q.make_lock(inner_kind, "wait_lock");
        timer* const t = q.make_timer("timeout", [lock] {
            lock->lock();
            lock->unlock();
        });
        q.task({.name = "interrupted"}, [=] {
            here().arm(*t, 100);
            lock->lock();  // should have been lock_irq()
            small_program::step("holding");
            lock->unlock();
        });
    });
    const search_result found = explore(p);
    REQUIRE(found.first);
    CHECK(found.first->broken == &rules::deadlock);
    CHECK(contains(found.first->message, "timeout spins on wait_lock"));
    CHECK(contains(found.first->message, "held by interrupted"));
    CHECK(found.identities.size() == 1);
}

TEST_CASE("deadlock: with interrupts off around the lock the callback comes later and all is well") {
    small_program p([](small_program& q) {
        q.machine().set_cpus(1);
        auto* const lock = q.make_lock(inner_kind, "wait_lock");
        timer* const t = q.make_timer("timeout", [lock] {
            lock->lock();
            lock->unlock();
        });
        q.task({}, [=] {
            here().arm(*t, 100);
            lock->lock_irq();
            small_program::step("holding");
            lock->unlock_irq();
            small_program::step("after");
        });
    });
    CHECK(explore(p).verdicts == std::set<verdict>{verdict::completed});
}

TEST_CASE("deadlock: taking a raw lock twice is a cycle of one") {
    small_program p([](small_program& q) {
        auto* const lock = q.make_lock(inner_kind, "lock");
        q.task({.name = "eager"}, [=] {
            lock->lock();
            lock->lock();
        });
    });
    const run_result r = follow(p, {}, without(rules::lock_order));
    REQUIRE(r.end == verdict::violation);
    CHECK(r.failure.broken == &rules::deadlock);
    CHECK(contains(r.failure.message, "eager spins on lock since step"));
    CHECK(contains(r.failure.message, "held by eager"));
}

// ---- Lost wake-ups

TEST_CASE(
    "lost wake-up: sleeping for ever though the condition holds is reported as such, not as a deadlock") {
    small_program p([](small_program& q) {
        auto* const gate = q.machine().arena().make<condition>();
        auto* const word = q.make_shared_cell<int>("gate");
        q.task({.name = "waiter"}, [=] {
            if (word->load() == 0) {
                small_program::step("between the check and the sleep");
                here().sleep(gate->reason());
            }
        });
        q.task({.name = "waker"}, [=] {
            word->store(1);
            gate->holds = true;
            here().wake(0);
        });
    });
    const search_result found = explore(p);
    REQUIRE(found.first);
    CHECK(found.first->broken == &rules::lost_wakeup);
    CHECK(contains(found.first->message, "waiter waits for the gate"));
    CHECK(found.identities.size() == 1);
    CHECK(found.executions > found.violations);
}

TEST_CASE("lost wake-up: silent when the check and the sleep cannot be separated") {
    small_program p([](small_program& q) {
        auto* const gate = q.machine().arena().make<condition>();
        auto* const word = q.make_shared_cell<int>("gate");
        q.task({}, [=] {
            if (word->load() == 0) {
                here().sleep(gate->reason());
            }
        });
        q.task({}, [=] {
            word->store(1);
            gate->holds = true;
            here().wake(0);
        });
    });
    CHECK(explore(p).verdicts == std::set<verdict>{verdict::completed});
}

TEST_CASE("lost wake-up: an armed timer that would end the sleep does not hide it") {
    const auto verdict_with = [](bool available) {
        small_program p([available](small_program& q) {
            auto* const gate = q.machine().arena().make<condition>();
            gate->holds = available;
            timer* const t = q.make_timer("timeout", [] { here().wake(0); });
            q.task({.name = "waiter"}, [=] {
                here().arm(*t, 100);
                here().sleep(gate->reason());
            });
        });
        return explore(p);
    };
    const search_result lost = verdict_with(true);
    REQUIRE(lost.first);
    CHECK(lost.first->broken == &rules::lost_wakeup);
    CHECK(lost.violations > 0);
    CHECK(verdict_with(false).verdicts == std::set<verdict>{verdict::completed});
}

TEST_CASE("lost wake-up: while an outside event may still come, nobody is lost yet") {
    small_program p([](small_program& q) {
        auto* const gate = q.machine().arena().make<condition>();
        gate->holds = true;
        q.event("signal", [] { here().wake(0); });
        q.task({.name = "waiter"}, [=] { here().sleep(gate->reason()); });
    });
    // If the signal comes first the waiter sleeps for ever, else it is woken.
    const search_result found = explore(p);
    CHECK(found.verdicts == std::set<verdict>{verdict::completed, verdict::violation});
    CHECK(found.first->broken == &rules::lost_wakeup);
}

TEST_CASE("lost wake-up: the program is asked at rest, and told whether it is for ever") {
    std::string asked;
    small_program p([&](small_program& q) {
        asked.clear();
        timer* const t = q.make_timer("timeout", [] { here().wake(0); });
        q.task({}, [=] {
            here().arm(*t, 100);
            here().sleep({.object = "the timeout"});
            here().sleep({.object = "nothing"});
        });
        q.on_rest = [&](bool for_ever) { asked += for_ever ? "for ever" : "a timer is left, "; };
    });
    const run_result r = follow(p);
    CHECK(r.failure.broken == &rules::deadlock);
    CHECK(asked == "a timer is left, for ever");
}

// ---- Livelocks

TEST_CASE("livelock: retrying for ever is reported with the place of the loop") {
    small_program p([](small_program& q) {
        auto* const never = q.make_shared_cell<int>("never");
        q.task({.name = "hopeful"}, [=] {
            while (never->load() == 0) {
                here().retry("hopeful loop");
            }
        });
        q.task({.name = "other"}, [] { small_program::step("one"); });
    });
    const run_result r = follow(p);
    REQUIRE(r.end == verdict::violation);
    CHECK(r.failure.broken == &rules::livelock);
    CHECK(contains(r.failure.message, "hopeful retries hopeful loop"));
    CHECK(contains(r.failure.identity, "hopeful loop"));
    // Long before points_max: the retries gave it away.
    CHECK(r.statistics.points < run_options{}.points_max);
}

TEST_CASE("livelock: a loop that only waits for its turn is no livelock, under any strategy") {
    small_program p([](small_program& q) {
        auto* const flag = q.make_shared_cell<int>("flag");
        q.task({.name = "hopeful"}, [=] {
            while (flag->load() == 0) {
                here().retry("until the flag is set");
            }
        });
        q.task({.name = "setter"}, [=] {
            small_program::step("one");
            flag->store(1);
        });
    });
    // The default schedule stays with the first task; the fair continuation gets it out of there.
    const run_result r = follow(p);
    CHECK(r.end == verdict::completed);
    CHECK(r.statistics.points > run_options{}.retries_max);
    for (const char* name : {"random", "random:stay=7/8", "pct:depth=3", "roundrobin"}) {
        CAPTURE(name);
        CHECK(search(p, name, 200).verdicts == std::set<verdict>{verdict::completed});
    }
}

TEST_CASE("livelock: a fifo task that spins for a less urgent one on its own CPU never gets on") {
    const auto run_on = [](unsigned cpus) {
        small_program p([cpus](small_program& q) {
            q.machine().set_cpus(cpus);
            auto* const flag = q.make_shared_cell<int>("flag");
            q.task({.name = "urgent", .sched = policy::fifo, .priority = 20}, [=] {
                while (flag->load() == 0) {
                    here().retry("until the flag is set");
                }
            });
            q.task({.name = "low", .sched = policy::fifo, .priority = 10}, [=] { flag->store(1); });
        });
        return follow(p);
    };
    const run_result r = run_on(1);
    REQUIRE(r.end == verdict::violation);
    CHECK(r.failure.broken == &rules::livelock);
    CHECK(contains(r.failure.message, "low is ready but gets no CPU"));
    CHECK(run_on(2).end == verdict::completed);
}

TEST_CASE("livelock: without retries it is found when the number of points runs out") {
    small_program p([](small_program& q) {
        auto* const x = q.make_shared_cell<int>("x");
        q.task({.name = "spinning"}, [=] {
            while (x->load() == 0) {}
        });
    });
    run_options options;
    options.points_max = 500;
    options.fair_points = 100;
    const run_result r = follow(p, {}, options);
    REQUIRE(r.end == verdict::violation);
    CHECK(r.failure.broken == &rules::livelock);
    CHECK(r.statistics.points == 600);
}

TEST_CASE("livelock: an endless program that gets on ends at the step bound, which is no violation") {
    small_program p([](small_program& q) {
        q.task({.name = "server"}, [] {
            for (;;) {
                small_program::step("serve");
                here().progress();
            }
        });
    });
    run_options options;
    options.points_max = 500;
    options.fair_points = 100;
    const run_result r = follow(p, {}, options);
    CHECK(r.end == verdict::step_bound);
    CHECK(r.failure.broken == nullptr);
    CHECK(r.statistics.points == 600);
}

TEST_CASE("livelock: a long program that ends within the fair continuation is complete") {
    small_program p([](small_program& q) {
        q.task({.name = "long"}, [] {
            for (int i = 0; i < 550; ++i) {
                small_program::step("work");
            }
        });
    });
    run_options options;
    options.points_max = 500;
    options.fair_points = 100;
    CHECK(follow(p, {}, options).end == verdict::completed);
}
