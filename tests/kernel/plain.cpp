// Futexes without priority inheritance: counts, order, bitsets, moving between words, timeouts, and signals.

#include <array>
#include <cerrno>
#include <string>

#include <doctest/doctest.h>

#include "tests/kernel/stage.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

const std::array<std::string, 3> versions{"v4.14", "v6.8", "golden"};
constexpr std::array models{preempt_model::none, preempt_model::full, preempt_model::rt};

kernel::call wait_bitset(unsigned word, std::uint32_t bits) {
    return with_bits(with_value(call_of(op_code::wait_bitset, word), 0), bits);
}
kernel::call wake_bitset(unsigned word, int count, std::uint32_t bits) {
    return with_bits(with_counts(call_of(op_code::wake_bitset, word), count, 0), bits);
}

}  // namespace

TEST_CASE(
    "wait and wake: as many as asked, by priority, equals first come first served, everybody else last") {
    for (const preempt_model model : models) {
        stage s("v6.8");
        s.config.preempt = model;
        const unsigned gate = s.plain_word("gate");
        const unsigned f = s.task(fair("f"));
        const unsigned a = s.task("a", 10);
        const unsigned b = s.task("b", 20);
        const unsigned c = s.task("c", 20);
        const unsigned d = s.task("d", 30);
        const unsigned g = s.task(fair("g"));
        const unsigned waker = s.task("waker", 50);
        s.play([&] {
            for (const unsigned t : {f, a, b, c, d, g})
                s.begin(t, wait_for(gate, 0));
            CHECK(s.word(gate).bucket->waiters.peek() == 6);
            for (int i = 0; i < 6; ++i)
                CHECK(s.call(waker, wake(gate, 1)) == 1);
            CHECK(s.call(waker, wake(gate, 1)) == 0);
            std::string order = s.order();
            order.erase(order.find("waker"));  // the last wake returned 0, too
            CHECK(order == "dbcafg");
            for (const unsigned t : {f, a, b})
                s.begin(t, wait_for(gate, 0));
            CHECK(s.call(waker, wake(gate, 2)) == 2);
            CHECK(s.busy(f));
            CHECK(s.call(waker, wake(gate, 100)) == 1);
            CHECK(s.word(gate).bucket->waiters.peek() == 0);
        });
    }
}

TEST_CASE("wait and wake: a count of zero wakes one, as it always did") {
    stage s("v6.8");
    const unsigned gate = s.plain_word("gate");
    const unsigned a = s.task("a", 10);
    const unsigned b = s.task("b", 10);
    const unsigned waker = s.task("waker", 50);
    s.play([&] {
        s.begin(a, wait_for(gate, 0));
        s.begin(b, wait_for(gate, 0));
        CHECK(s.call(waker, wake(gate, 0)) == 1);
        CHECK(s.busy(b));
    });
}

TEST_CASE("wait and wake: the place in the queue is that of the task's own priority, not of a lent one") {
    stage s("v6.8");
    const unsigned lock = s.pi_word("lock");
    const unsigned gate = s.plain_word("gate");
    const unsigned low = s.task("low", 10);
    const unsigned high = s.task("high", 20);
    const unsigned lender = s.task("lender", 40);
    const unsigned waker = s.task("waker", 50);
    s.play([&] {
        s.call(low, mutex_lock(lock));
        s.begin(lender, lock_pi(lock));
        s.begin(low, wait_for(gate, 0));
        s.begin(high, wait_for(gate, 0));
        CHECK(s.call(waker, wake(gate, 1)) == 1);
        CHECK(!s.busy(high));
        CHECK(s.busy(low));
    });
}

TEST_CASE("wait and wake: words do not disturb each other, even in one bucket") {
    stage s("v6.8");
    const unsigned gate = s.plain_word("gate");
    const unsigned other = s.plain_word("other");
    const unsigned a = s.task("a", 10);
    const unsigned b = s.task("b", 20);
    const unsigned waker = s.task("waker", 50);
    s.play([&] {
        s.begin(a, wait_for(gate, 0));
        s.begin(b, wait_for(other, 0));
        CHECK(s.call(waker, wake(gate, 10)) == 1);
        CHECK(s.result(a) == 0);
        CHECK(s.busy(b));
    });
}

TEST_CASE("bitsets: a wake counts and wakes only those whose bits overlap") {
    stage s("v6.8");
    const unsigned gate = s.plain_word("gate");
    const unsigned a = s.task("a", 30);
    const unsigned b = s.task("b", 20);
    const unsigned c = s.task("c", 10);
    const unsigned waker = s.task("waker", 50);
    s.play([&] {
        s.begin(a, wait_bitset(gate, 1));
        s.begin(b, wait_bitset(gate, 2));
        s.begin(c, wait_bitset(gate, 3));
        CHECK(s.call(waker, wake_bitset(gate, 10, 4)) == 0);
        CHECK(s.call(waker, wake_bitset(gate, 1, 2)) == 1);
        CHECK(!s.busy(b));
        CHECK(s.call(waker, wake_bitset(gate, 10, 2)) == 1);
        CHECK(!s.busy(c));
        CHECK(s.call(waker, wake(gate, 10)) == 1);  // all bits
        CHECK(!s.busy(a));
    });
}

