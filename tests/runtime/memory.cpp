// Data races and lifetimes. Where a violation may be found in an access, no CHECK is around it: the execution
// leaves the task by an exception.

#include <string>

#include <doctest/doctest.h>

#include "tests/runtime/small_program.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

using cell_user = std::function<void(guarded<int>&)>;

// Two tasks that use the same guarded cell, in every schedule.
search_result two_users(const cell_user& a, const cell_user& b, bool a_locks = false, bool b_locks = false) {
    small_program p([&](small_program& q) {
        auto* const data = q.make_guarded_cell<int>("data");
        auto* const lock = q.make_lock(inner_kind, "lock");
        const auto add = [&](const char* name, const cell_user& use, bool locks) {
            q.task({.name = name}, [&use, locks, data, lock] {
                small_program::step("before");
                if (locks) lock->lock();
                use(*data);
                if (locks) lock->unlock();
            });
        };
        add("alice", a, a_locks);
        add("bob", b, b_locks);
    });
    return explore(p);
}

const cell_user reads = [](guarded<int>& data) { (void)data.get(); };
const cell_user writes = [](guarded<int>& data) { data.set(1); };

// A waiter as kernels have it: on its task's stack, known to others.
struct waiter : tracked {
    guarded<int> woken{"woken"};
    shared<int> word{"word"};
};

}  // namespace

TEST_CASE("data race: unordered accesses, one of them a write, are reported in every schedule") {
    const search_result write_write = two_users(writes, writes);
    CHECK(write_write.violations == write_write.executions);
    CHECK(write_write.first->broken == &rules::data_race);
    CHECK(contains(write_write.first->message, "'data' is written twice at once"));

    const search_result read_write = two_users(reads, writes);
    CHECK(read_write.violations == read_write.executions);
    CHECK(read_write.identities == std::set<std::string>{"data-race: data is read while it is written",
                                                         "data-race: data is written while it is read"});
}

TEST_CASE("data race: reads alone are silent") {
    CHECK(two_users(reads, reads).verdicts == std::set<verdict>{verdict::completed});
}

TEST_CASE("data race: a common lock orders, a lock that only one of them takes does not") {
    CHECK(two_users(writes, writes, true, true).verdicts == std::set<verdict>{verdict::completed});
    CHECK(two_users(reads, writes, true, true).verdicts == std::set<verdict>{verdict::completed});
    const search_result one_sided = two_users(writes, writes, true, false);
    CHECK(one_sided.violations == one_sided.executions);
}

TEST_CASE("data race: a lock handed over to a spinner orders as well") {
    small_program p([](small_program& q) {
        auto* const data = q.make_guarded_cell<int>("data");
        auto* const lock = q.make_lock(inner_kind, "lock");
        for (int i = 0; i < 3; ++i) {
            q.task({}, [=] {
                lock->lock();
                data->set(data->get() + 1);
                lock->unlock();
            });
        }
        q.on_finish = [data] { CHECK(data->peek() == 3); };
    });
    CHECK(explore(p).verdicts == std::set<verdict>{verdict::completed});
}

TEST_CASE("data race: publishing through a shared flag orders, unless the flag is relaxed") {
    const auto publish = [](bool relaxed_store, bool relaxed_load) {
        small_program p([=](small_program& q) {
            auto* const data = q.make_guarded_cell<int>("data");
            auto* const flag = q.make_shared_cell<int>("flag");
            q.task({}, [=] {
                data->set(42);
                relaxed_store ? flag->store_relaxed(1) : flag->store(1);
            });
            q.task({}, [=] {
                if ((relaxed_load ? flag->load_relaxed() : flag->load()) == 1) {
                    const int seen = data->get();
                    CHECK(seen == 42);
                }
            });
        });
        return explore(p);
    };
    CHECK(publish(false, false).verdicts == std::set<verdict>{verdict::completed});
    CHECK(publish(true, false).violations > 0);
    CHECK(publish(false, true).violations > 0);
}

