// Priority inheritance: who runs at whose priority, for how long, and who may take a lock before whom.

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/kernel/stage.hpp"
#include "tests/support/effort.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

const std::array<std::string, 4> versions{"v4.14", "v4.15", "v6.8", "golden"};

// Locks 0, 1, 2; task 1 (priority 10) owns lock 0, task 2 (11) owns lock 1 and waits for lock 0, and so on: a
// chain of that many locks. Task length + 1 is outside and owns nothing.
struct chain {
    explicit chain(const std::string& version, unsigned length) : s(version), locks(length) {
        for (unsigned i = 0; i < length; ++i)
            s.pi_word(names[i]);
        for (unsigned i = 0; i <= length; ++i) {
            s.task(task_names[i], i == length ? 40 : 10 + static_cast<int>(i));
        }
    }
    void link() {
        for (unsigned i = 0; i < locks; ++i) {
            CHECK(s.call(i + 1, mutex_lock(i)) == 0);
            if (i != 0) s.begin(i + 1, lock_pi(i - 1));
        }
    }
    unsigned outsider() const {
        return locks + 1;
    }
    unsigned last_lock() const {
        return locks - 1;
    }
    // The priorities of those in the chain.
    std::vector<int> urgencies() const {
        std::vector<int> all;
        for (unsigned i = 1; i <= locks; ++i)
            all.push_back(s.urgency(i));
        return all;
    }
    // Everybody at the priority of the one behind, if that is higher: 10 becomes 11, and so on.
    std::vector<int> at_rest() const {
        std::vector<int> all;
        for (unsigned i = 1; i <= locks; ++i)
            all.push_back(10 + static_cast<int>(locks) - 1);
        return all;
    }
    std::vector<int> all_at(int priority) const {
        return std::vector<int>(locks, priority);
    }

    static constexpr std::array<const char*, 3> names{"lock0", "lock1", "lock2"};
    static constexpr std::array<const char*, 4> task_names{"t1", "t2", "t3", "t4"};
    stage s;
    unsigned locks;
};

}  // namespace

