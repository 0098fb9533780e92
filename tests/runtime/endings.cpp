// How an execution ends, what it leaves behind, and that it can be repeated.

#include <algorithm>
#include <array>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "scheduler/random_walk.hpp"
#include "tests/runtime/small_program.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

// Two tasks that race on a counter, with a value and an event thrown in.
small_program eventful_program() {
    return small_program([](small_program& q) {
        auto* const x = q.make_shared_cell<int>("x");
        q.event("signal", [x] { x->poke(x->peek() + 100); });
        for (const char* name : {"alice", "bob"}) {
            q.task({.name = name}, [x] {
                for (int i = 0; i < 3; ++i) {
                    const int v = x->load();
                    x->store(v + 1 + static_cast<int>(here().choose(2, "extra")));
                }
                here().story("done at {}", x->peek());
            });
        }
        q.on_describe = [x](std::string& to) { to += fmt::format("x={}", x->peek()); };
    });
}

struct counts_its_end {
    explicit counts_its_end(int& n) : ends(&n) {}
    counts_its_end(const counts_its_end&) = delete;
    counts_its_end& operator=(const counts_its_end&) = delete;
    ~counts_its_end() {
        ++*ends;
    }
    int* ends;
};

}  // namespace

TEST_CASE("endings: finish() runs once, after every task, and may find a violation") {
    int finished = 0;
    small_program p([&](small_program& q) {
        q.task({}, [] { small_program::step("one"); });
        q.task({}, [] { small_program::step("one"); });
        q.on_finish = [&finished] {
            ++finished;
            CHECK(here().state(0) == task_state::finished);
            CHECK(here().state(1) == task_state::finished);
            here().report(rules::assertion, "wrong at the end", "it is wrong at the end");
        };
    });
    const run_result r = follow(p);
    CHECK(finished == 1);
    CHECK(r.end == verdict::violation);
    CHECK(r.failure.identity == "assertion: wrong at the end");
}

TEST_CASE("endings: a program without tasks completes") {
    small_program p([](small_program&) {});
    CHECK(follow(p).end == verdict::completed);
    CHECK(explore(p).executions == 1);
}

TEST_CASE("endings: setting up may find a violation, too") {
    small_program p([](small_program& q) {
        q.task({}, [] { FAIL("never begins"); });
        here().report(rules::assertion, "bad set-up", "bad set-up");
    });
    CHECK(follow(p).end == verdict::violation);
}

TEST_CASE("endings: an exception that setting up throws reaches the caller and harms nothing else") {
    bool broken = true;
    small_program p([&](small_program& q) {
        q.task({}, [] { small_program::step("one"); });
        if (broken) throw std::runtime_error("no such scenario");
    });
    execution outer;
    replay none{schedule{}};
    small_program around([&](small_program& q) {
        q.task({}, [&] {
            execution inner;
            CHECK_THROWS_AS(inner.run(p, none, {}), std::runtime_error);
            CHECK(&here() == &outer);
            broken = false;
            CHECK(inner.run(p, none, {}).end == verdict::completed);
        });
    });
    replay around_none{schedule{}};
    CHECK(outer.run(around, around_none, {}).end == verdict::completed);
}

TEST_CASE("endings: the first violation ends the execution at once") {
    int after = 0;
    small_program p([&](small_program& q) {
        q.task({}, [&after] {
            here().report(rules::assertion, "first", "first");
            ++after;
            here().report(rules::assertion, "second", "second");
        });
        q.task({}, [&after] { ++after; });
    });
    const run_result r = follow(p);
    CHECK(r.end == verdict::violation);
    CHECK(r.failure.message == "first");
    CHECK(r.failure.who == 0);
    CHECK(after == 0);
}

TEST_CASE("endings: a rule that is switched off is passed over") {
    int after = 0;
    small_program p([&](small_program& q) {
        q.task({}, [&after] {
            here().report(rules::assertion, "first", "first");
            ++after;
        });
    });
    const run_result r = follow(p, {}, without(rules::assertion));
    CHECK(r.end == verdict::completed);
    CHECK(r.failure.broken == nullptr);
    CHECK(after == 1);
}

