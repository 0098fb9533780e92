// What each operation returns: the table of results, one row after the other, for a single task and for
// pairs, and the validity matrix of word and pi_state.

#include <array>
#include <cerrno>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "tests/kernel/stage.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

constexpr std::uint32_t waiters = kernel::futex_waiters;
constexpr std::uint32_t owner_died = kernel::futex_owner_died;
const std::array<std::string, 4> versions{"v4.14", "v4.15", "v6.8", "golden"};

// Whether that kernel has the operation, and refuses the arguments that are refused today.
bool knows(const kernel::patch_set& patches, const kernel::call& c) {
    if (c.op == op_code::lock_pi2) return patches.contains(kernel::patch::lock_pi2);
    return (c.wake_count >= 0 && c.move_count >= 0) || patches.contains(kernel::patch::negative_counts);
}

}  // namespace

// ---- One task, nobody else

TEST_CASE("results: a single task, every operation") {
    constexpr std::uint32_t own_tid = 102;  // the director has 101
    constexpr std::uint32_t nobodys_tid = 99;
    constexpr unsigned pi = 0;
    constexpr unsigned plain = 1;
    constexpr unsigned other_plain = 2;
    struct row {
        const char* what;
        std::uint32_t pi_before;
        std::uint32_t plain_before;
        kernel::call c;
        long result;
        std::uint32_t pi_after;
    };
    const auto bad_operation = [] {
        kernel::call c = call_of(op_code::wake_op, plain, other_plain);
        c.operation = kernel::wake_op_kind::bad;
        return c;
    };
    const auto bad_comparison = [] {
        kernel::call c = call_of(op_code::wake_op, plain, other_plain);
        c.compare = kernel::wake_op_compare::bad;
        return c;
    };
    const std::array rows{
        row{"WAIT with another value", 0, 7, wait_for(plain, 6), -EAGAIN, 0},
        row{"WAIT times out", 0, 7, with_timeout(wait_for(plain, 7)), -ETIMEDOUT, 0},
        row{"WAIT with a timeout that has expired", 0, 7, with_timeout(wait_for(plain, 7), 0), -ETIMEDOUT, 0},
        row{"WAIT_BITSET without bits", 0, 7,
            with_bits(with_value(call_of(op_code::wait_bitset, plain), 7), 0), -EINVAL, 0},
        row{"WAIT_BITSET without bits and with another value", 0, 7,
            with_bits(with_value(call_of(op_code::wait_bitset, plain), 6), 0), -EINVAL, 0},
        row{"WAKE without waiters", 0, 0, wake(plain, 1), 0, 0},
        row{"WAKE_BITSET without bits", 0, 0, with_bits(call_of(op_code::wake_bitset, plain), 0), -EINVAL, 0},
        row{"WAKE_OP without waiters", 0, 0, call_of(op_code::wake_op, plain, other_plain), 0, 0},
        row{"WAKE_OP with an unknown operation", 0, 0, bad_operation(), -ENOSYS, 0},
        row{"WAKE_OP with an unknown comparison", 0, 0, bad_comparison(), -ENOSYS, 0},
        row{"REQUEUE without waiters", 0, 0, requeue(plain, other_plain, 1, 1), 0, 0},
        row{"REQUEUE with a negative count to wake", 0, 0, requeue(plain, other_plain, -1, 1), -EINVAL, 0},
        row{"REQUEUE with a negative count to move", 0, 0, requeue(plain, other_plain, 1, -1), -EINVAL, 0},
        row{"CMP_REQUEUE with another value", 0, 3,
            with_value(call_of(op_code::cmp_requeue, plain, other_plain), 4), -EAGAIN, 0},
        row{"CMP_REQUEUE with a negative count and another value", 0, 3,
            with_counts(with_value(call_of(op_code::cmp_requeue, plain, other_plain), 4), -1, 0), -EINVAL, 0},

        row{"LOCK_PI of a free word", 0, 0, lock_pi(pi), 0, own_tid},
        row{"LOCK_PI2 of a free word", 0, 0, call_of(op_code::lock_pi2, pi), 0, own_tid},
        row{"LOCK_PI drops stale waiters", waiters, 0, lock_pi(pi), 0, own_tid},
        row{"LOCK_PI keeps the mark of a dead owner", owner_died, 0, lock_pi(pi), 0, own_tid | owner_died},
        row{"LOCK_PI keeps it without the waiters", waiters | owner_died, 0, lock_pi(pi), 0,
            own_tid | owner_died},
        row{"LOCK_PI of one's own", own_tid, 0, lock_pi(pi), -EDEADLK, own_tid},
        row{"LOCK_PI of one's own, with waiters and dead owner", own_tid | waiters | owner_died, 0,
            lock_pi(pi), -EDEADLK, own_tid | waiters | owner_died},
        row{"LOCK_PI of a task that does not exist", nobodys_tid, 0, lock_pi(pi), -ESRCH,
            nobodys_tid | waiters},
        row{"TRYLOCK_PI of a free word", 0, 0, trylock_pi(pi), 0, own_tid},
        row{"TRYLOCK_PI of one's own", own_tid, 0, trylock_pi(pi), -EDEADLK, own_tid},
        row{"TRYLOCK_PI of a task that does not exist", nobodys_tid, 0, trylock_pi(pi), -ESRCH,
            nobodys_tid | waiters},
        row{"UNLOCK_PI of one's own", own_tid, 0, unlock_pi(pi), 0, 0},
        row{"UNLOCK_PI clears the bits", own_tid | waiters | owner_died, 0, unlock_pi(pi), 0, 0},
        row{"UNLOCK_PI of a free word", 0, 0, unlock_pi(pi), -EPERM, 0},
        row{"UNLOCK_PI of somebody else's", nobodys_tid, 0, unlock_pi(pi), -EPERM, nobodys_tid},

        row{"WAIT_REQUEUE_PI to the same word", 0, 0, wait_requeue_pi(plain, plain), -EINVAL, 0},
        row{"WAIT_REQUEUE_PI with another value", 0, 1, wait_requeue_pi(plain, pi, 0), -EAGAIN, 0},
        row{"WAIT_REQUEUE_PI times out", 0, 0, with_timeout(wait_requeue_pi(plain, pi, 0)), -ETIMEDOUT, 0},
        row{"CMP_REQUEUE_PI without waiters", 0, 0, cmp_requeue_pi(plain, pi, 1), 0, 0},
        row{"CMP_REQUEUE_PI with another value", 0, 1, cmp_requeue_pi(plain, pi, 1, 0), -EAGAIN, 0},
        row{"CMP_REQUEUE_PI to the same word", 0, 0, cmp_requeue_pi(plain, plain, 1), -EINVAL, 0},
        row{"CMP_REQUEUE_PI that would wake none", 0, 0, with_counts(cmp_requeue_pi(plain, pi, 1), 0, 1),
            -EINVAL, 0},
        row{"CMP_REQUEUE_PI that would wake two", 0, 0, with_counts(cmp_requeue_pi(plain, pi, 1), 2, 1),
            -EINVAL, 0},
        row{"CMP_REQUEUE_PI with a negative count", 0, 0, cmp_requeue_pi(plain, pi, -1), -EINVAL, 0},

        row{"mutex_lock of a free word", 0, 0, mutex_lock(pi), 0, own_tid},
        row{"mutex_lock of one's own", own_tid, 0, mutex_lock(pi), -EDEADLK, own_tid},
        row{"mutex_unlock of one's own", own_tid, 0, mutex_unlock(pi), 0, 0},
        row{"mutex_unlock of a free word", 0, 0, mutex_unlock(pi), -EPERM, 0},
        row{"cas_lock of a word with stale waiters", waiters, 0, call_of(op_code::cas_lock, pi), -EAGAIN,
            waiters},
        row{"cas_unlock of somebody else's", nobodys_tid, 0, call_of(op_code::cas_unlock, pi), -EAGAIN,
            nobodys_tid},
        row{"a sleep", 0, 0, sleep_for(1'000'000), 0, 0},
    };
    for (const std::string& version : versions) {
        for (const row& r : rows) {
            if (!knows(patches_of(version), r.c)) continue;
            CAPTURE(version);
            CAPTURE(r.what);
            stage s(version);
            s.pi_word("lock", 0, r.pi_before);
            s.plain_word("plain", 0, r.plain_before);
            s.plain_word("other", 0, 0);
            const unsigned t = s.task("task", 10);
            s.play([&] {
                s.begin(t, r.c);
                s.pass_time(2'000'000);
                CHECK(s.result(t) == r.result);
                CHECK(s.value(pi) == r.pi_after);
            });
        }
    }
}

