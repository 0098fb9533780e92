// What may go wrong with raw locks themselves.

#include <array>
#include <string>

#include <doctest/doctest.h>

#include "tests/runtime/small_program.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

// One task, one lock, the default schedule.
run_result with_lock(const std::function<void(raw_spinlock&)>& body, const run_options& options = {}) {
    small_program p([&](small_program& q) {
        auto* const lock = q.make_lock(inner_kind, "wait_lock");
        q.task({.name = "tester"}, [&body, lock] { body(*lock); });
    });
    return follow(p, {}, options);
}

}  // namespace

TEST_CASE("locks: one that a task still holds when it ends is reported by name") {
    const run_result r = with_lock([](raw_spinlock& lock) { lock.lock(); });
    REQUIRE(r.end == verdict::violation);
    CHECK(r.failure.broken == &rules::lock_leak);
    CHECK(r.failure.message == "tester ended while holding wait_lock");
    CHECK(with_lock([](raw_spinlock& lock) {
              lock.lock();
              lock.unlock();
          }).end == verdict::completed);
}

TEST_CASE("locks: one that a timer callback still holds when it returns is reported") {
    const auto run = [](bool careless) {
        small_program p([careless](small_program& q) {
            auto* const lock = q.make_lock(inner_kind, "wait_lock");
            timer* const t = q.make_timer("timeout", [careless, lock] {
                lock->lock();
                if (!careless) lock->unlock();
                here().wake(0);
            });
            q.task({}, [t] {
                here().arm(*t, 100);
                here().sleep({.object = "timeout"});
            });
        });
        return follow(p);
    };
    const run_result r = run(true);
    REQUIRE(r.end == verdict::violation);
    CHECK(r.failure.broken == &rules::lock_leak);
    CHECK(contains(r.failure.message, "timeout"));
    CHECK(run(false).end == verdict::completed);
}

TEST_CASE("locks: releasing one twice, or one that somebody else holds, is reported") {
    const run_result twice = with_lock([](raw_spinlock& lock) {
        lock.lock();
        lock.unlock();
        lock.unlock();
    });
    REQUIRE(twice.end == verdict::violation);
    CHECK(twice.failure.broken == &rules::double_unlock);
    CHECK(contains(twice.failure.message, "tester releases wait_lock, which it does not hold"));

    small_program p([](small_program& q) {
        auto* const lock = q.make_lock(inner_kind, "wait_lock");
        q.task({.name = "holder"}, [lock] {
            lock->lock();
            small_program::step("holding");
            lock->unlock();
        });
        q.task({.name = "thief"}, [lock] {
            if (lock->held()) lock->unlock();
        });
    });
    const search_result found = explore(p);
    REQUIRE(found.first);
    CHECK(found.first->broken == &rules::double_unlock);
    CHECK(found.violations < found.executions);
}

TEST_CASE("locks: a lock that was not released twice works on after the rule was switched off") {
    const run_result r = with_lock(
        [](raw_spinlock& lock) {
            lock.unlock();
            lock.lock();
            CHECK(lock.held_by_me());
            lock.unlock();
            CHECK(!lock.held());
            CHECK(here().preempt_count() == 0);
        },
        without(rules::double_unlock));
    CHECK(r.end == verdict::completed);
}

TEST_CASE("locks: sleeping under a raw lock or with preemption or interrupts off is reported with the lock") {
    const auto sleep_with = [](auto before, auto after) {
        small_program p([before, after](small_program& q) {
            auto* const lock = q.make_lock(inner_kind, "wait_lock");
            q.task({.name = "sleeper"}, [=] {
                before(*lock);
                here().sleep({.what = "sleeps on", .object = "futex"});
                after(*lock);
            });
            q.task({.name = "waker"}, [] { here().wake(0); });
        });
        return follow(p);
    };
    const auto nothing = [](raw_spinlock&) {};
    const run_result locked = sleep_with([](raw_spinlock& l) { l.lock(); }, nothing);
    REQUIRE(locked.end == verdict::violation);
    CHECK(locked.failure.broken == &rules::sleeping_while_atomic);
    CHECK(contains(locked.failure.message, "sleeper sleeps on futex"));
    CHECK(contains(locked.failure.message, "holding wait_lock"));

    const run_result atomic = sleep_with([](raw_spinlock&) { here().preempt_disable(); }, nothing);
    CHECK(atomic.failure.broken == &rules::sleeping_while_atomic);
    CHECK(contains(atomic.failure.message, "holding no lock"));
    const run_result masked = sleep_with([](raw_spinlock&) { here().irq_disable(); }, nothing);
    CHECK(masked.failure.broken == &rules::sleeping_while_atomic);

    CHECK(sleep_with(nothing, nothing).end == verdict::completed);
    CHECK(sleep_with(
              [](raw_spinlock& l) {
                  l.lock_irq();
                  l.unlock_irq();
              },
              nothing)
              .end == verdict::completed);
    // Not to be displaced is no reason not to sleep.
    CHECK(sleep_with([](raw_spinlock&) { here().set_preemptible(false); }, nothing).end ==
          verdict::completed);
}