TEST_CASE("endings: with every rule off a deadlock merely ends the execution") {
    small_program p([](small_program& q) { q.task({}, [] { here().sleep({.object = "nothing"}); }); });
    run_options options;
    options.rules = rule_set::none();
    CHECK(follow(p, {}, options).end == verdict::completed);
}

TEST_CASE("endings: an execution can be run again after any end, and starts afresh") {
    int mode = 0;
    small_program p([&](small_program& q) {
        auto* const lock = q.make_lock(inner_kind, "lock");
        auto* const data = q.make_guarded_cell<int>("data");
        timer* const t = q.make_timer("t", [lock] {
            lock->lock();
            lock->unlock();
        });
        q.task({}, [=, &mode] {
            here().arm(*t, 10);
            lock->lock_irq();
            data->set(1);
            if (mode == 1) here().report(rules::assertion, "early", "early");
            if (mode == 2) {
                lock->unlock_irq();
                here().sleep({.object = "nothing"});
            }
            lock->unlock_irq();
        });
        q.task({}, [=] {
            lock->lock_irq();
            data->set(2);
            lock->unlock_irq();
        });
    });
    execution e;
    random_walk walk;
    std::set<verdict> ends;
    for (std::uint64_t i = 0; i < 300; ++i) {
        mode = static_cast<int>(i % 3);
        const verdict end = e.run(p, walk, {}, i).end;
        CHECK(end == (mode == 0 ? verdict::completed : verdict::violation));
    }
}

TEST_CASE("endings: different programs may use one execution in turn") {
    small_program timers([](small_program& q) {
        timer* const t = q.make_timer("t", [] { here().wake(0); });
        q.task({}, [t] {
            here().arm(*t, 10);
            here().sleep({.object = "t"});
        });
    });
    small_program signals([](small_program& q) {
        q.event("signal", [] { here().wake(0); });
        q.task({}, [] { here().sleep({.object = "a signal"}); });
    });
    execution e;
    for (int i = 0; i < 4; ++i) {
        replay none{schedule{}};
        CHECK(e.run(timers, none, with_log()).end == verdict::completed);
        CHECK(e.run(signals, none, with_log()).end == verdict::completed);
        // No timer of the other program lives on in the log.
        for (const event& step : e.run(signals, none, with_log()).log) {
            CHECK((is_task(step.who) || step.cpu == -1));
        }
    }
}

// ---- Unwinding

TEST_CASE(
    "unwinding: the destructors of every task that had begun run once; only the finder's if not asked for") {
    const auto ends_with = [](bool unwind) {
        int ends = 0;
        int begun = 0;
        small_program p([&](small_program& q) {
            for (int i = 0; i < 3; ++i) {
                q.task({}, [&] {
                    const counts_its_end local(ends);
                    ++begun;
                    small_program::step("one");
                    if (begun == 2) here().report(rules::assertion, "early", "early");
                    small_program::step("two");
                });
            }
        });
        run_options options;
        options.unwind = unwind;
        // The first, then the second task: that one reports. The third never begins.
        const run_result r = follow(p, {{1, 1}}, options);
        CHECK(r.end == verdict::violation);
        CHECK(r.statistics.points == 2);  // none of those that destructors passed are counted
        CHECK(begun == 2);
        return ends;
    };
    CHECK(ends_with(true) == 2);
    CHECK(ends_with(false) == 1);
}

// Those made later may use what is on the stacks of those made before.
TEST_CASE("unwinding: whoever ends the execution is unwound in its turn, behind those made later") {
    for (const std::size_t finder : {0U, 1U, 2U}) {
        for (const bool abandons : {false, true}) {
            CAPTURE(finder);
            CAPTURE(abandons);
            std::string unwound;
            struct notes_its_end {
                std::string& to;
                char name;
                ~notes_its_end() {
                    to += name;
                }
            };
            small_program p([&](small_program& q) {
                for (std::size_t i = 0; i < 3; ++i) {
                    q.task({}, [&, i] {
                        const notes_its_end local{unwound, static_cast<char>('0' + i)};
                        small_program::step("one");
                        if (i == finder && abandons) here().abandon();
                        if (i == finder) here().report(rules::assertion, "found", "found");
                        small_program::step("two");
                    });
                }
            });
            run_options options;
            options.unwind = true;
            // Each of them up to its first step, and then the finder.
            schedule all_begin{{1, 1}, {2, 2}};
            if (finder != 2) all_begin.push_back({3, static_cast<std::uint8_t>(finder)});
            CHECK(follow(p, all_begin, options).end == (abandons ? verdict::redundant : verdict::violation));
            CHECK(unwound == "210");
        }
    }
}