TEST_CASE("data race: read-modify-writes order in both directions") {
    small_program p([](small_program& q) {
        auto* const data = q.make_guarded_cell<int>("data");
        auto* const turn = q.make_shared_cell<int>("turn");
        for (int i = 0; i < 2; ++i) {
            // Whoever comes first hands the data over to the other.
            q.task({}, [=] {
                int expected = 0;
                if (turn->compare_exchange(expected, 1)) {
                    return;
                }
                CHECK(expected == 1);
                data->set(data->get() + 1);
            });
        }
    });
    CHECK(explore(p).verdicts == std::set<verdict>{verdict::completed});

    // A failed compare_exchange releases nothing.
    small_program failed([](small_program& q) {
        auto* const data = q.make_guarded_cell<int>("data");
        auto* const word = q.make_shared_cell<int>("word", 7);
        q.task({}, [=] {
            data->set(1);
            int expected = 0;
            CHECK(!word->compare_exchange(expected, 1));
        });
        q.task({}, [=] {
            CHECK(word->exchange(7) == 7);
            (void)data->get();
        });
    });
    CHECK(explore(failed).violations > 0);
}

TEST_CASE("data race: a wake-up orders what came before it with what the sleeper does next") {
    const auto run = [](bool after) {
        small_program p([after](small_program& q) {
            auto* const data = q.make_guarded_cell<int>("data");
            q.task({.name = "sleeper"}, [=] {
                here().sleep({.object = "a call"});
                const int seen = data->get();
                CHECK(seen == (after ? data->peek() : 1));
            });
            q.task({.name = "waker", .start = start_mode::held}, [=] {
                if (!after) data->set(1);
                here().wake(0);
                if (after) data->set(1);
            });
            q.task({.name = "starter"}, [] {
                while (here().state(0) != task_state::sleeping) {
                    here().retry("until it sleeps");
                }
                here().release(1);
            });
        });
        return search(p, "random", 100);
    };
    CHECK(run(false).verdicts == std::set<verdict>{verdict::completed});
    CHECK(run(true).violations > 0);
}

TEST_CASE("data race: starting a held task orders what came before it") {
    small_program p([](small_program& q) {
        auto* const data = q.make_guarded_cell<int>("data");
        const actor child =
            q.task({.name = "child", .start = start_mode::held}, [=] { CHECK(data->get() == 5); });
        q.task({.name = "parent"}, [=] {
            data->set(5);
            here().release(child);
            small_program::step("after");
        });
    });
    CHECK(explore(p).verdicts == std::set<verdict>{verdict::completed});
}

TEST_CASE("data race: a write after several concurrent reads is checked against each of them") {
    const auto run = [](unsigned readers_waited_for) {
        small_program p([readers_waited_for](small_program& q) {
            auto* const data = q.make_guarded_cell<int>("data");
            auto* const done = q.make_shared_cell<unsigned>("done");
            for (unsigned i = 0; i < 3; ++i) {
                q.task({}, [=] {
                    (void)data->get();
                    if (i < readers_waited_for) done->update([](unsigned n) { return n + 1; });
                });
            }
            q.task({.name = "writer"}, [=] {
                while (done->load() < readers_waited_for) {
                    here().retry("until they have read");
                }
                data->set(1);
            });
        });
        return search(p, "random", 300);
    };
    CHECK(run(3).verdicts == std::set<verdict>{verdict::completed});
    const search_result missed_one = run(2);
    CHECK(missed_one.violations == missed_one.executions);  // also when that one read first
    CHECK(missed_one.first->broken == &rules::data_race);
}

