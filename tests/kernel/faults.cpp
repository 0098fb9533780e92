// The kernel and user memory: a page that is absent costs another attempt and nothing else; one that does not
// allow an access makes the call fail, and leaves nothing behind in the kernel.

#include <algorithm>
#include <array>
#include <cerrno>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/sanitizer.hpp"
#include "tests/kernel/stage.hpp"
#include "tests/support/effort.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

using kernel::page_access;

const std::array<std::string, 7> versions{"v2.6.31", "v4.8", "v4.12", "v4.14", "v5.15", "v6.8", "golden"};

call protect(unsigned word, page_access access) {
    call c = call_of(op_code::protect, word);
    c.access = access;
    return c;
}

std::string call_and_result(const call& c, long result) {
    return fmt::format("{} {}", kernel::info(c.op).name, kernel::result_name(result));
}

}  // namespace

// ---- Pages that are absent

namespace {

// What everybody is told, and what the words say in the end, of every schedule of some small programs.
struct outcomes {
    std::set<std::string> all;
    bool clean = false;
    unsigned faults_most = 0;  // in one execution
};

using small_program = std::function<void(kernel_program&, unsigned lock, unsigned gate, std::string& story)>;

outcomes outcomes_of(const std::string& version, unsigned faults, const small_program& body) {
    outcomes found;
    std::string story;
    kernel_program p(
        version,
        [&](kernel_program& q) {
            const unsigned lock = kernel::add_word(q.model(), {"lock", word_kind::pi, 0, 0, true, faults});
            const unsigned gate =
                kernel::add_word(q.model(), {"gate", word_kind::plain, 0, 0, false, faults});
            story.clear();
            body(q, lock, gate, story);
            q.on_finish = [&, lock, gate] {
                found.all.insert(fmt::format("{}lock {} gate {}", story, kernel::word_text(q.model(), lock),
                                             kernel::word_text(q.model(), gate)));
                const unsigned left = q.model().words[lock]->faults_left + q.model().words[gate]->faults_left;
                found.faults_most = std::max(found.faults_most, 2 * faults - left);
            };
        },
        1);
    const search_result every = explore(p);
    CHECK(every.complete);
    found.clean = every.clean();
    return found;
}

// Performs it and adds what it returned.
long told(kernel_program& q, std::string& story, const call& c) {
    const long result = q.perform(c);
    story += fmt::format("{} {}, ", here().name(here().self()), call_and_result(c, result));
    return result;
}

const std::array<small_program, 4> small_programs{
    // A lock and its owner
    [](kernel_program& q, unsigned lock, unsigned /*gate*/, std::string& story) {
        const unsigned owner =
            q.task(fifo("owner", 10), [&q, &story, lock] { told(q, story, unlock_pi(lock)); });
        q.task(fifo("locker", 20, start_mode::arrives), [&q, &story, lock] {
            if (told(q, story, with_timeout(lock_pi(lock))) == 0) told(q, story, unlock_pi(lock));
        });
        kernel::set_initial_owner(q.model(), lock, owner);
    },
    // An owner that ends
    [](kernel_program& q, unsigned lock, unsigned /*gate*/, std::string& story) {
        const unsigned owner = q.task(fifo("owner", 10), [&q] { q.perform(call_of(op_code::exit)); });
        q.task(fifo("locker", 5, start_mode::arrives), [&q, &story, lock] {
            if (told(q, story, lock_pi(lock)) == 0) told(q, story, unlock_pi(lock));
        });
        kernel::set_initial_owner(q.model(), lock, owner);
    },
    // A word to wait on
    [](kernel_program& q, unsigned /*lock*/, unsigned gate, std::string& story) {
        q.task(fifo("sleeper", 10), [&q, &story, gate] { told(q, story, with_timeout(wait_for(gate, 0))); });
        q.task(fifo("waker", 20, start_mode::arrives), [&q, &story, gate, lock = 0U] {
            call c = call_of(op_code::wake_op, lock, gate);
            c.operation = kernel::wake_op_kind::add;
            c.operand = 1;
            c.compare = kernel::wake_op_compare::eq;
            c.move_count = 1;
            told(q, story, c);
        });
    },
    // From the word to the lock
    [](kernel_program& q, unsigned lock, unsigned gate, std::string& story) {
        q.task(fifo("waiter", 10), [&q, &story, lock, gate] {
            if (told(q, story, with_timeout(wait_requeue_pi(gate, lock))) == 0)
                told(q, story, unlock_pi(lock));
        });
        q.task(fifo("requeuer", 20, start_mode::arrives),
               [&q, &story, lock, gate] { told(q, story, cmp_requeue_pi(gate, lock, 0)); });
    }};

}  // namespace