TEST_CASE("unwinding: sleepers, spinners and callbacks are unwound as well") {
    int ends = 0;
    small_program p([&](small_program& q) {
        auto* const lock = q.make_lock(inner_kind, "lock");
        timer* const t = q.make_timer("t", [&ends, lock] {
            const counts_its_end local(ends);
            lock->lock();
        });
        q.task({.name = "sleeper"}, [&ends, t] {
            const counts_its_end local(ends);
            here().arm(*t, 100);
            here().sleep({.object = "nothing"});
        });
        q.task({.name = "holder"}, [&ends, lock] {
            const counts_its_end local(ends);
            lock->lock();
            here().retry("for ever");
            here().report(rules::assertion, "done", "done");
        });
        q.task({.name = "spinner"}, [&ends, lock] {
            const counts_its_end local(ends);
            lock->lock();
        });
    });
    run_options options;
    options.unwind = true;
    execution e;
    exhaustive all;
    bool all_four = false;
    while (all.more()) {
        ends = 0;
        const run_result& r = e.run(p, all, options);
        CHECK(r.end == verdict::violation);
        CHECK(ends >= 1);
        all_four = all_four || ends == 4;
    }
    CHECK(all_four);
}

// A lock guard's destructor is a scheduling point inside a function that must not throw.
TEST_CASE("unwinding: a task that is stopped inside a destructor is unwound without being torn down") {
    struct guard {
        explicit guard(raw_spinlock* l) : lock(l) {
            lock->lock();
        }
        guard(const guard&) = delete;
        guard& operator=(const guard&) = delete;
        ~guard() {
            lock->unlock();
        }
        raw_spinlock* lock;
    };
    int ends = 0;
    int went_on = 0;
    small_program p([&](small_program& q) {
        auto* const lock = q.make_lock(inner_kind, "lock");
        for (int i = 0; i < 2; ++i) {
            q.task({}, [&ends, &went_on, lock] {
                const counts_its_end local(ends);
                {
                    const guard g(lock);
                    small_program::step("holding");
                }
                small_program::step("after");
                ++went_on;
                here().report(rules::assertion, "early", "early");
            });
        }
    });
    run_options options;
    options.unwind = true;
    execution e;
    exhaustive all;
    while (all.more()) {
        ends = went_on = 0;
        const run_result& r = e.run(p, all, options);
        CHECK(r.end == verdict::violation);
        CHECK(ends >= 1);
        CHECK(went_on == 1);  // whoever is unwound does not get further than its destructor
    }
}

TEST_CASE("unwinding: an execution that ends by itself has nothing left to unwind") {
    int ends = 0;
    small_program p([&](small_program& q) {
        q.task({}, [&ends] {
            const counts_its_end local(ends);
            small_program::step("one");
        });
    });
    run_options options;
    options.unwind = true;
    CHECK(follow(p, {}, options).end == verdict::completed);
    CHECK(ends == 1);
}

TEST_CASE("endings: an exception that leaves a task is a violation, not the end of the process") {
    for (const bool unwind : {false, true}) {
        int ends = 0;
        small_program p([&](small_program& q) {
            q.task({.name = "thrower"}, [&ends] {
                const counts_its_end local(ends);
                small_program::step("one");
                throw std::runtime_error("out of cheese");
            });
        });
        run_options options;
        options.unwind = unwind;
        const run_result r = follow(p, {}, options);
        REQUIRE(r.end == verdict::violation);
        CHECK(r.failure.broken == &rules::assertion);
        CHECK(r.failure.message == "an exception left thrower: out of cheese");
        CHECK(ends == 1);
    }
}