TEST_CASE("locks: a timer callback must not sleep") {
    small_program p([](small_program& q) {
        timer* const t = q.make_timer("timeout", [] { here().sleep({.object = "something"}); });
        q.task({}, [t] {
            here().arm(*t, 100);
            here().sleep({.object = "the callback"});
        });
    });
    const run_result r = follow(p);
    REQUIRE(r.end == verdict::violation);
    CHECK(r.failure.broken == &rules::sleeping_while_atomic);
    CHECK(contains(r.failure.message, "timeout waits for something"));
}

TEST_CASE("locks: an inversion of the order of kinds is found in a schedule that does not deadlock") {
    small_program p([](small_program& q) {
        auto* const a = q.make_lock(outer_kind, "lock A");
        auto* const b = q.make_lock(inner_kind, "lock B");
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
    // One after the other: nobody ever waits.
    const run_result r = follow(p);
    REQUIRE(r.end == verdict::violation);
    CHECK(r.failure.broken == &rules::lock_order);
    CHECK(contains(r.failure.message, "bob takes lock A while holding lock B"));
    CHECK(follow(p, {}, without(rules::lock_order)).end == verdict::completed);
}

TEST_CASE("locks: an inversion through a third kind is found as well") {
    static constexpr lock_class third_kind{3, "third_lock"};
    static constexpr std::array<const lock_class*, 3> kinds{&inner_kind, &outer_kind, &third_kind};
    small_program p([](small_program& q) {
        std::array<raw_spinlock*, 3> locks{};
        for (unsigned i = 0; i < 3; ++i) {
            locks[i] = q.make_lock(*kinds[i], "lock");
        }
        q.task({}, [=] {
            for (unsigned i = 0; i < 3; ++i) {
                locks[i]->lock();
                locks[(i + 1) % 3]->lock();
                locks[(i + 1) % 3]->unlock();
                locks[i]->unlock();
            }
        });
    });
    CHECK(follow(p).failure.broken == &rules::lock_order);
}

TEST_CASE("locks: nesting kinds in one order only, trying, or nesting a kind with notice is no inversion") {
    small_program p([](small_program& q) {
        static constexpr lock_class nested_kind{3, "inner_lock/1"};
        auto* const a = q.make_lock(outer_kind, "lock A");
        auto* const b = q.make_lock(inner_kind, "lock B");
        auto* const c = q.make_lock(inner_kind, "lock C");
        for (int i = 0; i < 2; ++i) {
            q.task({}, [=] {
                a->lock();
                b->lock();
                c->lock_nested(nested_kind);
                c->unlock();
                a->unlock();  // not in the order of a stack
                if (a->try_lock()) a->unlock();
                b->unlock();
            });
        }
    });
    CHECK(search(p, "random", 300).verdicts == std::set<verdict>{verdict::completed});
    CHECK(follow(p, {}, without(rules::lock_order)).end == verdict::completed);

    small_program same_kind([](small_program& q) {
        auto* const b = q.make_lock(inner_kind, "lock B");
        auto* const c = q.make_lock(inner_kind, "lock C");
        q.task({}, [=] {
            b->lock();
            c->lock();
            c->unlock();
            b->unlock();
        });
    });
    CHECK(follow(same_kind).failure.broken == &rules::lock_order);
}

TEST_CASE("locks: what was nested in one execution is forgotten in the next") {
    bool inverse = false;
    small_program p([&](small_program& q) {
        auto* const a = q.make_lock(outer_kind, "lock A");
        auto* const b = q.make_lock(inner_kind, "lock B");
        q.task({}, [=] {
            (inverse ? b : a)->lock();
            (inverse ? a : b)->lock();
            (inverse ? a : b)->unlock();
            (inverse ? b : a)->unlock();
        });
    });
    execution e;
    replay none{schedule{}};
    CHECK(e.run(p, none, {}).end == verdict::completed);
    inverse = true;
    CHECK(e.run(p, none, {}).end == verdict::completed);
}

TEST_CASE("locks: trying gives up at once when somebody has it, and has it otherwise") {
    unsigned busy = 0;
    unsigned had = 0;
    small_program p([&](small_program& q) {
        auto* const lock = q.make_lock(inner_kind, "lock");
        q.task({}, [lock] {
            lock->lock();
            small_program::step("holding");
            lock->unlock();
        });
        q.task({}, [&, lock] {
            if (!lock->try_lock_irq()) {
                CHECK(here().irq_count() == 0);
                CHECK(here().preempt_count() == 0);
                ++busy;
                return;
            }
            CHECK(here().irq_count() == 1);
            CHECK(lock->held_by_me());
            lock->unlock_irq();
            CHECK(here().irq_count() == 0);
            ++had;
        });
    });
    CHECK(explore(p).verdicts == std::set<verdict>{verdict::completed});
    CHECK(busy > 0);
    CHECK(had > 0);
}

TEST_CASE("locks: no two tasks are ever inside the same lock") {
    unsigned inside = 0;
    small_program p([&](small_program& q) {
        inside = 0;
        auto* const lock = q.make_lock(inner_kind, "lock");
        for (int i = 0; i < 3; ++i) {
            q.task({}, [&, lock] {
                lock->lock();
                CHECK(++inside == 1);
                small_program::step("holding");
                --inside;
                lock->unlock();
            });
        }
    });
    const search_result found = explore(p);
    CHECK(found.complete);
    CHECK(found.verdicts == std::set<verdict>{verdict::completed});
}