TEST_CASE(
    "boosting: a waiter lends its priority along chains of one, two and three locks, and takes it back") {
    for (const std::string& version : versions) {
        for (const unsigned length : {1U, 2U, 3U}) {
            CAPTURE(version);
            CAPTURE(length);
            chain c(version, length);
            c.s.play([&] {
                c.link();
                CHECK(c.urgencies() == c.at_rest());
                c.s.begin(c.outsider(), with_timeout(lock_pi(c.last_lock()), 5'000));
                CHECK(c.urgencies() == c.all_at(40));
                c.s.pass_time(6'000);
                CHECK(c.s.result(c.outsider()) == -ETIMEDOUT);
                CHECK(c.urgencies() == c.at_rest());
                // Again, and this time it is a signal that ends the waiting; LOCK_PI restarts, so it waits
                // again.
                c.s.begin(c.outsider(), lock_pi(c.last_lock()));
                CHECK(c.urgencies() == c.all_at(40));
                c.s.interrupt(c.outsider(), false);
                CHECK(c.s.busy(c.outsider()));
                CHECK(c.urgencies() == c.all_at(40));
            });
        }
    }
}

TEST_CASE(
    "boosting: whoever hands a lock on loses what its waiter lent, and the next owner gets what others "
    "lend") {
    for (const std::string& version : versions) {
        CAPTURE(version);
        chain c(version, 3);
        c.s.play([&] {
            c.link();
            c.s.begin(c.outsider(), lock_pi(2));
            CHECK(c.urgencies() == c.all_at(40));
            CHECK(c.s.call(1, unlock_pi(0)) == 0);
            CHECK(c.s.result(2) == 0);
            CHECK(c.urgencies() == std::vector{10, 40, 40});
            CHECK(c.s.call(2, unlock_pi(0)) == 0);
            CHECK(c.urgencies() == std::vector{10, 40, 40});
            CHECK(c.s.call(2, unlock_pi(1)) == 0);
            CHECK(c.s.result(3) == 0);
            CHECK(c.urgencies() == std::vector{10, 11, 40});
            CHECK(c.s.call(3, unlock_pi(2)) == 0);
            CHECK(c.s.result(c.outsider()) == 0);
            CHECK(c.urgencies() == std::vector{10, 11, 12});
        });
    }
}

TEST_CASE("boosting: a change of priority goes along the chain of whoever is blocked, up and down") {
    for (const std::string& version : versions) {
        CAPTURE(version);
        chain c(version, 3);
        const unsigned other = c.s.task("other", 5);
        c.s.play([&] {
            c.link();
            CHECK(c.urgencies() == c.all_at(12));
            c.s.call(other, set_priority(50, 3));
            CHECK(c.urgencies() == c.all_at(50));
            c.s.call(other, set_priority(30, 3));
            CHECK(c.urgencies() == c.all_at(30));
            c.s.call(other, set_priority(60, 2));
            CHECK(c.urgencies() == std::vector{60, 60, 30});
            c.s.call(other, set_priority(1, 2));
            CHECK(c.urgencies() == c.all_at(30));
            // Whoever is boosted keeps the boost when its own priority goes down, and no more than its own
            // when that goes up.
            c.s.call(other, set_priority(70, 1));
            CHECK(c.s.urgency(1) == 70);
            c.s.call(other, set_priority(2, 1));
            CHECK(c.s.urgency(1) == 30);
            c.s.call(other, set_priority(3, 3));
            CHECK(c.urgencies() == std::vector{3, 3, 3});
        });
    }
}

TEST_CASE(
    "boosting: when the top waiter of a lock in the middle becomes another one, the rest of the chain hears "
    "of it") {
    for (const std::string& version : versions) {
        CAPTURE(version);
        chain c(version, 3);
        const unsigned other = c.s.task("other", 25);
        c.s.play([&] {
            c.link();
            // Lock 1 has two waiters: t3, soon boosted to 40, and this one.
            c.s.begin(other, lock_pi(1));
            CHECK(c.urgencies() == std::vector{25, 25, 12});
            c.s.begin(c.outsider(), with_timeout(lock_pi(2), 5'000));
            CHECK(c.urgencies() == c.all_at(40));
            c.s.pass_time(6'000);
            // t3 is no longer first on lock 1; t1 and t2 now run for `other`.
            CHECK(c.urgencies() == std::vector{25, 25, 12});
        });
    }
}

TEST_CASE("boosting: a waiter behind a more urgent one changes nothing, and remains when that one leaves") {
    for (const std::string& version : versions) {
        CAPTURE(version);
        chain c(version, 1);
        const unsigned second = c.s.task("second", 20);
        c.s.play([&] {
            c.link();
            c.s.begin(c.outsider(), with_timeout(lock_pi(0), 5'000));
            c.s.begin(second, lock_pi(0));
            CHECK(c.s.urgency(1) == 40);
            c.s.pass_time(6'000);
            CHECK(c.s.urgency(1) == 20);
        });
    }
}

TEST_CASE("boosting: the owner of two locks runs for the most urgent waiter of both") {
    stage s("v6.8");
    const unsigned first = s.pi_word("first");
    const unsigned second = s.pi_word("second");
    const unsigned owner = s.task("owner", 10);
    const unsigned a = s.task("a", 30);
    const unsigned b = s.task("b", 20);
    s.play([&] {
        s.call(owner, mutex_lock(first));
        s.call(owner, mutex_lock(second));
        s.begin(b, lock_pi(second));
        s.begin(a, lock_pi(first));
        CHECK(s.urgency(owner) == 30);
        CHECK(s.call(owner, unlock_pi(first)) == 0);
        CHECK(s.urgency(owner) == 20);
        CHECK(s.call(owner, unlock_pi(second)) == 0);
        CHECK(s.urgency(owner) == 10);
    });
}

TEST_CASE("boosting: a fair task is lifted into the realtime class, and falls back") {
    stage s("v6.8");
    const unsigned lock = s.pi_word("lock");
    const unsigned owner = s.task(fair("owner"));
    const unsigned a = s.task("a", 30);
    s.play([&] {
        s.call(owner, mutex_lock(lock));
        CHECK(s.urgency(owner) == 0);
        s.begin(a, lock_pi(lock));
        CHECK(s.urgency(owner) == 30);
        CHECK(s.call(owner, mutex_unlock(lock)) == 0);
        CHECK(s.urgency(owner) == 0);
    });
}

TEST_CASE("boosting: fair tasks lend each other nothing") {
    stage s("v6.8");
    const unsigned lock = s.pi_word("lock");
    const unsigned owner = s.task(fair("owner"));
    const unsigned a = s.task(fair("a"));
    s.play([&] {
        s.call(owner, mutex_lock(lock));
        s.begin(a, lock_pi(lock));
        CHECK(s.urgency(owner) == 0);
        CHECK(s.call(owner, mutex_unlock(lock)) == 0);
        CHECK(s.result(a) == 0);
    });
}

TEST_CASE("boosting: the one who releases gives back what was lent before the lender is woken") {
    for (const std::string& version : versions) {
        stage s(version);
        s.options.log = true;
        const unsigned lock = s.pi_word("lock");
        const unsigned owner = s.task("owner", 10);
        const unsigned a = s.task("a", 30);
        const run_result r = s.try_to_play([&] {
            s.call(owner, mutex_lock(lock));
            s.begin(a, lock_pi(lock));
            s.call(owner, mutex_unlock(lock));
        });
        std::size_t deboosted = 0;
        std::size_t woken = 0;
        for (std::size_t i = 0; i < r.log.size(); ++i) {
            if (r.log[i].label == "deboosts owner to priority 10") deboosted = i;
            if (r.log[i].label == "wakes a") woken = i;
        }
        CHECK(deboosted != 0);
        CHECK(deboosted < woken);
    }
}

// Without boosting, m would keep the only CPU from the owner while a waits: priority inversion.
TEST_CASE("boosting: a task in between cannot keep an urgent one waiting") {
    std::string order;
    kernel_program p("v6.8", [&](kernel_program& q) {
        order.clear();
        const unsigned lock = q.pi_word("lock");
        const auto release = [](unsigned t) { here().release(static_cast<actor>(t)); };
        q.task(fifo("owner", 10), [&q, &order, lock, release] {
            q.expect(mutex_lock(lock));
            release(1);
            release(2);
            order += "owner ";
            q.expect(mutex_unlock(lock));
            order += "owner ";
        });
        q.task(fifo("a", 30, start_mode::held), [&q, &order, lock] {
            q.expect(mutex_lock(lock));
            order += "a ";
            q.expect(mutex_unlock(lock));
        });
        q.task(fifo("m", 20, start_mode::held), [&order] { order += "m "; });
    });
    p.cpus = 1;
    const run_result r = default_run(p);
    CHECK(r.end == verdict::completed);
    CHECK(order == "owner a m owner ");
}

// ---- Deadlocks that the kernel finds itself

TEST_CASE("deadlock detection: the call that would close a cycle of two is refused, and only that") {
    for (const std::string& version : versions) {
        CAPTURE(version);
        chain c(version, 2);
        c.s.play([&] {
            c.link();
            CHECK(c.s.call(1, lock_pi(1)) == -EDEADLK);
            CHECK(c.s.busy(2));
            CHECK(c.urgencies() == c.at_rest());
            CHECK(c.s.text(0) == "t1|WAITERS");
            CHECK(c.s.text(1) == "t2|WAITERS");
            CHECK(c.s.call(1, unlock_pi(0)) == 0);
            CHECK(c.s.result(2) == 0);
        });
    }
}

TEST_CASE("deadlock detection: a cycle of three, closed from either end of the priorities") {
    for (const std::string& version : versions) {
        for (const int priority_of_first : {1, 50}) {
            CAPTURE(version);
            CAPTURE(priority_of_first);
            chain c(version, 3);
            c.s.play([&] {
                c.s.call(1, set_priority(priority_of_first));
                c.link();
                const std::vector<int> before = c.urgencies();
                CHECK(c.s.call(1, lock_pi(2)) == -EDEADLK);
                CHECK(c.urgencies() == before);
                CHECK(c.s.call(1, unlock_pi(0)) == 0);
                CHECK(c.s.result(2) == 0);
                CHECK(c.s.call(1, with_timeout(lock_pi(2), 0)) == stage::blocked);
                c.s.pass_time(1'000);
                CHECK(c.s.result(1) == -ETIMEDOUT);
            });
        }
    }
}

TEST_CASE("deadlock detection: also when a requeue would close the cycle") {
    // Here 3bfdc63936dd matters: before, pi_blocked_on of the wrong task was cleared. Only golden has it.
    stage s("golden");
    const unsigned outer = s.pi_word("outer");
    const unsigned inner = s.pi_word("inner");
    const unsigned gate = s.plain_word("gate");
    const unsigned w = s.task("w", 20);
    const unsigned o = s.task("o", 15);
    const unsigned r = s.task("r", 10);
    s.play([&] {
        CHECK(s.call(w, mutex_lock(outer)) == 0);
        CHECK(s.call(o, mutex_lock(inner)) == 0);
        s.begin(o, lock_pi(outer));
        s.begin(w, with_timeout(wait_requeue_pi(gate, inner), 5'000));
        CHECK(s.call(r, cmp_requeue_pi(gate, inner, 0)) == -EDEADLK);
        CHECK(s.busy(w));
        CHECK(s.kernel_task(w).pi_blocked_on.peek() == nullptr);
        s.pass_time(6'000);
        CHECK(s.result(w) == -ETIMEDOUT);
        CHECK(s.call(w, mutex_unlock(outer)) == 0);
        CHECK(s.result(o) == 0);
    });
}

TEST_CASE("deadlock detection: a chain that changes while it is walked is not taken for a cycle") {
    // `walker` waits for lock 0, whose owner `member` waits for lock 1. While the chain is walked, that one
    // gives up, releases lock 0 (somebody else takes it) and waits for a lock of the walker.
    const auto setup = [](kernel_program& q) {
        const unsigned first = q.pi_word("first");
        const unsigned second = q.pi_word("second");
        const unsigned walkers = q.pi_word("walker's");
        const unsigned members = q.pi_word("member's");
        const unsigned walker = q.task(fifo("walker", 20), [&q, first, walkers] {
            q.expect(lock_pi(first));
            q.expect(mutex_unlock(first));
            q.expect(mutex_unlock(walkers));
        });
        const unsigned member = q.task(fifo("member", 10), [&q, first, second, walkers, members] {
            const bool got = q.expect(with_timeout(lock_pi(second))) == 0;
            q.expect(mutex_unlock(first));
            q.expect(lock_pi(walkers));
            q.expect(mutex_unlock(walkers));
            q.expect(mutex_unlock(members));
            if (got) q.expect(mutex_unlock(second));
        });
        const unsigned holder = q.task(fifo("holder", 10), [&q, second] {
            q.expect(sleep_for(5'000'000));
            q.expect(mutex_unlock(second));
        });
        q.task(fifo("successor", 30), [&q, first] {
            q.expect(lock_pi(first));
            q.expect(mutex_unlock(first));
        });
        q.task(fifo("admirer", 5), [&q, members] {
            q.expect(lock_pi(members));
            q.expect(mutex_unlock(members));
        });
        kernel::set_initial_owner(q.model(), walkers, walker);
        kernel::set_initial_owner(q.model(), first, member);
        kernel::set_initial_owner(q.model(), members, member);
        kernel::set_initial_owner(q.model(), second, holder);
    };
    kernel_program p("v6.8", setup);
    const search_result found = search(p, "random:stay=7/8", repetitions(60'000));
    CHECK(found.identities.empty());
}

// ---- Stealing: the lock was handed to a waiter that has not run yet

namespace {

// The owner releases the lock and wants it back at once, on one CPU: the waiter does not run in between,
// unless it is more urgent.
std::string after_release_and_relock(const std::string& version, int owner_priority, int waiter_priority) {
    std::string order;
    kernel_program p(version, [&](kernel_program& q) {
        order.clear();
        const unsigned lock = q.pi_word("lock");
        q.task(fifo("owner", owner_priority), [&q, &order, lock] {
            q.expect(lock_pi(lock));
            q.expect(sleep_for(1'000));
            q.expect(unlock_pi(lock));
            q.expect(lock_pi(lock));
            order += "owner ";
            q.expect(unlock_pi(lock));
        });
        q.task(fifo("waiter", waiter_priority), [&q, &order, lock] {
            q.expect(lock_pi(lock));
            order += "waiter ";
            q.expect(unlock_pi(lock));
        });
    });
    p.cpus = 1;
    const run_result r = default_run(p);
    CHECK_MESSAGE(r.end == verdict::completed, r.failure.message);
    return order;
}

}  // namespace

TEST_CASE("stealing: only a more urgent task gets the lock before the waiter to whom it was handed") {
    for (const std::string& version : versions) {
        CAPTURE(version);
        CHECK(after_release_and_relock(version, 30, 20) == "owner waiter ");
        CHECK(after_release_and_relock(version, 20, 20) == "waiter owner ");
        CHECK(after_release_and_relock(version, 10, 20) == "waiter owner ");
    }
}

TEST_CASE("stealing: waiters are served by priority, equals in the order of their arrival") {
    stage s("v6.8");
    const unsigned lock = s.pi_word("lock");
    const unsigned owner = s.task("owner", 50);
    const unsigned a = s.task("a", 10);
    const unsigned b = s.task("b", 20);
    const unsigned c = s.task("c", 20);
    const unsigned d = s.task("d", 30);
    const unsigned e = s.task(fair("e"));
    s.play([&] {
        s.call(owner, mutex_lock(lock));
        for (const unsigned t : {e, a, b, c, d})
            s.begin(t, mutex_lock(lock));
        std::string served;
        unsigned holder = owner;
        for (int i = 0; i < 5; ++i) {
            CHECK(s.call(holder, mutex_unlock(lock)) == 0);
            const std::string now = s.text(lock);
            served += now.substr(0, now.find('|'));
            for (const unsigned t : {a, b, c, d, e}) {
                if (s.kernel_task(t).name == now.substr(0, now.find('|'))) holder = t;
            }
        }
        CHECK(served == "dbcae");
    });
}

TEST_CASE("stealing: a change of priority moves a waiter within the queue of the lock") {
    stage s("v6.8");
    const unsigned lock = s.pi_word("lock");
    const unsigned owner = s.task("owner", 50);
    const unsigned a = s.task("a", 10);
    const unsigned b = s.task("b", 20);
    s.play([&] {
        s.call(owner, mutex_lock(lock));
        s.begin(a, mutex_lock(lock));
        s.begin(b, mutex_lock(lock));
        s.call(owner, set_priority(30, a));
        CHECK(s.call(owner, mutex_unlock(lock)) == 0);
        CHECK(s.result(a) == 0);
        CHECK(s.busy(b));
    });
}