// The C++ runtime counts exceptions for each thread; fibers of one thread must not mix theirs up.
TEST_CASE(
    "exceptions: tasks that throw, catch and unwind across scheduling points do not disturb each other") {
    struct steps_when_destroyed {
        ~steps_when_destroyed() {
            small_program::step("in a destructor");
            seen = std::uncaught_exceptions();
        }
        int& seen;
    };
    small_program p([](small_program& q) {
        for (int i = 0; i < 2; ++i) {
            q.task({}, [i] {
                small_program::step("before");
                int seen = 0;
                try {
                    const steps_when_destroyed local{seen};
                    throw i;
                } catch (int caught) {
                    CHECK(seen == 1);
                    CHECK(caught == i);
                    CHECK(std::uncaught_exceptions() == 0);
                    small_program::step("in a handler");
                    try {
                        throw;
                    } catch (int again) {
                        CHECK(again == i);
                    }
                }
                CHECK(std::current_exception() == nullptr);
            });
        }
    });
    const search_result found = explore(p);
    CHECK(found.complete);
    CHECK(found.verdicts == std::set<verdict>{verdict::completed});
}

TEST_CASE("exceptions: an execution can be run from inside a handler") {
    small_program p([](small_program& q) {
        q.task({}, [] {
            CHECK(std::current_exception() == nullptr);
            small_program::step("one");
        });
    });
    try {
        throw 7;
    } catch (int) {
        CHECK(follow(p).end == verdict::completed);
        CHECK(std::current_exception() != nullptr);
    }
}

// ---- Repeating

TEST_CASE("repeating: the same seed gives the same log, event for event, in any execution object") {
    small_program p = eventful_program();
    execution one;
    execution other;
    random_walk walk;
    std::set<std::uint64_t> digests;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        const std::uint64_t first = digest(one.run(p, walk, with_log(), seed).log);
        const std::uint64_t again = digest(one.run(p, walk, with_log(), seed).log);
        const std::uint64_t elsewhere = digest(other.run(p, walk, with_log(), seed).log);
        CHECK(first == again);
        CHECK(first == elsewhere);
        digests.insert(first);
    }
    CHECK(digests.size() > 40);  // and different seeds give different ones
}

TEST_CASE("repeating: the log changes neither decisions nor statistics") {
    small_program p = eventful_program();
    execution e;
    random_walk walk;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        const run_result quiet = e.run(p, walk, {}, seed);
        const run_result loud = e.run(p, walk, with_log(), seed);
        CHECK(quiet.decisions == loud.decisions);
        CHECK(quiet.schedule_hash == loud.schedule_hash);
        CHECK(quiet.statistics.points == loud.statistics.points);
        CHECK(quiet.statistics.choices == loud.statistics.choices);
        CHECK(quiet.statistics.switches == loud.statistics.switches);
        CHECK(quiet.statistics.interleavings == loud.statistics.interleavings);
        CHECK(quiet.log.empty());
        CHECK(!loud.log.empty());
    }
}

TEST_CASE("repeating: executions in several threads do not know of each other") {
    const auto digests = [] {
        std::vector<std::uint64_t> all;
        small_program p = eventful_program();
        execution e;
        random_walk walk;
        for (std::uint64_t seed = 0; seed < 200; ++seed) {
            all.push_back(digest(e.run(p, walk, with_log(), seed).log));
        }
        return all;
    };
    const std::vector<std::uint64_t> expected = digests();
    std::array<std::vector<std::uint64_t>, 3> found;
    std::vector<std::thread> threads;
    for (auto& mine : found) {
        threads.emplace_back([&mine, &digests] { mine = digests(); });
    }
    for (std::thread& t : threads) {
        t.join();
    }
    for (const auto& mine : found) {
        CHECK(mine == expected);
    }
}

// ---- The log