TEST_CASE("data race: what somebody learns between two releases comes with the second only") {
    const auto run = [](bool waits_for_second) {
        small_program p([waits_for_second](small_program& q) {
            auto* const data = q.make_guarded_cell<int>("data");
            auto* const written = q.make_shared_cell<int>("written");
            auto* const first = q.make_shared_cell<int>("first");
            auto* const second = q.make_shared_cell<int>("second");
            const auto wait_for = [](auto* flag) {
                while (flag->load() == 0) {
                    here().retry("a flag");
                }
            };
            q.task({.name = "writer"}, [=] {
                data->set(1);
                written->store(1);
            });
            q.task({.name = "between"}, [=] {
                first->store(1);
                wait_for(written);
                second->store(1);
            });
            q.task({.name = "reader"}, [=] {
                wait_for(first);
                if (waits_for_second) wait_for(second);
                (void)data->get();
            });
        });
        return search(p, "random", 300);
    };
    CHECK(run(true).verdicts == std::set<verdict>{verdict::completed});
    const search_result too_early = run(false);
    CHECK(too_early.violations == too_early.executions);
    REQUIRE(too_early.first);
    CHECK(too_early.first->broken == &rules::data_race);
}

TEST_CASE("data race: setting up and rules may touch anything") {
    small_program p([](small_program& q) {
        auto* const data = q.make_guarded_cell<int>("data", 3);
        data->set(4);
        q.task({}, [=] { data->set(data->get() + 1); });
        q.on_finish = [data] { CHECK(data->peek() == 5); };
    });
    CHECK(follow(p).end == verdict::completed);
}

TEST_CASE("shared memory: the operations do what they say") {
    small_program p([](small_program& q) {
        auto* const x = q.make_shared_cell<int>("x", 1);
        q.task({}, [=] {
            CHECK(x->load() == 1);
            x->store(2);
            CHECK(x->exchange(3) == 2);
            int expected = 9;
            CHECK(!x->compare_exchange(expected, 4));
            CHECK(expected == 3);
            CHECK(x->compare_exchange(expected, 4));
            CHECK(x->update([](int v) { return v * 10; }) == 4);
            CHECK(x->load_relaxed() == 40);
            x->store_relaxed(41);
            CHECK(x->peek() == 41);
            x->poke(42);
            CHECK(x->load() == 42);
            CHECK(here().points() == 9);  // peek and poke are none
        });
    });
    CHECK(follow(p).end == verdict::completed);
}

TEST_CASE(
    "shared memory: under the lock that all writers hold it may be read without a point, and only there") {
    const auto run = [](bool writer_locks) {
        small_program p([writer_locks](small_program& q) {
            auto* const owner = q.make_shared_cell<int>("owner");
            auto* const lock = q.make_lock(inner_kind, "wait_lock");
            q.task({.name = "writer"}, [=] {
                if (writer_locks) lock->lock();
                owner->store(1);
                owner->store_locked(2);
                if (writer_locks) lock->unlock();
            });
            q.task({.name = "reader"}, [=] {
                lock->lock();
                const std::uint32_t points = here().points();
                const int seen = owner->load_locked();
                CHECK(here().points() == points);
                CHECK((!writer_locks || seen != 1));
                lock->unlock();
            });
        });
        return explore(p);
    };
    CHECK(run(true).verdicts == std::set<verdict>{verdict::completed});
    const search_result found = run(false);
    REQUIRE(found.first);
    CHECK(found.first->broken == &rules::data_race);
    CHECK(contains(found.first->message, "'owner' is written while it is read under a lock"));
}

TEST_CASE("shared memory: an access that is part of the point before it orders like any other") {
    small_program p([](small_program& q) {
        auto* const data = q.make_guarded_cell<int>("data");
        auto* const flag = q.make_shared_cell<int>("flag");
        q.task({}, [=] {
            data->set(42);
            small_program::step("the store belongs to this");
            const std::uint32_t points = here().points();
            flag->store_here(1);
            CHECK(here().points() == points);
        });
        q.task({}, [=] {
            if (flag->load() == 1) {
                const int seen = data->get();
                CHECK(seen == 42);
            }
        });
    });
    CHECK(explore(p).verdicts == std::set<verdict>{verdict::completed});
}

// ---- Lifetimes

