// PREEMPT_RT: the locks of hash buckets are sleeping locks. They boost their holder, may be stolen by equals
// outside the realtime classes, and keep a wake-up for the sleep that waiting for them interrupts.

#include <string>

#include <doctest/doctest.h>

#include "kernel/bucket.hpp"
#include "kernel/sched.hpp"
#include "tests/kernel/stage.hpp"
#include "tests/support/effort.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

// A point at which a task that has just been released gets the CPU, if it is the more urgent one.
void let_others_go() {
    here().point(op_kind::load, access::none, 0, "let others go");
}

}  // namespace

TEST_CASE(
    "rt: who waits for a bucket lock lends its priority to the holder, and so do those who wait for it") {
    for (const std::string version : {"v4.14", "v6.8", "golden"}) {
        CAPTURE(version);
        std::string seen;
        const auto setup = [&seen](kernel_program& q) {
            seen.clear();
            const unsigned lock = q.pi_word("lock", 1);
            const unsigned gate = q.plain_word("gate", 0);
            const auto look = [&seen] {
                seen += fmt::format("{}/{} ", here().urgency(0), here().urgency(1));
            };
            q.task(fifo("holder", 10), [&q, look] {
                kernel::hash_bucket& hb = *q.model().buckets[0];
                kernel::lock_bucket(q.model(), hb);
                here().release(1);
                let_others_go();
                look();  // `owner` waits for the bucket
                here().release(2);
                let_others_go();
                look();  // and `waiter` for `owner`
                kernel::unlock_bucket(q.model(), hb);
                look();
            });
            q.task(fifo("owner", 20, start_mode::held), [&q, lock, gate] {
                q.expect(mutex_lock(lock));
                kernel::waiters_inc(*q.model().buckets[0]);  // else FUTEX_WAKE would not even look
                q.expect(wake(gate, 1));
                kernel::waiters_dec(*q.model().buckets[0]);
                q.expect(mutex_unlock(lock));
            });
            q.task(fifo("waiter", 40, start_mode::held), [&q, lock] {
                q.expect(mutex_lock(lock));
                q.expect(mutex_unlock(lock));
            });
        };
        kernel_program p(version, setup, 1);
        p.config.buckets = 2;
        p.config.preempt = preempt_model::rt;
        const run_result r = default_run(p);
        CHECK_MESSAGE(r.end == verdict::completed, r.failure.message);
        CHECK(seen == "20/20 40/40 10/40 ");
    }
}

TEST_CASE("rt: a bucket lock may sleep; without RT that would be an error") {
    const auto outcome = [](preempt_model model) {
        kernel_program p("v6.8", [](kernel_program& q) {
            q.pi_word("lock");
            q.task(fair("sleeper"), [&q] {
                kernel::lock_bucket(q.model(), *q.model().buckets[0]);
                here().release(1);
                here().sleep({.what = "sleeps", .object = "with a bucket lock"});
                kernel::unlock_bucket(q.model(), *q.model().buckets[0]);
            });
            q.task(fair("waker", start_mode::held), [] {
                while (here().state(0) != task_state::sleeping)
                    here().retry("not asleep yet");
                here().wake(0);
            });
        });
        p.config.preempt = model;
        return default_run(p);
    };
    CHECK(outcome(preempt_model::rt).end == verdict::completed);
    CHECK(outcome(preempt_model::full).failure.broken == &rules::sleeping_while_atomic);
}

TEST_CASE("rt: a more urgent task steals a bucket lock, so does an equal one outside the realtime classes") {
    const auto order = [](const task_spec& holder, const task_spec& other) {
        std::string taken;
        kernel_program p(
            "v6.8",
            [&](kernel_program& q) {
                taken.clear();
                q.pi_word("lock");
                q.task(holder, [&q, &taken] {
                    kernel::hash_bucket& hb = *q.model().buckets[0];
                    kernel::lock_bucket(q.model(), hb);
                    here().release(1);
                    // Until the other one waits for the lock.
                    while (here().state(1) != task_state::sleeping)
                        here().yield_cpu();
                    kernel::unlock_bucket(q.model(), hb);
                    kernel::lock_bucket(q.model(), hb);
                    taken += "holder ";
                    kernel::unlock_bucket(q.model(), hb);
                });
                q.task(other, [&q, &taken] {
                    kernel::lock_bucket(q.model(), *q.model().buckets[0]);
                    taken += "other ";
                    kernel::unlock_bucket(q.model(), *q.model().buckets[0]);
                });
            },
            1);
        p.config.preempt = preempt_model::rt;
        execution e;
        // Fair tasks change places where the strategy likes; here they do so only when they have to.
        const run_result r = e.run(p, *make_strategy("random:stay=65535/65536").made, {});
        CHECK_MESSAGE(r.end == verdict::completed, r.failure.message);
        return taken;
    };
    CHECK(order(fifo("holder", 20), fifo("other", 30, start_mode::held)) == "other holder ");
    CHECK(order(fifo("holder", 20), fifo("other", 20, start_mode::held)) == "other holder ");
    CHECK(order(fair("holder"), fair("other", start_mode::held)) == "holder other ");
}

// Whoever waits for a bucket lock may be on somebody's wake queue at the same time: FUTEX_WAKE has taken its
// futex_q off the queue, its timeout was first, and now it wants the lock to find out. Two different wake-ups
// are then under way.
TEST_CASE("rt: a waiter that times out while it is being woken misses neither wake-up") {
    for (const std::string version : {"v6.8", "golden"}) {
        kernel_program p(version, [](kernel_program& q) {
            const unsigned gate = q.plain_word("gate");
            const unsigned other = q.plain_word("other");
            q.task(fifo("waiter", 20), [&q, gate] { q.expect(with_timeout(wait_for(gate, 0))); });
            q.task(fifo("second", 20), [&q, other] { q.expect(with_timeout(wait_for(other, 0))); });
            q.task(fifo("waker", 10), [&q, gate] { q.expect(wake(gate, 1)); });
        });
        p.config.preempt = preempt_model::rt;
        for (const char* strategy : {"random", "random:stay=7/8", "pct:depth=3"}) {
            const search_result found = search(p, strategy, repetitions(20'000));
            CHECK(found.identities.empty());
        }
    }
}