TEST_CASE("log: a line for each step says who did what, why it was the one to run, and the state after it") {
    small_program p([](small_program& q) {
        auto* const x = q.make_shared_cell<int>("x");
        q.task({.name = "alice"}, [x] { x->store(1); });
        q.task({.name = "bob"}, [x] {
            x->store(2);
            here().detail("was {}", 1);
            here().detail("now {}", x->peek());
            here().story("bob is content");
        });
        q.on_describe = [x](std::string& to) { to = fmt::format("x={}", x->peek()); };
    });
    const run_result r = follow(p, {{0, 1}}, with_log());
    REQUIRE(r.log.size() == 5);
    const event& start = r.log[0];
    CHECK(start.who == 1);
    CHECK(start.kind == op_kind::start);
    CHECK(start.deviates);
    CHECK(start.state == "x=0");
    const event& store = r.log[1];
    CHECK(store.who == 1);
    CHECK(store.kind == op_kind::store);
    CHECK(store.label == "x");
    CHECK(store.point == 1);
    CHECK(store.came == arrival_kind::stayed);
    CHECK(!store.deviates);
    CHECK(store.detail == "was 1; now 2");
    CHECK(store.state == "x=2");
    const event& story = r.log[2];
    CHECK(story.story);
    CHECK(story.label == "bob is content");
    CHECK(r.log[3].who == 0);
    CHECK(r.log[3].came == arrival_kind::handed_over);
    CHECK(r.log[4].state == "x=1");
}

TEST_CASE("log: how control came to an actor") {
    small_program p([](small_program& q) {
        q.machine().set_cpus(1);
        q.task({.name = "a"}, [] { small_program::step("one"); });
        q.task({.name = "b"}, [] { small_program::step("one"); });
    });
    const run_result preempted = follow(p, {{1, 1}}, with_log());
    CHECK(std::count_if(preempted.log.begin(), preempted.log.end(), [](const event& e) {
              return e.came == arrival_kind::preempted && e.who == 1 && e.deviates;
          }) == 1);
    CHECK(preempted.statistics.preemptions == 1);
}

TEST_CASE("log: a digest notices a change in any field") {
    const std::vector<event> base{
        {1, 2, 0, arrival_kind::stayed, false, false, op_kind::load, "a", "b", "c"}};
    const std::uint64_t unchanged = digest(base);
    const auto digest_after = [&base](auto change) {
        std::vector<event> changed = base;
        change(changed[0]);
        return digest(changed);
    };
    CHECK(digest_after([](event&) {}) == unchanged);
    CHECK(digest_after([](event& e) { e.point = 2; }) != unchanged);
    CHECK(digest_after([](event& e) { e.who = 3; }) != unchanged);
    CHECK(digest_after([](event& e) { e.cpu = 1; }) != unchanged);
    CHECK(digest_after([](event& e) { e.came = arrival_kind::preempted; }) != unchanged);
    CHECK(digest_after([](event& e) { e.deviates = true; }) != unchanged);
    CHECK(digest_after([](event& e) { e.story = true; }) != unchanged);
    CHECK(digest_after([](event& e) { e.kind = op_kind::store; }) != unchanged);
    CHECK(digest_after([](event& e) { e.label = "ab"; }) != unchanged);
    CHECK(digest_after([](event& e) { e.detail = ""; }) != unchanged);
    CHECK(digest_after([](event& e) { e.state = "d"; }) != unchanged);
    // Where one text ends and the next begins counts.
    CHECK(digest_after([](event& e) {
              e.label = "ab";
              e.detail = "";
          }) != unchanged);
}

TEST_CASE("log: a fingerprint has one value below 16 for each point and tells different steps apart") {
    small_program p = eventful_program();
    execution e;
    random_walk walk;
    const run_result a = e.run(p, walk, with_log(), 1);
    const run_result b = e.run(p, walk, with_log(), 2);
    const auto print = fingerprint(a.log, 1000);
    CHECK(std::all_of(print.begin(), print.end(), [](std::uint8_t v) { return v < 16; }));
    CHECK(print.size() >= a.statistics.points);
    CHECK(print == fingerprint(a.log, 1000));
    CHECK(print != fingerprint(b.log, 1000));
    CHECK(fingerprint(a.log, 5).size() == 5);
}