TEST_CASE("faults: a page that is absent changes no result") {
    for (const std::string& version : versions) {
        if (sanitizer::address && version != "golden") {
            continue;  // the same code, twenty times as slow
        }
        for (std::size_t i = 0; i < small_programs.size(); ++i) {
            CAPTURE(version);
            CAPTURE(i);
            const outcomes without = outcomes_of(version, 0, small_programs[i]);
            const outcomes with_faults = outcomes_of(version, 1, small_programs[i]);
            CHECK(without.clean == with_faults.clean);
            CHECK(without.all == with_faults.all);
            CHECK(without.faults_most == 0);
            CHECK(with_faults.faults_most >= 1);
        }
    }
}

TEST_CASE("faults: whether a page is absent is a decision of the schedule, as often as the word says") {
    for (const unsigned faults : {0U, 1U, 3U}) {
        CAPTURE(faults);
        std::string story;
        kernel_program p("golden", [&](kernel_program& q) {
            const unsigned lock = kernel::add_word(q.model(), {"lock", word_kind::pi, 0, 0, true, faults});
            small_programs[0](q, lock, 0, story);
        });
        CHECK(default_run(p).statistics.values == 0);  // unless the schedule says so it is there
        std::set<unsigned> values;
        execution e;
        const auto strategy = make_strategy("random").made;
        for (std::uint64_t i = 0; i < 500; ++i) {
            const run_result& r = e.run(p, *strategy, {}, execution_seed(1, i));
            CHECK(r.end == verdict::completed);
            values.insert(r.statistics.values);
        }
        CHECK(*values.begin() == 0);
        CHECK(*values.rbegin() == faults);
        CHECK(values.size() == faults + 1);
    }
}