TEST_CASE("requeue: wakes the first, moves the next, counts both") {
    for (const std::string& version : versions) {
        for (const unsigned second_bucket : {0U, 1U}) {
            CAPTURE(version);
            CAPTURE(second_bucket);
            stage s(version);
            const unsigned gate = s.plain_word("gate");
            const unsigned hall = s.plain_word("hall", second_bucket);
            const unsigned a = s.task("a", 10);
            const unsigned b = s.task("b", 20);
            const unsigned c = s.task("c", 30);
            const unsigned d = s.task("d", 5);
            const unsigned waker = s.task("waker", 50);
            s.play([&] {
                for (const unsigned t : {a, b, c, d})
                    s.begin(t, wait_for(gate, 0));
                CHECK(s.call(waker, requeue(gate, hall, 1, 2)) == 3);
                CHECK(s.result(c) == 0);
                CHECK(s.call(waker, wake(gate, 10)) == 1);
                CHECK(s.result(d) == 0);
                CHECK(s.call(waker, wake(hall, 1)) == 1);
                CHECK(s.result(b) == 0);
                CHECK(s.call(waker, wake(hall, 10)) == 1);
                CHECK(s.result(a) == 0);
                CHECK(s.word(gate).bucket->waiters.peek() == 0);
                CHECK(s.word(hall).bucket->waiters.peek() == 0);
            });
        }
    }
}

TEST_CASE("requeue: CMP_REQUEUE does so if the word has the expected value") {
    stage s("v6.8");
    const unsigned gate = s.plain_word("gate");
    const unsigned hall = s.plain_word("hall");
    const unsigned a = s.task("a", 10);
    const unsigned waker = s.task("waker", 50);
    s.play([&] {
        s.begin(a, wait_for(gate, 0));
        const auto request = [&](std::uint32_t value) {
            return with_counts(with_value(call_of(op_code::cmp_requeue, gate, hall), value), 0, 1);
        };
        CHECK(s.call(waker, request(1)) == -EAGAIN);
        CHECK(s.call(waker, request(0)) == 1);
        CHECK(s.call(waker, wake(hall, 1)) == 1);
        CHECK(s.result(a) == 0);
    });
}

TEST_CASE("requeue: within a bucket a waiter keeps its place, into another it goes behind its equals") {
    for (const unsigned second_bucket : {0U, 1U}) {
        stage s("v6.8");
        const unsigned gate = s.plain_word("gate");
        const unsigned hall = s.plain_word("hall", second_bucket);
        const unsigned a = s.task("a", 10);
        const unsigned b = s.task("b", 10);
        const unsigned waker = s.task("waker", 50);
        s.play([&] {
            s.begin(a, wait_for(gate, 0));
            s.begin(b, wait_for(hall, 0));
            CHECK(s.call(waker, requeue(gate, hall, 0, 1)) == 1);
            CHECK(s.call(waker, wake(hall, 1)) == 1);
            CHECK(s.busy(a) == (second_bucket == 1));
            CHECK(s.busy(b) == (second_bucket == 0));
        });
    }
}

