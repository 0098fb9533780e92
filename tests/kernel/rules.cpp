// Every rule of the kernel model: a situation in which it fires, and the same situation done right. Where the
// public behaviour of some version breaks the rule, that is what fires it; else a program that misbehaves;
// else the model's state is tampered with.

#include <array>
#include <cerrno>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "kernel/bucket.hpp"
#include "kernel/oracle.hpp"
#include "kernel/rtmutex.hpp"
#include "tests/kernel/stage.hpp"
#include "tests/support/effort.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

// What ended the play, or "" if nothing did.
std::string broken_by(const run_result& r) {
    return r.end == verdict::violation ? r.failure.identity : std::string();
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

call protect(unsigned word, kernel::page_access access) {
    call c = call_of(op_code::protect, word);
    c.access = access;
    return c;
}

// Two tasks and a lock that `owner` holds while `waiter` waits for it.
struct contended {
    explicit contended(const std::string& version = "v6.8") : s(version) {
        s.options.rules.erase(rules::data_race);  // whoever tampers takes no locks
        lock = s.pi_word("lock");
        plain = s.plain_word("plain");
        owner = s.task("owner", 10);
        waiter = s.task("waiter", 20);
        third = s.task("third", 15);
    }
    run_result play(const std::function<void()>& middle) {
        return s.try_to_play([&] {
            s.call(owner, mutex_lock(lock));
            s.begin(waiter, with_timeout(lock_pi(lock), 5'000));
            middle();
            s.call(owner, mutex_unlock(lock));
            s.call(waiter, mutex_unlock(lock));
            kernel::check_at_end(s.model());
        });
    }
    kernel::pi_state& state() {
        return *s.model().pi_states[0];
    }

    stage s;
    unsigned lock;
    unsigned plain;
    unsigned owner;
    unsigned waiter;
    unsigned third;
};

}  // namespace

TEST_CASE("rules: each has a number and a name of its own, and a sentence") {
    std::set<int> numbers;
    std::set<std::string> names;
    for (const auto& list : {runtime_rules(), kernel::rules::all()}) {
        for (const rule* r : list) {
            CHECK(numbers.insert(r->index).second);
            CHECK(names.insert(r->name).second);
            CHECK(r->index < 64);
            CHECK(contains(r->about, "."));
        }
    }
    for (const rule* r : kernel::rules::all())
        CHECK(r->index >= first_foreign_rule);
}

TEST_CASE("rules: a contended lock that is used as intended breaks none") {
    for (const kernel::version& v : kernel::all_versions()) {
        contended c(v.name);
        CHECK(broken_by(c.play([] {})) == "");
    }
}

// ---- mutual-exclusion

TEST_CASE("mutual-exclusion: fires when user space gives a lock away that somebody holds") {
    const auto outcome = [](bool scribbles) {
        stage s("v6.8");
        const unsigned lock = s.pi_word("lock");
        const unsigned a = s.task("a", 10);
        const unsigned b = s.task("b", 20);
        return s.try_to_play([&, scribbles] {
            s.call(a, mutex_lock(lock));
            s.call(a, scribbles ? store(lock, 0) : mutex_unlock(lock));
            s.call(b, mutex_lock(lock));
        });
    };
    const run_result r = outcome(true);
    CHECK(broken_by(r) == "mutual-exclusion: mutex_lock obtains a lock that is held");
    CHECK(r.failure.message == "b obtains lock while a still holds it; the kernel knows of no owner");
    CHECK(broken_by(outcome(false)) == "");
}

TEST_CASE("mutual-exclusion: a release that the kernel refuses does not count") {
    stage s("v6.8");
    const unsigned lock = s.pi_word("lock");
    const unsigned gate = s.plain_word("gate");
    const unsigned a = s.task("a", 10);
    const unsigned b = s.task("b", 20);
    const run_result r = s.try_to_play([&] {
        s.call(a, mutex_lock(lock));
        s.begin(b, wait_for(lock, s.tid(a)));  // makes UNLOCK_PI fail
        CHECK(s.call(a, unlock_pi(lock)) == -EINVAL);
        s.call(b, wake(gate, 1));
        s.call(a, wake(lock, 1));
        s.call(a, store(lock, 0));
        s.call(b, mutex_lock(lock));
    });
    CHECK(r.failure.broken == &kernel::rules::mutual_exclusion);
}

// ---- owner-on-return

namespace {

kernel_program timed_waiter_and_stealer(const std::string& version) {
    const auto setup = [](kernel_program& q) {
        const unsigned lock = q.pi_word("lock");
        q.task(fifo("waiter", 10, start_mode::arrives), [&q, lock] {
            if (q.expect(with_timeout(lock_pi(lock))) == 0) q.expect(mutex_unlock(lock));
        });
        const unsigned waker =
            q.task(fifo("waker", 20, start_mode::arrives), [&q, lock] { q.expect(mutex_unlock(lock)); });
        q.task(fifo("stealer", 30, start_mode::arrives), [&q, lock] {
            q.expect(lock_pi(lock));
            q.expect(mutex_unlock(lock));
        });
        kernel::set_initial_owner(q.model(), lock, waker);
    };
    return kernel_program(version, setup, 2);
}

}  // namespace

TEST_CASE("owner-on-return: fires when a call fails though the word names its caller") {
    kernel_program old = timed_waiter_and_stealer("v4.14");
    const search_result found = search(old, "pct:depth=3", 10'000);
    const std::string identity = "owner-on-return: lock_pi returned ETIMEDOUT; the word names the caller";
    REQUIRE(found.has(identity));
    CHECK(found.identities.size() == 1);
    CHECK(found.messages.at(identity) ==
          "lock_pi returned ETIMEDOUT to waiter, but the futex word of lock says waiter|WAITERS; rt_mutex "
          "says stealer, "
          "pi_state says waiter");
    kernel_program cured = timed_waiter_and_stealer("v4.15");
    CHECK(search(cured, "pct:depth=3", 10'000).identities.empty());
}

TEST_CASE("owner-on-return: fires when a call succeeds though the word names somebody else") {
    const auto outcome = [](bool scribbles, bool protects = false) {
        kernel_program p("v6.8", [scribbles, protects](kernel_program& q) {
            const unsigned lock = q.pi_word("lock");
            q.task(fair("locker"), [&q, lock] { q.perform(lock_pi(lock)); });
            q.task(fair("other"), [&q, lock, scribbles, protects] {
                if (protects) q.perform(protect(lock, kernel::page_access::read_only));
                if (scribbles) q.perform(store(lock, kernel::tid_of(q.model(), 1)));
            });
        });
        search_options options;
        options.executions_max = 2000;
        options.run = without(rules::deadlock);
        return search(p, "random", options);
    };
    const search_result found = outcome(true);
    const std::string identity = "owner-on-return: lock_pi returned ok; the word names somebody else";
    REQUIRE(found.has(identity));
    CHECK(
        found.messages.at(identity) ==
        "lock_pi returned ok to locker, but the futex word of lock says other; the kernel knows of no owner");
    CHECK(outcome(false).identities.empty());
    CHECK(outcome(true, true).identities.empty());  // whose page cannot be written cannot be kept up to date
}

TEST_CASE("owner-on-return: says nothing of a failed call if the word cannot be written") {
    const auto outcome = [](kernel::page_access access) {
        contended c;
        c.s.options.rules.erase(kernel::rules::state_agreement);
        return c.play([&] {
            c.s.word(c.lock).access = access;
            c.s.word(c.lock).value.poke(c.s.tid(c.waiter) | kernel::futex_waiters);
            c.s.pass_time(6'000);
        });
    };
    CHECK(broken_by(outcome(kernel::page_access::read_write)) ==
          "owner-on-return: lock_pi returned ETIMEDOUT; the word names the caller");
    CHECK(broken_by(outcome(kernel::page_access::read_only)) == "");
    CHECK(broken_by(outcome(kernel::page_access::none)) == "");
}

TEST_CASE("owner-on-return: says nothing of one who owned the lock before") {
    stage s("v6.8");
    const unsigned lock = s.pi_word("lock");
    const unsigned a = s.task("a", 10);
    s.play([&] {
        CHECK(s.call(a, lock_pi(lock)) == 0);
        CHECK(s.call(a, lock_pi(lock)) == -EDEADLK);
        CHECK(s.call(a, trylock_pi(lock)) == -EDEADLK);
    });
}

// ---- state-agreement

TEST_CASE("state-agreement: fires when the word and the kernel name different owners") {
    contended c;
    const run_result r = c.play([&] { c.s.call(c.third, store(c.lock, c.s.tid(c.third))); });
    CHECK(broken_by(r) == "state-agreement: word, pi_state and rt_mutex name different owners");
    CHECK(r.failure.message ==
          "nobody is inside the kernel on lock, yet its word says third, rt_mutex says owner, pi_state says "
          "owner");
}

TEST_CASE("state-agreement: fires when pi_state or rt_mutex name somebody else") {
    contended c;
    CHECK(broken_by(c.play([&] { c.state().owner.poke(&c.s.kernel_task(c.third)); })) ==
          "state-agreement: word, pi_state and rt_mutex name different owners");
    contended d;
    d.s.options.rules.erase(kernel::rules::priority_inheritance);
    CHECK(broken_by(d.play([&] {
              d.state().pi_mutex.owner.poke(
                  kernel::owner_word(&d.s.kernel_task(d.third), kernel::has_waiters));
              kernel::check_at_rest(d.s.model(), false);
          })) == "state-agreement: word, pi_state and rt_mutex name different owners");
}

TEST_CASE("state-agreement: an rt_mutex that was handed over and not taken yet is as it should be") {
    contended c;
    CHECK(broken_by(c.play([&] {
              // As UNLOCK_PI leaves it: the word and pi_state name the waiter, the rt_mutex nobody.
              c.s.word(c.lock).value.poke(c.s.tid(c.waiter) | kernel::futex_waiters);
              c.state().owner.poke(&c.s.kernel_task(c.waiter));
              c.state().pi_mutex.owner.poke(kernel::owner_word(nullptr, kernel::has_waiters));
              kernel::check_at_rest(c.s.model(), false);
              c.s.word(c.lock).value.poke(c.s.tid(c.owner) | kernel::futex_waiters);
              c.state().owner.poke(&c.s.kernel_task(c.owner));
              c.state().pi_mutex.owner.poke(
                  kernel::owner_word(&c.s.kernel_task(c.owner), kernel::has_waiters));
          })) == "");
}

TEST_CASE("state-agreement: says nothing of a word that cannot be written") {
    const auto outcome = [](kernel::page_access access) {
        contended c;
        return c.play([&] {
            c.s.word(c.lock).access = access;
            c.s.call(c.third, store(c.lock, c.s.tid(c.third)));
            c.s.word(c.lock).value.poke(c.s.tid(c.owner) | kernel::futex_waiters);
            c.s.word(c.lock).access = kernel::page_access::read_write;
        });
    };
    CHECK(broken_by(outcome(kernel::page_access::read_write)) ==
          "state-agreement: word, pi_state and rt_mutex name different owners");
    CHECK(broken_by(outcome(kernel::page_access::read_only)) == "");
    CHECK(broken_by(outcome(kernel::page_access::none)) == "");
}

TEST_CASE(
    "state-agreement: a pi_state without an owner is as it should be if the word names one who has died") {
    const auto outcome = [](kernel::exit_phase phase) {
        contended c;
        return c.play([&] {
            // As the end of the owner leaves it until the waiter has run.
            kernel::task_struct& owner = c.s.kernel_task(c.owner);
            owner.exit.set(phase);
            c.state().owner.poke(nullptr);
            c.state().pi_mutex.owner.poke(kernel::owner_word(nullptr, kernel::has_waiters));
            kernel::check_at_rest(c.s.model(), false);
            owner.exit.set(kernel::exit_phase::alive);
            c.state().owner.poke(&owner);
            c.state().pi_mutex.owner.poke(kernel::owner_word(&owner, kernel::has_waiters));
        });
    };
    CHECK(broken_by(outcome(kernel::exit_phase::alive)) ==
          "state-agreement: word, pi_state and rt_mutex name different owners");
    CHECK(broken_by(outcome(kernel::exit_phase::dead)) == "");
}

// ---- unexpected-error

TEST_CASE("unexpected-error: fires when a well-behaved program sees an error") {
    const auto with_second_attempt = [](const std::string& version) {
        const auto setup = [](kernel_program& q) {
            const unsigned lock = q.pi_word("lock");
            q.task(fifo("waiter", 10, start_mode::arrives), [&q, lock] {
                if (q.expect(with_timeout(lock_pi(lock))) != 0) q.expect(lock_pi(lock));
                q.expect(mutex_unlock(lock));
            });
            const unsigned waker =
                q.task(fifo("waker", 20, start_mode::arrives), [&q, lock] { q.expect(mutex_unlock(lock)); });
            q.task(fifo("stealer", 30, start_mode::arrives), [&q, lock] {
                q.expect(lock_pi(lock));
                q.expect(mutex_unlock(lock));
            });
            kernel::set_initial_owner(q.model(), lock, waker);
        };
        kernel_program p(version, setup, 2);
        search_options options;
        options.executions_max = 10'000;
        options.run = without(kernel::rules::owner_on_return);
        return search(p, "pct:depth=3", options);
    };
    const search_result found = with_second_attempt("v4.14");
    REQUIRE(found.has("unexpected-error: lock_pi returned EDEADLK"));
    CHECK(found.messages.at("unexpected-error: lock_pi returned EDEADLK") ==
          "lock_pi returned EDEADLK to waiter");
    CHECK(with_second_attempt("v4.15").identities.empty());
}

// ---- priority-inheritance

TEST_CASE("priority-inheritance: fires when somebody runs at a priority that nobody lends") {
    contended c;
    const run_result r = c.play([&] {
        c.s.kernel_task(c.third).prio.set(kernel::kernel_prio(policy::fifo, 99));
        c.s.call(c.owner, set_priority(11));
    });
    CHECK(broken_by(r) == "priority-inheritance: a boost without a donor");
    CHECK(r.failure.message == "third runs at priority 99, but its own and its waiters' give 15");
}

TEST_CASE("priority-inheritance: fires when an owner does not run at its waiter's priority") {
    contended c;
    const run_result r = c.play([&] {
        c.s.kernel_task(c.owner).prio.set(kernel::kernel_prio(policy::fifo, 10));
        c.s.call(c.third, set_priority(11));
    });
    CHECK(broken_by(r) == "priority-inheritance: a boost is missing");
    CHECK(r.failure.message == "owner runs at priority 10, but its own and its waiters' give 20");
}

TEST_CASE("priority-inheritance: fires when pi_waiters is not what it should be") {
    contended c;
    CHECK(broken_by(c.play([&] {
              kernel::task_struct& owner = c.s.kernel_task(c.owner);
              owner.pi_waiters.erase(*owner.pi_waiters.top());
              c.s.call(c.third, set_priority(11));
          })) == "priority-inheritance: a top waiter is missing in its owner's pi_waiters");
    contended d;
    CHECK(broken_by(d.play([&] {
              d.s.kernel_task(d.third).pi_waiters.insert(*d.s.kernel_task(d.owner).pi_waiters.top());
              d.s.call(d.owner, set_priority(11));
          })) == "priority-inheritance: pi_waiters holds a waiter of a lock that is not owned");
    contended e;
    CHECK(broken_by(e.play([&] {
              e.s.kernel_task(e.owner).pi_waiters.top()->pi_prio.set(3);
              e.s.call(e.third, set_priority(11));
          })) == "priority-inheritance: a key in pi_waiters is out of date");
}

TEST_CASE("priority-inheritance: changes of priority as such do not break it") {
    contended c;
    CHECK(broken_by(c.play([&] {
              c.s.call(c.third, set_priority(30, static_cast<unsigned>(c.waiter)));
              c.s.call(c.third, set_priority(5, static_cast<unsigned>(c.waiter)));
              c.s.call(c.third, set_priority(40, static_cast<unsigned>(c.owner)));
              c.s.call(c.third, set_priority(1, static_cast<unsigned>(c.owner)));
          })) == "");
}

TEST_CASE(
    "priority-inheritance: fires before v4.12 on RT, where an unlocker can lose its boost before it has "
    "woken the "
    "new owner") {
    const auto outcome = [](const std::string& version) {
        const auto setup = [](kernel_program& q) {
            const unsigned lock = q.pi_word("lock");
            const unsigned other = q.plain_word("other");
            const unsigned owner =
                q.task(fifo("owner", 10, start_mode::arrives), [&q, lock] { q.expect(mutex_unlock(lock)); });
            q.task(fifo("urgent", 40, start_mode::arrives), [&q, lock] {
                q.expect(mutex_lock(lock));
                q.expect(mutex_unlock(lock));
            });
            // All that it has in common with them is a bucket.
            q.task(fifo("bystander", 5, start_mode::arrives), [&q, other] { q.perform(wait_for(other, 1)); });
            kernel::set_initial_owner(q.model(), lock, owner);
        };
        kernel_program p(version, setup, 2);
        p.config.preempt = preempt_model::rt;
        return search(p, "random:stay=7/8", repetitions(20'000));
    };
    const std::string identity = "priority-inheritance: a hand-over loses its boost before the wake-up";
    const search_result found = outcome("v4.8");
    REQUIRE(found.has(identity));
    CHECK(found.identities.size() == 1);
    CHECK(found.messages.at(identity) ==
          "owner has handed a lock to urgent and has yet to wake it, but no longer runs at the priority of "
          "urgent: "
          "anybody in between delays it without bound");
    CHECK(!outcome("v4.12").has(identity));
}

TEST_CASE("priority-inheritance: a hand-over may lose a boost if nobody can come in between") {
    // `third` is to wake somebody and gets another priority.
    const auto outcome = [](unsigned contended::*woken, unsigned contended::*changed_by, int priority) {
        contended c;
        return c.play([&] {
            c.s.kernel_task(c.*woken).wake_owed_by = &c.s.kernel_task(c.third);
            c.s.call(c.*changed_by, set_priority(priority, c.third));
            c.s.kernel_task(c.*woken).wake_owed_by = nullptr;
        });
    };
    CHECK(broken_by(outcome(&contended::waiter, &contended::owner, 12)) ==
          "priority-inheritance: a hand-over loses its boost before the wake-up");
    CHECK(broken_by(outcome(&contended::waiter, &contended::owner, 25)) ==
          "");                                                                  // it is as urgent as that one
    CHECK(broken_by(outcome(&contended::owner, &contended::owner, 12)) == "");  // who is awake
    CHECK(broken_by(outcome(&contended::waiter, &contended::third, 12)) == "");  // its preemption is off
}

// ---- waiter-integrity

TEST_CASE("waiter-integrity: fires when a lock with waiters does not say so") {
    contended c;
    const run_result r = c.play([&] {
        c.state().pi_mutex.owner.poke(kernel::owner_word(&c.s.kernel_task(c.owner), 0));
        kernel::check_at_rest(c.s.model(), false);
    });
    CHECK(broken_by(r) == "waiter-integrity: a lock with waiters does not say so");
    CHECK(r.failure.message ==
          "waiter waits for lock, whose owner word says owner without HAS_WAITERS: its owner can release it "
          "without "
          "waking anybody");
    contended bucket;
    bucket.s.config.preempt = preempt_model::rt;
    CHECK(
        broken_by(bucket.play([&] {
            bucket.s.word(bucket.lock).bucket->rtlock.waiters.insert(*bucket.state().pi_mutex.waiters.top());
            kernel::check_at_rest(bucket.s.model(), false);
        })) == "waiter-integrity: a lock with waiters does not say so");
}

TEST_CASE("waiter-integrity: fires when pi_blocked_on does not name the waiter that is enqueued") {
    const auto outcome = [](bool another) {
        contended c;
        return c.play([&] {
            c.s.begin(c.third, lock_pi(c.lock));
            kernel::rt_mutex_waiter* const of_third = c.s.kernel_task(c.third).pi_blocked_on.peek();
            c.s.kernel_task(c.waiter).pi_blocked_on.set(another ? of_third : nullptr);
            kernel::check_at_rest(c.s.model(), false);
        });
    };
    const std::string identity = "waiter-integrity: pi_blocked_on does not name an enqueued waiter";
    const run_result nothing = outcome(false);
    CHECK(broken_by(nothing) == identity);
    CHECK(nothing.failure.message ==
          "a waiter of waiter is enqueued on lock, but its pi_blocked_on names nothing: nobody who follows "
          "the chain "
          "gets there");
    CHECK(broken_by(outcome(true)) == identity);
}

TEST_CASE("waiter-integrity: fires on the proposal of 2009, which enqueues a waiter and does not say so") {
    const auto outcome = [](const std::string& version) {
        stage s(version);
        const unsigned lock = s.pi_word("lock");
        const unsigned gate = s.plain_word("gate");
        const unsigned signaler = s.task("signaler", 20);
        const unsigned waiter = s.task("waiter", 10);
        return s.try_to_play([&] {
            s.begin(waiter, wait_requeue_pi(gate, lock));
            s.call(signaler, mutex_lock(lock));
            s.call(signaler, cmp_requeue_pi(gate, lock, 0));
            s.call(signaler, mutex_unlock(lock));
            s.call(waiter, mutex_unlock(lock));
        });
    };
    CHECK(broken_by(outcome("2009-rfc")) == "waiter-integrity: a lock with waiters does not say so");
    CHECK(broken_by(outcome("v2.6.31")) == "");
}

TEST_CASE(
    "waiter-integrity: fires before v6.7 on RT, where a waiter that leaves takes the bucket lock too early") {
    const auto outcome = [](const std::string& version) {
        contended c(version);
        c.s.config.preempt = preempt_model::rt;
        return c.play([&] { c.s.pass_time(6'000); });
    };
    const run_result r = outcome("v6.6");
    CHECK(broken_by(r) == "waiter-integrity: takes a sleeping lock while enqueued on another");
    CHECK(r.failure.message ==
          "waiter takes hb, which may block, while its waiter on lock is still enqueued");
    CHECK(broken_by(outcome("v6.7")) == "");
}

TEST_CASE("waiter-integrity: fires when pi_blocked_on is left behind by a requeue that was refused") {
    // 3bfdc63936dd: taking back a waiter used to clear the requeuer's pi_blocked_on instead of the waiter's.
    const auto outcome = [](const std::string& version) {
        stage s(version);
        const unsigned outer = s.pi_word("outer");
        const unsigned inner = s.pi_word("inner");
        const unsigned gate = s.plain_word("gate");
        const unsigned w = s.task("w", 20);
        const unsigned o = s.task("o", 15);
        const unsigned r = s.task("r", 10);
        return s.try_to_play([&] {
            s.call(w, mutex_lock(outer));
            s.call(o, mutex_lock(inner));
            s.begin(o, lock_pi(outer));
            s.begin(w, with_timeout(wait_requeue_pi(gate, inner), 5'000));
            s.call(r, cmp_requeue_pi(gate, inner, 0));
            s.pass_time(6'000);
        });
    };
    CHECK(broken_by(outcome("v6.8")) == "waiter-integrity: pi_blocked_on is left pointing to a dead waiter");
    CHECK(broken_by(outcome("golden")) == "");
}

TEST_CASE(
    "waiter-integrity: fires on two waiters of one task, on a wrong order, and on a waiter that dies "
    "enqueued") {
    contended two;
    CHECK(broken_by(two.play([&] {
              two.s.kernel_task(two.third).pi_blocked_on.set(two.s.kernel_task(two.owner).pi_waiters.top());
              two.s.begin(two.third, lock_pi(two.lock));
          })) == "waiter-integrity: a second waiter of one task is enqueued");
    contended order;
    order.s.options.rules.erase(kernel::rules::priority_inheritance);
    const unsigned fourth = order.s.task("fourth", 5);
    CHECK(broken_by(order.play([&] {
              order.s.begin(order.third, lock_pi(order.lock));
              order.state().pi_mutex.waiters.top()->prio.set(kernel::kernel_prio(policy::fifo, 12));
              order.s.begin(fourth, lock_pi(order.lock));
          })) == "waiter-integrity: order of the waiters of a lock");
    contended dies;
    dies.s.options.rules.erase(kernel::rules::priority_inheritance);
    CHECK(broken_by(dies.play([&] {
              kernel::task_struct& third = dies.s.kernel_task(dies.third);
              third.pi_waiters.insert(*dies.s.kernel_task(dies.owner).pi_waiters.top());
              dies.s.pass_time(6'000);
          })) == "waiter-integrity: a waiter dies while it is enqueued");
    contended queued;
    CHECK(broken_by(queued.play([&] {
              kernel::oracle::waiter_dies(queued.s.model(), *queued.state().pi_mutex.waiters.top());
          })) == "waiter-integrity: a waiter dies while it is enqueued");
    contended returns;
    CHECK(broken_by(returns.play([&] {
              kernel::task_struct& third = returns.s.kernel_task(returns.third);
              third.pi_blocked_on.set(returns.s.kernel_task(returns.owner).pi_waiters.top());
              returns.s.call(returns.third, wake(returns.lock, 0));
          })) == "waiter-integrity: pi_blocked_on set on return from wake");
}

// ---- refcount

TEST_CASE("refcount: fires when the references are not those of the waiters") {
    contended c;
    const run_result r = c.play([&] {
        c.state().references.poke(2);
        kernel::check_at_rest(c.s.model(), false);
    });
    CHECK(broken_by(r) == "refcount: the references are not those of the waiters");
    CHECK(r.failure.message ==
          "nobody is inside the kernel on lock, and 1 waiters are queued with its pi_state, but its "
          "reference count is 2");
}

TEST_CASE("refcount: fires when a reference is dropped that nobody has, or taken to what has none") {
    contended c;
    c.s.options.rules.erase(rules::use_after_scope);
    CHECK(broken_by(c.play([&] {
              c.state().references.poke(0);
              c.s.pass_time(6'000);
          })) == "refcount: a reference is dropped twice");
    contended d;
    CHECK(broken_by(d.play([&] {
              d.state().references.poke(0);
              d.s.begin(d.third, lock_pi(d.lock));
          })) == "refcount: a reference to a freed pi_state is taken");
}

TEST_CASE("refcount: fires when a pi_state is freed that is still on its owner's list") {
    contended d;
    d.s.options.rules.erase(kernel::rules::state_agreement);
    CHECK(broken_by(d.play([&] {
              d.state().owner.poke(nullptr);
              d.s.pass_time(6'000);
          })) == "refcount: a pi_state is freed while it is on a list");
}

TEST_CASE("refcount: fires when a pi_state is left over at the end") {
    contended c;
    CHECK(broken_by(c.play([&] {
              c.state().key = &c.s.word(c.plain);  // no check at rest looks at plain words
              kernel::check_at_end(c.s.model());
          })) == "refcount: a pi_state is left over");
}

// ---- lock-balance

TEST_CASE("lock-balance: fires when a call returns with preemption or interrupts off, or with a lock") {
    const auto outcome = [](const std::function<void(kernel::system&)>& spoil) {
        kernel_program p("v6.8", [&spoil](kernel_program& q) {
            q.pi_word("lock");
            q.task(fair("task"), [&q, &spoil] {
                spoil(q.model());
                q.perform(call_of(op_code::yield));
            });
        });
        return default_run(p);
    };
    CHECK(broken_by(outcome([](kernel::system&) { here().preempt_disable(); })) ==
          "lock-balance: yield returns with preemption disabled");
    CHECK(broken_by(outcome([](kernel::system&) { here().irq_disable(); })) ==
          "lock-balance: yield returns with interrupts disabled");
    CHECK(broken_by(outcome([](kernel::system&) {})) == "");
}

TEST_CASE("lock-balance: fires on the draft of 2023, whose unlocker forgets a lock") {
    const auto outcome = [](const std::string& version) {
        const auto setup = [](kernel_program& q) {
            const unsigned lock = q.pi_word("lock");
            const unsigned owner = q.task(fifo("owner", 20), [&q, lock] { q.expect(mutex_unlock(lock)); });
            q.task(fifo("waiter", 10), [&q, lock] {
                if (q.expect(with_timeout(lock_pi(lock))) == 0) q.expect(mutex_unlock(lock));
            });
            kernel::set_initial_owner(q.model(), lock, owner);
        };
        kernel_program p(version, setup);
        return search(p, "random:stay=7/8", 5'000);
    };
    const search_result found = outcome("2023-draft");
    const std::string identity = "lock-balance: mutex_unlock returns with wait_lock";
    REQUIRE(found.has(identity));
    CHECK(found.identities.size() == 1);
    CHECK(found.messages.at(identity) == "owner returns from mutex_unlock with wait_lock still held");
    CHECK(outcome("v6.7").identities.empty());
}

// ---- bucket-accounting

TEST_CASE("bucket-accounting: fires when count, queue and waiters disagree at rest") {
    contended c;
    const run_result r = c.play([&] {
        c.s.word(c.lock).bucket->waiters.poke(2);
        kernel::check_at_rest(c.s.model(), false);
    });
    CHECK(broken_by(r) == "bucket-accounting: the waiter count differs from the queue");
    CHECK(r.failure.message == "hb counts 2 waiters, but 1 are queued");
    contended d;
    d.s.config.buckets = 2;
    CHECK(broken_by(d.play([&] {
              d.s.word(d.lock).bucket->chain[0]->lock_ptr.poke(d.s.model().buckets[1]);
              kernel::check_at_rest(d.s.model(), false);
          })) == "bucket-accounting: a queued waiter names another bucket");
    contended e;
    CHECK(broken_by(e.play([&] { kernel::check_at_rest(e.s.model(), false); })) == "");
}

// ---- kernel-warning

TEST_CASE("kernel-warning: fires before v5.10 when the lock has no owner though its waiter must name one") {
    // 9f5d1c336a10: the waiter to whom the lock was handed times out after somebody else was raised to the
    // top.
    const auto outcome = [](bool patched) {
        const auto setup = [](kernel_program& q) {
            const unsigned lock = q.pi_word("lock");
            q.task(fifo("first", 20, start_mode::arrives), [&q, lock] {
                if (q.expect(with_timeout(lock_pi(lock))) == 0) q.expect(mutex_unlock(lock));
            });
            const unsigned second = q.task(fifo("second", 10, start_mode::arrives), [&q, lock] {
                q.expect(lock_pi(lock));
                q.expect(mutex_unlock(lock));
            });
            const unsigned owner = q.task(fifo("owner", 30, start_mode::arrives), [&q, lock, second] {
                q.expect(mutex_unlock(lock));
                q.expect(set_priority(25, second));
            });
            kernel::set_initial_owner(q.model(), lock, owner);
        };
        kernel_program p("v4.15", setup);
        if (patched) p.config.patches.insert(patch::ownerless_retry);
        return search(p, "random:stay=7/8", repetitions(20'000));
    };
    const std::string bug = "kernel-warning: BUG: fixup_pi_state_owner: the rt_mutex has no owner";
    CHECK(outcome(false).has(bug));
    CHECK(!outcome(true).has(bug));
}

TEST_CASE("kernel-warning: fires when an rt_mutex is released by somebody who does not own it") {
    const auto outcome = [](unsigned contended::*owner) {
        contended c;
        return c.play([&] {
            c.state().pi_mutex.owner.poke(
                kernel::owner_word(&c.s.kernel_task(c.*owner), kernel::has_waiters));
        });
    };
    const run_result r = outcome(&contended::third);
    CHECK(broken_by(r) == "kernel-warning: an rt_mutex is released by somebody who does not own it");
    CHECK(r.failure.message == "owner releases the rt_mutex of lock, which third owns");
    CHECK(broken_by(outcome(&contended::owner)) == "");
}

// ---- owner-died

TEST_CASE("owner-died: fires when the next owner of a lock is not told that its owner died") {
    // c1e2f0eaf015 without a97cb0e7b3f4
    const auto outcome = [](bool patched) {
        contended c("v4.15");
        if (!patched) c.s.config.patches.erase(patch::owner_died_fixup);
        return c.play([&] { c.s.call(c.owner, call_of(op_code::exit)); });
    };
    const run_result r = outcome(false);
    CHECK(broken_by(r) == "owner-died: lock_pi is not told that the owner died");
    CHECK(r.failure.message ==
          "the owner of lock died holding it; waiter is the next owner, but the futex word says "
          "waiter|WAITERS, "
          "without OWNER_DIED");
    CHECK(broken_by(outcome(true)) == "");
}

TEST_CASE("owner-died: the next owner has to be told, and only the next") {
    // The first task ends; what it owns is on its robust list.
    enum class way { leaves_it_locked, is_forgotten, unlocks_before };
    const auto outcome = [](way how) {
        stage s("v6.8");
        const unsigned lock = s.pi_word("lock");
        const unsigned first = s.task("first", 10);
        const unsigned second = s.task("second", 20);
        const unsigned third = s.task("third", 30);
        return s.try_to_play([&, how] {
            s.word(lock).robust = true;
            s.call(first, mutex_lock(lock));
            if (how == way::unlocks_before) s.call(first, mutex_unlock(lock));
            s.call(first, call_of(op_code::exit));
            if (how == way::is_forgotten) s.call(third, store(lock, 0));
            s.call(second, mutex_lock(lock));
            CHECK(s.text(lock) == (how == way::leaves_it_locked ? "second|OWNER_DIED" : "second"));
            s.call(second, mutex_unlock(lock));
            s.call(third, mutex_lock(lock));
            CHECK(s.text(lock) == "third");
        });
    };
    CHECK(broken_by(outcome(way::is_forgotten)) == "owner-died: mutex_lock is not told that the owner died");
    CHECK(broken_by(outcome(way::leaves_it_locked)) == "");
    CHECK(broken_by(outcome(way::unlocks_before)) == "");
}

// ---- queue-order

TEST_CASE("queue-order: fires when a waiter gets the lock though one behind it is more urgent") {
    const auto outcome = [](int priority) {
        contended c;
        c.s.options.rules.erase(kernel::rules::priority_inheritance);
        return c.play([&] {
            c.s.begin(c.third, lock_pi(c.lock));
            c.state().pi_mutex.waiters.peek(1)->prio.set(kernel::kernel_prio(policy::fifo, priority));
        });
    };
    const run_result r = outcome(30);
    CHECK(broken_by(r) == "queue-order: overtaken by somebody who is not more urgent");
    CHECK(r.failure.message == "waiter takes lock, for which third waits, who is as urgent and came first");
    CHECK(broken_by(outcome(20)) == "");  // among equals the one in front came first
    CHECK(broken_by(outcome(15)) == "");
}

TEST_CASE("queue-order: whoever does not wait has to be more urgent than those who do") {
    // `third` comes along and takes the lock for which `waiter` waits.
    const auto outcome = [](const task_spec& waiter, const task_spec& third, bool rtlock) {
        stage s("v6.8");
        s.options.rules.erase(rules::data_race);
        const unsigned lock = s.pi_word("lock");
        const unsigned a = s.task(fair("owner"));
        const unsigned b = s.task(waiter);
        const unsigned c = s.task(third);
        return s.try_to_play([&, rtlock] {
            s.call(a, mutex_lock(lock));
            s.begin(b, lock_pi(lock));
            kernel::rt_mutex& contested = s.model().pi_states[0]->pi_mutex;
            contested.is_rtlock = rtlock;
            kernel::oracle::acquires(s.model(), contested, s.kernel_task(c), nullptr);
        });
    };
    const std::string fires = "queue-order: overtaken by somebody who is not more urgent";
    CHECK(broken_by(outcome(fifo("waiter", 20), fifo("third", 15), false)) == fires);
    CHECK(broken_by(outcome(fifo("waiter", 20), fifo("third", 20), false)) == fires);
    CHECK(broken_by(outcome(fifo("waiter", 20), fifo("third", 21), false)) == "");
    // Sleeping spinlocks make one exception: outside the realtime classes equals may pass.
    CHECK(broken_by(outcome(fifo("waiter", 20), fifo("third", 20), true)) == fires);
    CHECK(broken_by(outcome(fair("waiter"), fair("third"), true)) == "");
    CHECK(broken_by(outcome(fair("waiter"), fair("third"), false)) == fires);
}

// ---- bounded-retries

TEST_CASE("bounded-retries: fires when a call goes round and round while others get on") {
    // bc7304f3ae20: on one CPU a requeuer retries for a waiter that is on its way out but never gets that
    // CPU. Somebody else works on the other one, so it is no livelock of the whole.
    const auto outcome = [](const std::string& version) {
        const auto setup = [](kernel_program& q) {
            const unsigned lock = q.pi_word("lock");
            const unsigned gate = q.plain_word("gate");
            q.task({"waiter", policy::fifo, 10, 1}, [&q, lock, gate] {
                if (q.expect(with_timeout(wait_requeue_pi(gate, lock))) == 0) q.expect(mutex_unlock(lock));
            });
            q.task({"requeuer", policy::fifo, 20, 1, start_mode::arrives},
                   [&q, lock, gate] { q.expect(cmp_requeue_pi(gate, lock, 0)); });
            q.task({"bystander", policy::fifo, 5, 2}, [&q] {
                for (int i = 0; i < 2'000; ++i)
                    q.perform(call_of(op_code::yield));
            });
        };
        kernel_program p(version, setup, 2);
        return search(p, "random:stay=7/8", 500);
    };
    const search_result found = outcome("v6.8");
    REQUIRE(found.has("bounded-retries: futex_requeue: EAGAIN"));
    CHECK(contains(found.messages.at("bounded-retries: futex_requeue: EAGAIN"),
                   "requeuer has retried 501 times: futex_requeue: EAGAIN"));
    CHECK(outcome("golden").identities.empty());
}

TEST_CASE("bounded-retries: fires earlier if the program asks for more determinism") {
    // bebe5b514345: without it an unlocker begins again if a waiter gives up at the wrong moment.
    const auto outcome = [](bool overlap, unsigned retries_allowed) {
        const auto setup = [](kernel_program& q) {
            const unsigned lock = q.pi_word("lock");
            const unsigned owner =
                q.task(fifo("owner", 30, start_mode::arrives), [&q, lock] { q.expect(unlock_pi(lock)); });
            q.task(fifo("waiter", 10, start_mode::arrives), [&q, lock] {
                for (int i = 0; i < 3; ++i) {
                    if (q.expect(with_timeout(lock_pi(lock))) == 0) {
                        while (q.expect(unlock_pi(lock)) != 0) {}
                    }
                }
            });
            kernel::set_initial_owner(q.model(), lock, owner);
        };
        kernel_program p("v4.12", setup, 2);
        if (!overlap) p.config.patches.erase(patch::unlock_overlap);
        p.config.retries_allowed = retries_allowed;
        return search(p, "random:stay=7/8", repetitions(20'000));
    };
    const std::string identity = "bounded-retries: futex_unlock_pi: EAGAIN";
    const search_result found = outcome(false, 1);
    REQUIRE(found.has(identity));
    CHECK(found.identities.size() == 1);
    CHECK(found.messages.at(identity) == "owner has retried 2 times: futex_unlock_pi: EAGAIN");
    CHECK(outcome(false, 0).identities.empty());
    CHECK(outcome(true, 1).identities.empty());
}

// ---- All of them

TEST_CASE("rules: one that is off is not looked at, and the execution goes on") {
    contended c;
    c.s.options.rules.erase(kernel::rules::state_agreement);
    CHECK(broken_by(c.play([&] {
              c.s.call(c.third, store(c.lock, c.s.tid(c.third) | kernel::futex_waiters));
              c.s.call(c.third, store(c.lock, c.s.tid(c.owner) | kernel::futex_waiters));
          })) == "");
}