TEST_CASE("faults: programs under contention stay clean") {
    // A word with OWNER_DIED may need another attempt when somebody marks it.
    const auto release = [](kernel_program& q, unsigned lock) {
        while (q.perform(unlock_pi(lock)) != 0) {}
    };
    const auto setup = [release](kernel_program& q) {
        const unsigned lock = kernel::add_word(q.model(), {"lock", word_kind::pi, 0, 0, true, 3});
        const unsigned owner = q.task(fifo("owner", 20, start_mode::arrives), [&q, lock] {
            q.expect(mutex_unlock(lock));
            q.expect(mutex_lock(lock));
            q.perform(call_of(op_code::exit));
        });
        q.task(fifo("waiter", 10, start_mode::arrives), [&q, release, lock] {
            if (q.expect(with_timeout(lock_pi(lock))) == 0) release(q, lock);
        });
        q.task(fifo("stealer", 30, start_mode::arrives), [&q, release, lock] {
            q.expect(lock_pi(lock));
            release(q, lock);
        });
        kernel::set_initial_owner(q.model(), lock, owner);
    };
    for (const std::string version : {"v5.15", "v6.8", "golden"}) {
        for (const char* strategy : {"random", "random:stay=7/8", "pct:depth=3"}) {
            CAPTURE(version);
            kernel_program p(version, setup, 2);
            const search_result found = search(p, strategy, repetitions(5'000));
            CHECK(found.identities == std::map<std::string, std::uint64_t>{});
            CHECK(!found.bound_reached);
        }
    }
}

// ---- Pages that do not allow it

TEST_CASE("faults: a call whose page does not allow what it needs says EFAULT and leaves nothing behind") {
    // `owner` owns `lock`, `sleeper` waits on `gate` for `lock`, `other` calls.
    enum : unsigned { lock, gate, mine, open };  // `mine` is the caller's, `open` anybody's
    struct row {
        call c;
        unsigned word;    // whose page it is
        bool reads_only;  // then a read-only page will do
    };
    call changes = call_of(op_code::wake_op, open, gate);
    changes.operation = kernel::wake_op_kind::add;
    changes.compare = kernel::wake_op_compare::ne;  // so that nobody is woken
    const std::array rows{
        row{with_timeout(wait_for(open, 0)), open, true},
        row{with_timeout(with_value(call_of(op_code::wait_bitset, open), 0)), open, true},
        row{changes, gate, false},
        row{with_counts(with_value(call_of(op_code::cmp_requeue, open, gate), 0), 1, 1), open, true},
        row{lock_pi(open), open, false},
        row{call_of(op_code::lock_pi2, open), open, false},
        row{trylock_pi(open), open, false},
        row{lock_pi(lock), lock, false},
        row{trylock_pi(lock), lock, false},
        row{unlock_pi(mine), mine, false},
        row{with_timeout(wait_requeue_pi(open, lock)), open, true},
        row{cmp_requeue_pi(gate, lock, 0), lock, false},
        row{cmp_requeue_pi(gate, lock, 1), lock, false},
        row{cmp_requeue_pi(gate, lock, 0), gate, true},
    };
    for (const std::string& version : versions) {
        for (const page_access access : {page_access::none, page_access::read_only}) {
            for (const row& r : rows) {
                const std::string name = kernel::info(r.c.op).name;
                if (r.c.op == op_code::lock_pi2 && !patches_of(version).contains(patch::lock_pi2)) continue;
                CAPTURE(version);
                CAPTURE(name);
                CAPTURE(r.word);
                stage s(version);
                s.pi_word("lock");
                s.plain_word("gate");
                s.pi_word("mine");
                s.pi_word("open");
                const unsigned owner = s.task("owner", 10);
                const unsigned sleeper = s.task("sleeper", 20);
                const unsigned other = s.task("other", 15);
                s.play([&] {
                    CHECK(s.call(owner, mutex_lock(lock)) == 0);
                    CHECK(s.call(other, mutex_lock(mine)) == 0);
                    s.begin(sleeper, wait_requeue_pi(gate, lock));
                    const std::uint32_t before = s.value(r.word);
                    CHECK(s.call(owner, protect(r.word, access)) == 0);
                    s.begin(other, r.c);
                    s.pass_time(2'000'000);
                    REQUIRE(!s.busy(other));
                    const bool refused = access == page_access::none || !r.reads_only;
                    CHECK((s.result(other) == -EFAULT) == refused);
                    CHECK(s.value(r.word) == before);
                    if (!refused) return;
                    kernel::hash_bucket& hb = *s.word(lock).bucket;
                    CHECK(s.busy(sleeper));
                    CHECK(!hb.spin.held());
                    CHECK(hb.queued == 1);  // the sleeper
                    CHECK(hb.waiters.peek() == 1);
                    CHECK(s.model().pi_states_count == 0);
                    CHECK(s.urgency(owner) == 10);
                    // When the page is back so is everything else.
                    CHECK(s.call(owner, protect(r.word, page_access::read_write)) == 0);
                    CHECK(s.call(owner, cmp_requeue_pi(gate, lock, 0)) == 1);
                    CHECK(s.call(owner, mutex_unlock(lock)) == 0);
                    CHECK(s.result(sleeper) == 0);
                });
            }
        }
    }
}

TEST_CASE("faults: an unlocker that cannot write the word keeps the lock, and its waiter waits") {
    for (const std::string& version : versions) {
        for (const page_access access : {page_access::none, page_access::read_only}) {
            CAPTURE(version);
            stage s(version);
            const unsigned lock = s.pi_word("lock");
            const unsigned owner = s.task("owner", 10);
            const unsigned waiter = s.task("waiter", 20);
            s.play([&] {
                CHECK(s.call(owner, mutex_lock(lock)) == 0);
                s.begin(waiter, lock_pi(lock));
                CHECK(s.call(owner, protect(lock, access)) == 0);
                CHECK(s.call(owner, unlock_pi(lock)) == -EFAULT);
                CHECK(s.busy(waiter));
                CHECK(s.text(lock) == "owner|WAITERS");
                CHECK(s.urgency(owner) == 20);
                const kernel::pi_state& p = *s.model().pi_states[0];
                CHECK(p.owner.peek() == &s.kernel_task(owner));
                CHECK(p.pi_mutex.owner.peek() ==
                      kernel::owner_word(&s.kernel_task(owner), kernel::has_waiters));
                CHECK(s.call(owner, protect(lock, page_access::read_write)) == 0);
                CHECK(s.call(owner, unlock_pi(lock)) == 0);
                CHECK(s.result(waiter) == 0);
                CHECK(s.call(waiter, unlock_pi(lock)) == 0);
                CHECK(s.text(lock) == "0");
            });
        }
    }
}

TEST_CASE("faults: calls that touch no word do not mind what its page allows") {
    for (const std::string& version : versions) {
        CAPTURE(version);
        stage s(version);
        const unsigned gate = s.plain_word("gate");
        const unsigned hall = s.plain_word("hall");
        const unsigned a = s.task("a", 10);
        const unsigned b = s.task("b", 20);
        s.play([&] {
            s.begin(b, wait_for(gate, 0));
            CHECK(s.call(a, protect(gate, page_access::none)) == 0);
            CHECK(s.call(a, protect(hall, page_access::none)) == 0);
            CHECK(s.call(a, requeue(gate, hall, 0, 1)) == 1);
            CHECK(s.call(a, wake(hall, 1)) == 1);
            CHECK(s.result(b) == 0);
        });
    }
}

TEST_CASE("faults: the walk of the robust list ends at a page that is gone") {
    for (const std::string& version : versions) {
        CAPTURE(version);
        stage s(version);
        const unsigned first = s.pi_word("first");
        const unsigned second = s.pi_word("second");
        const unsigned third = s.pi_word("third");
        const unsigned a = s.task("a", 10);
        s.play([&] {
            for (const unsigned word : {first, second, third}) {
                s.word(word).robust = true;
                CHECK(s.call(a, mutex_lock(word)) == 0);
            }
            CHECK(s.call(a, protect(second, page_access::read_only)) == 0);
            CHECK(s.call(a, call_of(op_code::exit)) == 0);
            CHECK(s.text(first) == "0|OWNER_DIED");
            CHECK(s.text(second) == "a");
            CHECK(s.text(third) == "a");
        });
    }
}

// ---- A new owner that cannot say so

TEST_CASE(
    "34b1a1ce1458: whoever cannot write its name into the word keeps pi_state and rt_mutex in agreement") {
    for (const std::string& version : versions) {
        if (!patches_of(version).contains(patch::fault_consistency)) continue;
        for (const page_access access : {page_access::none, page_access::read_only}) {
            CAPTURE(version);
            stage s(version);
            const unsigned lock = s.pi_word("lock");
            const unsigned owner = s.task("owner", 10);
            const unsigned a = s.task("a", 20);
            const unsigned b = s.task("b", 15);
            s.play([&] {
                CHECK(s.call(owner, mutex_lock(lock)) == 0);
                s.begin(a, lock_pi(lock));
                s.begin(b, lock_pi(lock));
                CHECK(s.call(owner, protect(lock, access)) == 0);
                CHECK(s.call(owner, call_of(op_code::exit)) == 0);
                // The lock went to `a`, which was not told so, and `b` waits for it.
                CHECK(s.result(a) == -EFAULT);
                CHECK(s.busy(b));
                CHECK(s.text(lock) == "owner|WAITERS");
                REQUIRE(s.model().pi_states_count == 1);
                const kernel::pi_state& p = *s.model().pi_states[0];
                CHECK(p.owner.peek() == &s.kernel_task(a));
                CHECK(p.pi_mutex.owner.peek() == kernel::owner_word(&s.kernel_task(a), kernel::has_waiters));
                CHECK(s.call(a, unlock_pi(lock)) == (access == page_access::none ? -EFAULT : -EPERM));
                // Only its end gives the lock on.
                CHECK(s.call(a, call_of(op_code::exit)) == 0);
                CHECK(s.result(b) == -EFAULT);
                CHECK(s.model().pi_states_count == 0);
            });
        }
    }
}

TEST_CASE("34b1a1ce1458: without it an rt_mutex is released by somebody who does not own it") {
    const auto setup = [](kernel_program& q) {
        const unsigned lock = q.pi_word("lock");
        const unsigned owner = q.task(fifo("owner", 10, start_mode::arrives), [&q, lock] {
            q.perform(unlock_pi(lock));
            q.perform(call_of(op_code::exit));
        });
        for (const task_spec& spec :
             {fifo("waiter", 20, start_mode::arrives), fifo("stealer", 30, start_mode::arrives)}) {
            q.task(spec, [&q, lock] {
                if (q.perform(with_timeout(lock_pi(lock))) == 0) q.perform(unlock_pi(lock));
                q.perform(call_of(op_code::exit));
            });
        }
        q.task(fifo("mapper", 40, start_mode::arrives),
               [&q, lock] { q.perform(protect(lock, page_access::read_only)); });
        kernel::set_initial_owner(q.model(), lock, owner);
    };
    const auto met = [&](bool patched) {
        kernel_program p("v5.15", setup, 2);
        if (!patched) p.config.patches.erase(patch::fault_consistency);
        std::set<std::string> identities;
        for (const auto& [identity, count] : search(p, "random:stay=7/8", repetitions(20'000)).identities)
            identities.insert(identity);
        return identities;
    };
    CHECK(met(false).count("kernel-warning: an rt_mutex is released by somebody who does not own it") == 1);
    CHECK(met(true).empty());
}