TEST_CASE("requeue: a moved waiter can still time out, and be interrupted") {
    for (const unsigned second_bucket : {0U, 1U}) {
        stage s("v6.8");
        const unsigned gate = s.plain_word("gate");
        const unsigned hall = s.plain_word("hall", second_bucket);
        const unsigned a = s.task("a", 10);
        const unsigned b = s.task("b", 10);
        const unsigned waker = s.task("waker", 50);
        s.play([&] {
            s.begin(a, with_timeout(wait_for(gate, 0), 5'000));
            s.begin(b, wait_for(gate, 0));
            CHECK(s.call(waker, requeue(gate, hall, 0, 2)) == 2);
            s.pass_time(6'000);
            CHECK(s.result(a) == -ETIMEDOUT);
            s.interrupt(b, false);
            CHECK(s.result(b) == -EINTR);
            CHECK(s.word(hall).bucket->waiters.peek() == 0);
            CHECK(s.word(gate).bucket->waiters.peek() == 0);
        });
    }
}

TEST_CASE("wake_op: changes the second word and compares its old value") {
    using op = kernel::wake_op_kind;
    using cmp = kernel::wake_op_compare;
    struct row {
        op operation;
        std::uint32_t operand;
        cmp compare;
        std::uint32_t with;
        std::uint32_t after;  // before it is 6
        bool second_too;
    };
    constexpr std::array rows{
        row{op::set, 9, cmp::eq, 6, 9, true},          row{op::set, 9, cmp::eq, 9, 9, false},
        row{op::add, 2, cmp::ne, 6, 8, false},         row{op::add, 0xffffffff, cmp::ne, 5, 5, true},
        row{op::bit_or, 1, cmp::lt, 7, 7, true},       row{op::bit_or, 1, cmp::lt, 6, 7, false},
        row{op::and_not, 2, cmp::le, 6, 4, true},      row{op::and_not, 2, cmp::le, 5, 4, false},
        row{op::bit_xor, 3, cmp::gt, 5, 5, true},      row{op::bit_xor, 3, cmp::gt, 6, 5, false},
        row{op::bit_xor, 3, cmp::ge, 6, 5, true},      row{op::bit_xor, 3, cmp::ge, 7, 5, false},
        row{op::set, 0, cmp::gt, 0xffffffff, 0, true},  // the comparison is a signed one
    };
    for (const row& r : rows) {
        CAPTURE(static_cast<int>(r.operation));
        CAPTURE(static_cast<int>(r.compare));
        for (const unsigned second_bucket : {0U, 1U}) {
            stage s("v6.8");
            const unsigned first = s.plain_word("first");
            const unsigned second = s.plain_word("second", second_bucket, 6);
            const unsigned a = s.task("a", 10);
            const unsigned b = s.task("b", 10);
            const unsigned c = s.task("c", 10);
            const unsigned waker = s.task("waker", 50);
            s.play([&] {
                s.begin(a, wait_for(first, 0));
                s.begin(b, wait_for(second, 6));
                s.begin(c, wait_for(second, 6));
                kernel::call c1 = with_counts(call_of(op_code::wake_op, first, second), 1, 1);
                c1.operation = r.operation;
                c1.operand = r.operand;
                c1.compare = r.compare;
                c1.compare_with = r.with;
                CHECK(s.call(waker, c1) == (r.second_too ? 2 : 1));
                CHECK(s.value(second) == r.after);
                CHECK(!s.busy(a));
                CHECK(s.busy(b) == !r.second_too);
                CHECK(s.busy(c));
            });
        }
    }
}

// ---- Signals

TEST_CASE("signals: what happens to an interrupted call, with and without SA_RESTART") {
    struct row {
        const char* what;
        kernel::call c;
        long with_restart;  // stage::blocked: it restarts, and waits again
        long without_restart;
    };
    constexpr unsigned lock = 0;
    constexpr unsigned gate = 1;
    const std::array rows{
        row{"WAIT", wait_for(gate, 0), stage::blocked, -EINTR},
        row{"WAIT with a timeout", with_timeout(wait_for(gate, 0)), -EINTR, -EINTR},
        row{"LOCK_PI", lock_pi(lock), stage::blocked, stage::blocked},
        row{"LOCK_PI with a timeout", with_timeout(lock_pi(lock)), stage::blocked, stage::blocked},
        row{"mutex_lock", mutex_lock(lock), stage::blocked, stage::blocked},
        row{"WAIT_REQUEUE_PI before the requeue", wait_requeue_pi(gate, lock), stage::blocked,
            stage::blocked},
        row{"WAIT_REQUEUE_PI with a timeout", with_timeout(wait_requeue_pi(gate, lock)), stage::blocked,
            stage::blocked},
        row{"nanosleep", sleep_for(1'000'000), -EINTR, -EINTR},
    };
    for (const std::string& version : versions) {
        for (const row& r : rows) {
            for (const bool restart : {true, false}) {
                CAPTURE(version);
                CAPTURE(std::string(r.what));
                CAPTURE(restart);
                stage s(version);
                s.pi_word("lock");
                s.plain_word("gate");
                const unsigned owner = s.task("owner", 10);
                const unsigned a = s.task("a", 20);
                s.play([&] {
                    s.call(owner, mutex_lock(lock));
                    s.begin(a, r.c);
                    CHECK(s.busy(a));
                    s.interrupt(a, restart);
                    CHECK(s.result(a) == (restart ? r.with_restart : r.without_restart));
                    if (!s.busy(a)) return;
                    s.interrupt(a, restart);
                    CHECK(s.busy(a));
                    if (r.c.has_timeout) {
                        // It restarts with the end that it had, not with the length.
                        s.pass_time(2'000'000);
                        CHECK(s.result(a) == -ETIMEDOUT);
                    }
                });
            }
        }
    }
}

TEST_CASE("signals: a call that restarts looks at the word again") {
    stage s("v6.8");
    const unsigned gate = s.plain_word("gate");
    const unsigned a = s.task("a", 20);
    const unsigned b = s.task("b", 10);
    s.play([&] {
        s.begin(a, wait_for(gate, 0));
        s.call(b, store(gate, 1));
        s.interrupt(a, true);
        CHECK(s.result(a) == -EAGAIN);
    });
}

TEST_CASE("signals: one that finds nobody asleep is gone when the next call begins") {
    stage s("v6.8");
    const unsigned gate = s.plain_word("gate");
    const unsigned a = s.task("a", 20);
    const unsigned b = s.task("b", 10);
    s.play([&] {
        s.interrupt(a, false);
        s.begin(a, wait_for(gate, 0));
        CHECK(s.busy(a));
        CHECK(s.call(b, wake(gate, 1)) == 1);
        CHECK(s.result(a) == 0);
    });
}