TEST_CASE("lifetime: touching a waiter after its task has left the scope is reported, in the other's name") {
    const auto run = [](auto touch) {
        small_program p([touch](small_program& q) {
            auto** const published = q.machine().arena().template make<waiter*>(nullptr);
            q.task({.name = "sleeper"}, [=] {
                const scoped<waiter> w("futex_q");
                *published = w.get();
                small_program::step("in scope");
            });
            q.task({.name = "late"}, [=] {
                waiter* const w = *published;
                small_program::step("about to touch it");
                if (w != nullptr) touch(*w);
            });
        });
        run_options options;
        options.rules.erase(rules::data_race);
        return explore(p, options);
    };
    const search_result guarded_cell = run([](waiter& w) { w.woken.set(1); });
    REQUIRE(guarded_cell.first);
    CHECK(guarded_cell.first->broken == &rules::use_after_scope);
    CHECK(guarded_cell.first->message ==
          "late touches 'woken' of the futex_q of sleeper, whose lifetime has ended");
    CHECK(guarded_cell.identities ==
          std::set<std::string>{"use-after-scope: woken of a futex_q of another task"});
    CHECK(guarded_cell.violations < guarded_cell.executions);  // not while it is alive

    const search_result shared_cell = run([](waiter& w) { (void)w.word.load(); });
    REQUIRE(shared_cell.first);
    CHECK(shared_cell.first->broken == &rules::use_after_scope);
    CHECK(contains(shared_cell.first->message, "'word'"));

    CHECK(run([](waiter& w) { (void)w.word.peek(); }).verdicts == std::set<verdict>{verdict::completed});
}

TEST_CASE("lifetime: a task that outlives its own object is reported, too") {
    small_program p([](small_program& q) {
        q.task({.name = "sleeper"}, [] {
            waiter* left = nullptr;
            {
                const scoped<waiter> w("futex_q");
                w->woken.set(1);
                left = w.get();
            }
            left->woken.set(2);
        });
    });
    const run_result r = follow(p);
    REQUIRE(r.end == verdict::violation);
    CHECK(r.failure.identity == "use-after-scope: woken of a futex_q of its own task");
}

TEST_CASE("lifetime: a raw lock in a dead object is reported as well") {
    struct with_lock : tracked {
        raw_spinlock lock{inner_kind, "object lock"};
    };
    small_program p([](small_program& q) {
        q.task({.name = "owner"}, [] {
            with_lock* left = nullptr;
            {
                const scoped<with_lock> object("pi_state");
                object->lock.lock();
                object->lock.unlock();
                left = object.get();
            }
            left->lock.lock();
        });
    });
    const run_result r = follow(p);
    REQUIRE(r.end == verdict::violation);
    CHECK(r.failure.broken == &rules::use_after_scope);
    CHECK(contains(r.failure.message, "'object lock'"));
}

TEST_CASE("lifetime: an object that is nobody's local variable ends when the program says so") {
    small_program p([](small_program& q) {
        auto* const object = make_tracked<waiter>("pi_state", "of the lock", no_actor);
        q.task({.name = "freer"}, [object] {
            object->woken.set(1);
            end_lifetime(*object);
        });
        q.task({.name = "user"}, [object] { (void)object->word.load(); });
    });
    const search_result found = explore(p);
    REQUIRE(found.first);
    CHECK(found.first->broken == &rules::use_after_scope);
    CHECK(found.violations < found.executions);
}

TEST_CASE("lifetime: cells made inside and outside of an object belong to the right one") {
    struct outer : tracked {
        guarded<int> before{"before"};
        waiter* inner = make_tracked<waiter>("inner", "", no_actor);
        guarded<int> after{"after"};
    };
    small_program p([](small_program& q) {
        auto* const o = make_tracked<outer>("outer", "", no_actor);
        auto* const free_standing = q.make_guarded_cell<int>("free-standing");
        q.task({}, [=] {
            end_lifetime(*o->inner);
            o->before.set(1);
            o->after.set(1);
            end_lifetime(*o);
            free_standing->set(1);
            CHECK(o->inner->life().type == std::string("inner"));
            o->after.set(2);
        });
    });
    const run_result r = follow(p);
    REQUIRE(r.end == verdict::violation);
    CHECK(contains(r.failure.message, "'after' of the outer"));
}
