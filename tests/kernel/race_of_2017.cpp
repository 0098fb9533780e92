// The race of 2017: a waiter times out while a more urgent task steals the PI futex that the waiter was just
// handed. c1e2f0eaf015 is the cure, in v4.15.

#include <cerrno>
#include <string>

#include <doctest/doctest.h>

#include "runtime/sanitizer.hpp"
#include "tests/kernel/kernel_program.hpp"
#include "tests/support/effort.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

struct shape {
    bool requeue = false;  ///< the waiter comes by WAIT_REQUEUE_PI, as in the report
    unsigned cpus = 2;
    std::string version = "v4.14";
};

kernel_program race(const shape& what) {
    const auto setup = [requeue = what.requeue, cpus = what.cpus](kernel_program& q) {
        const unsigned lock = q.pi_word("lock");
        const unsigned gate = q.plain_word("gate");
        const start_mode start = cpus == 0 ? start_mode::boot : start_mode::arrives;
        q.task(fifo("waiter", 10, start), [&q, requeue, lock, gate] {
            const call first = requeue ? wait_requeue_pi(gate, lock) : lock_pi(lock);
            if (q.expect(with_timeout(first)) == 0) q.expect(mutex_unlock(lock));
            q.expect(lock_pi(lock));
            q.expect(mutex_unlock(lock));
        });
        const unsigned waker = q.task(fifo("waker", 30, start), [&q, requeue, lock, gate] {
            if (requeue) {
                q.expect(lock_pi(lock));
                q.expect(cmp_requeue_pi(gate, lock, 0));
            }
            q.expect(mutex_unlock(lock));
        });
        if (!requeue) kernel::set_initial_owner(q.model(), lock, waker);
        q.task(fifo("stealer", 20, start), [&q, lock] {
            q.expect(lock_pi(lock));
            q.expect(mutex_unlock(lock));
        });
    };
    return kernel_program(what.version, setup, what.cpus);
}

constexpr std::uint64_t enough = 20'000;
constexpr std::uint64_t enough_for_none = repetitions(enough);

search_options until_found(const run_options& run = {}) {
    search_options o;
    o.executions_max = enough;
    o.stop_at_first = true;
    o.run = run;
    return o;
}

}  // namespace

TEST_CASE("2017: v4.14 lets the waiter return ETIMEDOUT as the owner of the word, in both forms") {
    for (const bool requeue : {false, true}) {
        for (const unsigned cpus : {0U, 2U}) {
            for (const char* strategy : {"pct:depth=3", "random:stay=7/8"}) {
                CAPTURE(requeue);
                CAPTURE(cpus);
                CAPTURE(std::string(strategy));
                kernel_program p = race({requeue, cpus, "v4.14"});
                const search_result found = search(p, strategy, until_found());
                CHECK(found.broke(kernel::rules::owner_on_return));
                const std::string name = requeue ? "wait_requeue_pi" : "lock_pi";
                CHECK(
                    found.has("owner-on-return: " + name + " returned ETIMEDOUT; the word names the caller"));
                MESSAGE("found in execution ", found.first_at);
            }
        }
    }
}

TEST_CASE("2017: with that rule off, the waiter's next LOCK_PI says EDEADLK, as it was reported") {
    for (const bool requeue : {false, true}) {
        CAPTURE(requeue);
        kernel_program p = race({requeue, 2, "v4.14"});
        const search_result found =
            search(p, "pct:depth=3", until_found(without(kernel::rules::owner_on_return)));
        CHECK(found.has("unexpected-error: lock_pi returned EDEADLK"));
    }
}

TEST_CASE("2017: neither v4.15 nor any later version has it") {
    for (const char* version : {"v4.15", "v5.15", "v6.6", "v6.8", "golden"}) {
        for (const bool requeue : {false, true}) {
            for (const char* strategy : {"pct:depth=3", "random:stay=7/8"}) {
                CAPTURE(std::string(version));
                CAPTURE(requeue);
                kernel_program p = race({requeue, 2, version});
                const search_result found = search(p, strategy, enough_for_none);
                CHECK(!found.broke(kernel::rules::owner_on_return));
                CHECK(!found.broke(kernel::rules::unexpected_error));
            }
        }
    }
}

TEST_CASE("2017: the one patch makes the difference") {
    kernel_program p = race({false, 2, "v4.14"});
    p.config.patches.insert(patch::fixup_stolen);
    CHECK(!search(p, "pct:depth=3", enough_for_none).broke(kernel::rules::owner_on_return));
    p.config.patches = patches_of("v4.15");
    p.config.patches.erase(patch::fixup_stolen);
    CHECK(search(p, "pct:depth=3", until_found()).broke(kernel::rules::owner_on_return));
}

// With strict priorities the stealer cannot lose the only CPU to the waiter between stealing and saying so;
// if bucket locks sleep, whoever holds one is boosted to the stealer's priority.
TEST_CASE("2017: on one CPU no schedule has it") {
    for (const bool requeue : {false, true}) {
        for (const preempt_model model : {preempt_model::none, preempt_model::full}) {
            if (sanitizer::address && !(requeue && model == preempt_model::full)) {
                continue;  // the fewest; the others run the same code
            }
            kernel_program p = race({requeue, 1, "v4.14"});
            p.config.preempt = model;
            const search_result all = explore(p);
            MESSAGE(all.executions, " schedules");
            CHECK(all.complete);
            CHECK(all.identities.empty());
        }
    }
    if (sanitizer::address) return;
    kernel_program p = race({false, 1, "v4.14"});
    p.config.preempt = preempt_model::rt;
    search_options all_of_them;
    all_of_them.executions_max = 2'000'000;
    // Before v6.7 that has another bug on RT, which must not end the executions early.
    all_of_them.run = without(kernel::rules::waiter_integrity);
    const search_result all = search(p, "exhaustive", all_of_them);
    MESSAGE(all.executions, " schedules");
    CHECK(all.complete);
    CHECK(all.identities.empty());
}