TEST_CASE("results: whatever a single task does, nothing is left in the kernel") {
    stage s("golden");
    const unsigned lock = s.pi_word("lock");
    const unsigned gate = s.plain_word("gate");
    const unsigned t = s.task("task", 10);
    s.play([&] {
        for (const kernel::call& c :
             {lock_pi(lock), unlock_pi(lock), trylock_pi(lock), mutex_unlock(lock),
              with_timeout(wait_for(gate, 0)), with_timeout(wait_requeue_pi(gate, lock))}) {
            s.begin(t, c);
            s.pass_time(2'000'000);
            CHECK(s.model().pi_states_count == 0);
            CHECK(s.word(lock).bucket->waiters.peek() == 0);
            CHECK(s.word(lock).bucket->queued == 0);
        }
    });
}

// ---- Pairs

TEST_CASE("results: LOCK_PI of a word that another task holds blocks and marks the word") {
    for (const std::string& version : versions) {
        CAPTURE(version);
        stage s(version);
        const unsigned lock = s.pi_word("lock");
        const unsigned a = s.task("a", 10);
        const unsigned b = s.task("b", 20);
        s.play([&] {
            CHECK(s.call(a, lock_pi(lock)) == 0);
            CHECK(s.call(b, trylock_pi(lock)) == -EAGAIN);
            CHECK(s.text(lock) == "a|WAITERS");
            CHECK(s.model().pi_states_count == 0);
            CHECK(s.call(b, call_of(op_code::mutex_trylock, lock)) == -EAGAIN);
            s.begin(b, lock_pi(lock));
            CHECK(s.busy(b));
            CHECK(s.call(a, lock_pi(lock)) == -EDEADLK);
            CHECK(s.call(a, unlock_pi(lock)) == 0);
            CHECK(s.result(b) == 0);
            CHECK(s.text(lock) == "b|WAITERS");
            CHECK(s.call(a, unlock_pi(lock)) == -EPERM);
            CHECK(s.call(b, unlock_pi(lock)) == 0);
            CHECK(s.text(lock) == "0");
        });
    }
}

TEST_CASE("results: LOCK_PI times out while another task holds the word, and leaves only the mark") {
    for (const op_code op : {op_code::lock_pi, op_code::lock_pi2, op_code::mutex_lock}) {
        stage s("v6.8");
        const unsigned lock = s.pi_word("lock");
        const unsigned a = s.task("a", 10);
        const unsigned b = s.task("b", 20);
        s.play([&] {
            CHECK(s.call(a, mutex_lock(lock)) == 0);
            s.begin(b, with_timeout(call_of(op, lock), 5'000));
            CHECK(s.busy(b));
            CHECK(s.urgency(a) == 20);
            s.pass_time(6'000);
            CHECK(s.result(b) == -ETIMEDOUT);
            CHECK(s.urgency(a) == 10);
            CHECK(s.text(lock) == "a|WAITERS");
            CHECK(s.call(a, mutex_unlock(lock)) == 0);
            CHECK(s.text(lock) == "0");
        });
    }
}

TEST_CASE("results: WAKE, REQUEUE and WAKE_OP refuse to touch PI waiters") {
    for (const std::string& version : versions) {
        CAPTURE(version);
        stage s(version);
        const unsigned lock = s.pi_word("lock");
        const unsigned gate = s.plain_word("gate");
        const unsigned other = s.plain_word("other");
        const unsigned a = s.task("a", 10);
        const unsigned b = s.task("b", 20);
        const unsigned d = s.task("d", 30);
        s.play([&] {
            s.call(a, lock_pi(lock));
            s.begin(b, lock_pi(lock));
            s.begin(d, wait_requeue_pi(gate, lock));
            for (const unsigned word : {lock, gate}) {
                CHECK(s.call(a, wake(word, 1)) == -EINVAL);
                CHECK(s.call(a, requeue(word, other, 1, 1)) == -EINVAL);
                kernel::call c = call_of(op_code::wake_op, word, other);
                c.operation = kernel::wake_op_kind::add;  // of nothing
                c.compare = kernel::wake_op_compare::ge;
                CHECK(s.call(a, c) == -EINVAL);
                std::swap(c.futex, c.to);
                c.compare = kernel::wake_op_compare::ne;
                CHECK(s.call(a, c) ==
                      (word == lock ? -EINVAL : 0));  // the gate is 0, so nobody there is woken
            }
            CHECK(s.busy(b));
            CHECK(s.busy(d));
        });
    }
}

TEST_CASE("results: WAKE wakes those in front of a PI waiter, then says EINVAL") {
    stage s("v6.8");
    const unsigned lock = s.pi_word("lock");
    const unsigned gate = s.plain_word("gate");
    const unsigned a = s.task("a", 30);
    const unsigned b = s.task("b", 20);
    const unsigned c = s.task("c", 10);
    s.play([&] {
        s.begin(a, wait_for(gate, 0));
        s.begin(b, wait_requeue_pi(gate, lock));
        CHECK(s.call(c, wake(gate, 5)) == -EINVAL);
        CHECK(s.result(a) == 0);
        CHECK(s.busy(b));
    });
}

TEST_CASE("results: CMP_REQUEUE_PI and WAIT_REQUEUE_PI belong together, and to one target") {
    for (const std::string& version : versions) {
        CAPTURE(version);
        stage s(version);
        const unsigned lock = s.pi_word("lock");
        const unsigned other_lock = s.pi_word("other lock");
        const unsigned gate = s.plain_word("gate");
        const unsigned a = s.task("a", 10);
        const unsigned b = s.task("b", 20);
        s.play([&] {
            s.begin(b, wait_for(gate, 0));
            CHECK(s.call(a, cmp_requeue_pi(gate, lock, 1)) == -EINVAL);
            CHECK(s.text(lock) == "0");
            CHECK(s.busy(b));
            CHECK(s.call(a, wake(gate, 1)) == 1);
            s.begin(b, wait_requeue_pi(gate, lock));
            CHECK(s.call(a, cmp_requeue_pi(gate, other_lock, 1)) == -EINVAL);
            CHECK(s.text(other_lock) == "0");
            CHECK(s.call(a, cmp_requeue_pi(gate, lock, 1)) == 1);
            CHECK(s.result(b) == 0);
        });
    }
}

TEST_CASE("results: CMP_REQUEUE_PI gives a free lock to the first waiter and queues the others") {
    for (const std::string& version : versions) {
        CAPTURE(version);
        stage s(version);
        s.config.buckets = 2;
        const unsigned lock = s.pi_word("lock", 1);
        const unsigned gate = s.plain_word("gate");
        const unsigned a = s.task("a", 10);
        const unsigned b = s.task("b", 20);
        const unsigned c = s.task("c", 30);
        const unsigned d = s.task("d", 25);
        s.play([&] {
            for (const unsigned t : {b, c, d})
                s.begin(t, wait_requeue_pi(gate, lock));
            CHECK(s.call(a, cmp_requeue_pi(gate, lock, 100)) == 3);
            CHECK(s.result(c) == 0);
            CHECK(s.text(lock) == "c|WAITERS");
            CHECK(s.call(c, unlock_pi(lock)) == 0);
            CHECK(s.result(d) == 0);
            CHECK(s.call(d, unlock_pi(lock)) == 0);
            CHECK(s.result(b) == 0);
            CHECK(s.call(b, unlock_pi(lock)) == 0);
            CHECK(s.text(lock) == "0");
        });
    }
}

TEST_CASE("results: CMP_REQUEUE_PI that moves nobody leaves the word without waiters") {
    stage s("v6.8");
    const unsigned lock = s.pi_word("lock");
    const unsigned gate = s.plain_word("gate");
    const unsigned a = s.task("a", 10);
    const unsigned b = s.task("b", 20);
    const unsigned c = s.task("c", 15);
    s.play([&] {
        s.begin(b, wait_requeue_pi(gate, lock));
        s.begin(c, wait_requeue_pi(gate, lock));
        CHECK(s.call(a, cmp_requeue_pi(gate, lock, 0)) == 1);
        CHECK(s.text(lock) == "b");
        CHECK(s.busy(c));
        CHECK(s.model().pi_states_count == 0);
    });
}

TEST_CASE("results: CMP_REQUEUE_PI to a lock that is held queues the first waiter, too") {
    for (const std::string& version : versions) {
        CAPTURE(version);
        stage s(version);
        const unsigned lock = s.pi_word("lock");
        const unsigned gate = s.plain_word("gate");
        const unsigned a = s.task("a", 10);
        const unsigned b = s.task("b", 20);
        const unsigned c = s.task("c", 15);
        s.play([&] {
            CHECK(s.call(a, mutex_lock(lock)) == 0);
            s.begin(b, wait_requeue_pi(gate, lock));
            s.begin(c, wait_requeue_pi(gate, lock));
            CHECK(s.call(a, cmp_requeue_pi(gate, lock, 0)) == 1);
            CHECK(s.busy(b));
            CHECK(s.urgency(a) == 20);
            CHECK(s.call(a, cmp_requeue_pi(gate, lock, 0)) == 1);
            CHECK(s.call(a, cmp_requeue_pi(gate, lock, 0)) == 0);
            CHECK(s.call(a, mutex_unlock(lock)) == 0);
            CHECK(s.result(b) == 0);
            CHECK(s.urgency(a) == 10);
        });
    }
}

TEST_CASE("results: CMP_REQUEUE_PI refuses to make a task wait for itself") {
    for (const std::string& version : versions) {
        CAPTURE(version);
        stage s(version);
        const unsigned lock = s.pi_word("lock");
        const unsigned gate = s.plain_word("gate");
        const unsigned a = s.task("a", 10);
        const unsigned b = s.task("b", 20);
        s.play([&] {
            CHECK(s.call(b, mutex_lock(lock)) == 0);
            s.begin(b, wait_requeue_pi(gate, lock));
            CHECK(s.call(a, cmp_requeue_pi(gate, lock, 0)) == -EDEADLK);
            CHECK(s.busy(b));
        });
    }
}

TEST_CASE("results: a timeout after the move is ETIMEDOUT, and a signal EAGAIN") {
    for (const std::string& version : versions) {
        CAPTURE(version);
        stage s(version);
        const unsigned lock = s.pi_word("lock");
        const unsigned gate = s.plain_word("gate");
        const unsigned a = s.task("a", 10);
        const unsigned b = s.task("b", 20);
        s.play([&] {
            CHECK(s.call(a, mutex_lock(lock)) == 0);
            s.begin(b, with_timeout(wait_requeue_pi(gate, lock), 5'000));
            CHECK(s.call(a, cmp_requeue_pi(gate, lock, 0)) == 1);
            s.pass_time(10'000);
            CHECK(s.result(b) == -ETIMEDOUT);
            CHECK(s.urgency(a) == 10);
            s.begin(b, wait_requeue_pi(gate, lock));
            CHECK(s.call(a, cmp_requeue_pi(gate, lock, 0)) == 1);
            s.interrupt(b, true);
            CHECK(s.result(b) == -EAGAIN);
            CHECK(s.text(lock) == "a|WAITERS");
            CHECK(s.model().pi_states_count == 0);
        });
    }
}

TEST_CASE("results: UNLOCK_PI says EAGAIN if the word got its mark in between and nobody waits any more") {
    std::set<std::string> results;
    kernel_program p("v6.8", [&](kernel_program& q) {
        const unsigned lock = q.pi_word("lock");
        const unsigned owner = q.task(fair("owner"), [&q, &results, lock] {
            const long result = q.perform(unlock_pi(lock));
            results.insert(
                fmt::format("{}: {}", kernel::result_name(result), kernel::word_text(q.model(), lock)));
        });
        q.task(fair("other"), [&q, lock] { q.perform(trylock_pi(lock)); });
        kernel::set_initial_owner(q.model(), lock, owner);
    });
    const search_result all = explore(p);
    CHECK(all.complete);
    CHECK(all.identities.empty());
    CHECK(results == std::set<std::string>{"EAGAIN: owner|WAITERS", "ok: 0"});
}

// ---- Matrix: a waiter of `a` is queued (rows 3 to 10), somebody writes what he likes to the word, and `c`
// tries to lock

TEST_CASE("matrix: what a newcomer is told, row by row") {
    enum class owner { nobody, a };
    struct row {
        int number;
        bool waiter_queued;
        bool waiter_has_pi_state;
        owner by_state;
        const char* word;  // "0", "a", "x" (another task), then D for OWNER_DIED
        long result;       // stage::blocked: it is accepted and waits
    };
    constexpr std::array rows{
        row{1, false, false, owner::nobody, "0", 0},
        row{1, false, false, owner::nobody, "0D", 0},
        row{2, false, false, owner::nobody, "a", stage::blocked},
        row{2, false, false, owner::nobody, "aD", stage::blocked},
        row{3, true, false, owner::nobody, "a", -EINVAL},
        row{3, true, false, owner::nobody, "0", -EINVAL},
        row{4, true, true, owner::nobody, "0D", stage::blocked},
        row{5, true, true, owner::nobody, "aD", -EINVAL},
        row{6, true, true, owner::a, "0D", stage::blocked},
        row{7, true, true, owner::nobody, "0", -EINVAL},
        row{7, true, true, owner::nobody, "a", -EINVAL},
        row{8, true, true, owner::a, "a", stage::blocked},
        row{8, true, true, owner::a, "aD", stage::blocked},
        row{9, true, true, owner::a, "0", -EINVAL},
        row{10, true, true, owner::a, "x", -EINVAL},
        row{10, true, true, owner::a, "xD", -EINVAL},
    };
    for (const std::string& version : versions) {
        for (const row& r : rows) {
            CAPTURE(version);
            CAPTURE(r.number);
            CAPTURE(r.word);
            stage s(version);
            // The program misbehaves on purpose, and the model's state is tampered with.
            s.options.rules = rule_set::none();
            const unsigned lock = s.pi_word("lock");
            const unsigned a = s.task("a", 10);
            const unsigned b = s.task("b", 20);
            const unsigned c = s.task("c", 5);
            const unsigned x = s.task("x", 5);
            s.play([&] {
                CHECK(s.call(a, lock_pi(lock)) == 0);
                if (r.waiter_queued) {
                    s.begin(b, r.waiter_has_pi_state ? lock_pi(lock) : wait_for(lock, s.tid(a)));
                    REQUIRE(s.busy(b));
                }
                if (r.waiter_has_pi_state && r.by_state == owner::nobody) {
                    s.model().pi_states[0]->owner.poke(nullptr);
                }
                const std::uint32_t owner_bits = r.word[0] == '0' ? 0 : s.tid(r.word[0] == 'a' ? a : x);
                const std::uint32_t died = r.word[1] == 'D' ? owner_died : 0;
                s.call(x, store(lock, owner_bits | died | (r.waiter_queued ? waiters : 0)));
                s.begin(c, lock_pi(lock));
                CHECK(s.result(c) == r.result);
            });
        }
    }
}

TEST_CASE("matrix: UNLOCK_PI refuses when the kernel says that somebody else is the owner") {
    stage s("v6.8");
    s.options.rules = rule_set::none();
    const unsigned lock = s.pi_word("lock");
    const unsigned a = s.task("a", 10);
    const unsigned b = s.task("b", 20);
    const unsigned x = s.task("x", 5);
    s.play([&] {
        CHECK(s.call(a, lock_pi(lock)) == 0);
        s.begin(b, lock_pi(lock));
        s.call(x, store(lock, s.tid(x) | waiters));
        CHECK(s.call(x, unlock_pi(lock)) == -EINVAL);
        CHECK(s.call(a, unlock_pi(lock)) == -EPERM);
        s.call(x, store(lock, s.tid(a) | waiters));
        CHECK(s.call(a, unlock_pi(lock)) == 0);
        CHECK(s.result(b) == 0);
    });
}

TEST_CASE("matrix: UNLOCK_PI refuses a word on which somebody waits without PI") {
    stage s("v6.8");
    const unsigned lock = s.pi_word("lock");
    const unsigned a = s.task("a", 10);
    const unsigned b = s.task("b", 20);
    s.play([&] {
        CHECK(s.call(a, lock_pi(lock)) == 0);
        s.begin(b, wait_for(lock, s.tid(a)));
        CHECK(s.call(a, unlock_pi(lock)) == -EINVAL);
        CHECK(s.call(a, wake(lock, 1)) == 1);
        CHECK(s.call(a, unlock_pi(lock)) == 0);
    });
}
