// Who has a CPU, and what is left to the strategy.

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/runtime/small_program.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

// A task that leaves its letter in `trace` at each of its steps.
std::function<void()> letters(std::string& trace, char letter, unsigned steps) {
    return [&trace, letter, steps] {
        for (unsigned i = 0; i < steps; ++i) {
            small_program::step("step");
            trace += letter;
        }
    };
}

std::function<void()> sleeps_then(std::function<void()> rest) {
    return [rest = std::move(rest)] {
        here().sleep({.what = "waits for", .object = "a call"});
        rest();
    };
}

task_spec fifo(const char* name, int priority) {
    return {.name = name, .sched = policy::fifo, .priority = priority};
}
task_spec rr(const char* name, int priority) {
    return {.name = name, .sched = policy::rr, .priority = priority};
}
task_spec fair(const char* name) {
    return {.name = name};
}

// What the tasks leave in a string in every schedule there is.
std::set<std::string> every_trace(std::string& trace, const small_program::setup_function& setup,
                                  std::uint64_t* executions = nullptr) {
    small_program p([&](small_program& q) {
        trace.clear();
        setup(q);
    });
    std::set<std::string> traces;
    execution e;
    exhaustive all;
    std::uint64_t n = 0;
    while (all.more() && n < 200'000) {
        const run_result& r = e.run(p, all, {});
        REQUIRE_MESSAGE(r.end == verdict::completed, r.failure.message);
        traces.insert(trace);
        ++n;
    }
    REQUIRE(!all.more());
    if (executions != nullptr) *executions = n;
    return traces;
}

}  // namespace

TEST_CASE("cpus: fifo tasks on one CPU run by priority, and there is exactly one schedule") {
    std::string trace;
    std::uint64_t executions = 0;
    const auto traces = every_trace(
        trace,
        [&](small_program& p) {
            p.machine().set_cpus(1);
            p.task(fifo("low", 10), letters(trace, 'l', 2));
            p.task(fifo("high", 30), letters(trace, 'h', 2));
            p.task(fifo("mid", 20), letters(trace, 'm', 2));
        },
        &executions);
    CHECK(traces == std::set<std::string>{"hhmmll"});
    CHECK(executions == 1);
}

TEST_CASE("cpus: on two CPUs the two most urgent interleave and the third waits for one of them to end") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        p.machine().set_cpus(2);
        p.task(fifo("low", 10), letters(trace, 'l', 1));
        p.task(fifo("high", 30), letters(trace, 'h', 2));
        p.task(fifo("mid", 20), letters(trace, 'm', 2));
    });
    CHECK(traces.count("hhmml") == 1);
    CHECK(traces.count("hmhml") == 1);
    CHECK(traces.count("hhlmm") == 1);
    CHECK(traces.count("mmlhh") == 1);
    for (const std::string& t : traces) {
        CAPTURE(t);
        const std::size_t low = t.find('l');
        const auto before = t.substr(0, low);
        const bool one_ended = std::count(before.begin(), before.end(), 'h') == 2 ||
                               std::count(before.begin(), before.end(), 'm') == 2;
        CHECK(one_ended);
    }
}

TEST_CASE("cpus: with a CPU for every task priorities do not matter") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        p.machine().set_cpus(0);
        p.task(fifo("low", 10), letters(trace, 'l', 2));
        p.task(fifo("high", 30), letters(trace, 'h', 2));
    });
    CHECK(traces.size() == 6);
}

TEST_CASE("cpus: a woken task that is more urgent has the CPU at the waker's next step") {
    std::string trace;
    std::uint64_t executions = 0;
    const auto traces = every_trace(
        trace,
        [&](small_program& p) {
            p.machine().set_cpus(1);
            const actor high = p.task(fifo("high", 20), sleeps_then(letters(trace, 'h', 2)));
            p.task(fifo("low", 10), [&trace, high] {
                small_program::step("before");
                trace += 'a';
                here().wake(high);
                small_program::step("after");
                trace += 'b';
            });
        },
        &executions);
    CHECK(traces == std::set<std::string>{"ahhb"});
    CHECK(executions == 1);
}

TEST_CASE("cpus: a woken task that is not more urgent waits") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        p.machine().set_cpus(1);
        const actor equal = p.task(fifo("equal", 10), sleeps_then(letters(trace, 'e', 1)));
        p.task(fifo("waker", 10), [&trace, equal] {
            here().wake(equal);
            small_program::step("after");
            trace += 'w';
        });
    });
    CHECK(traces == std::set<std::string>{"we"});
}

TEST_CASE("cpus: a woken task waits while preemption is disabled, and preempts when it is enabled again") {
    using toggle = void (*)(bool off);
    const auto trace_with = [](toggle atomic) {
        std::string trace;
        const auto traces = every_trace(trace, [&, atomic](small_program& p) {
            p.machine().set_cpus(1);
            const actor high = p.task(fifo("high", 20), sleeps_then(letters(trace, 'h', 1)));
            p.task(fifo("low", 10), [&trace, high, atomic] {
                atomic(true);
                here().wake(high);
                small_program::step("inside");
                trace += 'i';
                atomic(false);
                small_program::step("outside");
                trace += 'o';
            });
        });
        REQUIRE(traces.size() == 1);
        return *traces.begin();
    };
    CHECK(trace_with([](bool off) { off ? here().preempt_disable() : here().preempt_enable(); }) == "iho");
    CHECK(trace_with([](bool off) { off ? here().irq_disable() : here().irq_enable(); }) == "iho");
    CHECK(trace_with([](bool off) { here().set_preemptible(!off); }) == "iho");
}

TEST_CASE("cpus: nested preemption counts end with the last one") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        p.machine().set_cpus(1);
        const actor high = p.task(fifo("high", 20), sleeps_then(letters(trace, 'h', 1)));
        p.task(fifo("low", 10), [&trace, high] {
            here().preempt_disable();
            here().irq_disable();
            here().wake(high);
            here().preempt_enable();
            small_program::step("interrupts still off");
            trace += 'i';
            here().irq_enable();
            small_program::step("all on");
            trace += 'o';
        });
    });
    CHECK(traces == std::set<std::string>{"iho"});
}

TEST_CASE("cpus: whether an rr task's time slice ends is a choice, and the next in the queue follows") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        p.machine().set_cpus(1);
        p.task(rr("a", 10), letters(trace, 'a', 2));
        p.task(rr("b", 10), letters(trace, 'b', 2));
    });
    CHECK(traces.size() == 6);

    // Of three, only the first in the queue can follow; whom another one displaces goes to its end.
    class watcher final : public strategy {
    public:
        void begin(std::uint64_t /*seed*/) override {}
        actor pick(const situation& where) override {
            enabled.push_back(where.enabled);
            actor_set others = where.enabled;
            others.erase(where.fallback);
            return others.first();
        }
        std::uint32_t choose(std::uint32_t /*n*/) override {
            return 0;
        }
        std::vector<actor_set> enabled;
    };
    small_program three([](small_program& p) {
        p.machine().set_cpus(1);
        for (const char* name : {"a", "b", "c"}) {
            p.task(rr(name, 10), [] { small_program::step("one"); });
        }
    });
    watcher w;
    execution e;
    CHECK(e.run(three, w, {}).end == verdict::completed);
    REQUIRE(w.enabled.size() >= 4);
    CHECK(w.enabled[0] == actor_set{0b011, 0});  // a has the CPU, b is next
    CHECK(w.enabled[1] == actor_set{0b110, 0});
    CHECK(w.enabled[2] == actor_set{0b101, 0});
    CHECK(w.enabled[3] == actor_set{0b011, 0});
}

TEST_CASE("cpus: a fifo task has no time slice") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        p.machine().set_cpus(1);
        p.task(fifo("f", 10), letters(trace, 'f', 2));
        p.task(rr("r", 10), letters(trace, 'r', 2));
    });
    CHECK(traces == std::set<std::string>{"ffrr"});
}

TEST_CASE("cpus: an rr task's slice does not end in favour of a less or a more urgent queue") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        p.machine().set_cpus(1);
        p.task(rr("l", 9), letters(trace, 'l', 1));
        p.task(rr("h", 10), letters(trace, 'h', 2));
    });
    CHECK(traces == std::set<std::string>{"hhl"});
}

TEST_CASE("cpus: which fair task a CPU runs is a choice at every step") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        p.machine().set_cpus(1);
        p.task(fair("a"), letters(trace, 'a', 1));
        p.task(fair("b"), letters(trace, 'b', 1));
        p.task(fair("c"), letters(trace, 'c', 1));
    });
    CHECK(traces.size() == 6);
}

TEST_CASE("cpus: a fair task steps only while no real-time task wants the CPU") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        p.machine().set_cpus(1);
        p.task(fair("a"), letters(trace, 'a', 1));
        p.task(fifo("f", 1), letters(trace, 'f', 2));
        p.task({.name = "d", .sched = policy::deadline}, letters(trace, 'd', 1));
        p.task(fifo("most urgent fifo", 99), letters(trace, 'm', 1));
    });
    CHECK(traces == std::set<std::string>{"dmffa"});
}

TEST_CASE("cpus: a fair task cannot be displaced while preemption is off") {
    using toggle = void (*)(bool off);
    const auto traces_with = [](toggle atomic) {
        std::string trace;
        return every_trace(trace, [&, atomic](small_program& p) {
            p.machine().set_cpus(1);
            p.task(fair("a"), [&trace, atomic] {
                small_program::step("before");
                atomic(true);
                trace += '[';
                small_program::step("inside");
                small_program::step("inside");
                trace += ']';
                atomic(false);
                small_program::step("after");
            });
            p.task(fair("b"), letters(trace, 'b', 2));
        });
    };
    const std::set<std::string> whole{"[]bb", "b[]b", "bb[]"};
    CHECK(traces_with([](bool off) { off ? here().preempt_disable() : here().preempt_enable(); }) == whole);
    CHECK(traces_with([](bool off) { off ? here().irq_disable() : here().irq_enable(); }) == whole);
    CHECK(traces_with([](bool off) { here().set_preemptible(!off); }) == whole);
}

TEST_CASE("cpus: tasks of equal priority run in the order in which they became ready") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        p.machine().set_cpus(1);
        const actor late = p.task(fifo("late", 10), sleeps_then(letters(trace, 'l', 1)));
        p.task(fifo("first", 10), [&trace, late] {
            here().wake(late);
            small_program::step("one");
            trace += 'f';
        });
        p.task(fifo("second", 10), letters(trace, 's', 1));
    });
    // `late` has the lowest number but queued up last.
    CHECK(traces == std::set<std::string>{"fsl"});
}

TEST_CASE("cpus: a preempted task returns to the head of its queue") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        p.machine().set_cpus(1);
        const actor high = p.task(fifo("high", 20), sleeps_then(letters(trace, 'h', 1)));
        p.task(fifo("first", 10), [&trace, high] {
            small_program::step("one");
            here().wake(high);
            small_program::step("two");
            trace += 'f';
        });
        p.task(fifo("second", 10), letters(trace, 's', 1));
    });
    CHECK(traces == std::set<std::string>{"hfs"});
}

TEST_CASE("cpus: a task that yields its CPU queues behind its equals, and keeps it if there are none") {
    const auto order = [](int other_priority, bool atomic) {
        std::string trace;
        const auto traces = every_trace(trace, [&, other_priority, atomic](small_program& p) {
            p.machine().set_cpus(1);
            p.task(fifo("polite", 10), [&trace, atomic] {
                if (atomic) here().preempt_disable();
                trace += '1';
                here().yield_cpu();
                small_program::step("after");
                trace += '2';
                if (atomic) here().preempt_enable();
            });
            p.task(fifo("other", other_priority), letters(trace, 'o', 1));
        });
        REQUIRE(traces.size() == 1);
        return *traces.begin();
    };
    CHECK(order(10, false) == "1o2");
    CHECK(order(9, false) == "12o");
    CHECK(order(10, true) == "12o");
}

TEST_CASE("cpus: a fair task that has just yielded its CPU may be the one that the CPU goes on with") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        p.machine().set_cpus(1);
        for (const char letter : {'a', 'b'}) {
            p.task(fair("fair"), [&trace, letter] {
                here().yield_cpu();
                trace += letter;
                small_program::step("after");
                CHECK(here().on_cpu(here().self()));
                trace += letter;
            });
        }
    });
    CHECK(traces.size() == 6);
}

TEST_CASE("cpus: a raised task queues behind its new equals, a lowered one before them") {
    const auto order_after = [](auto change) {
        std::string trace;
        const auto traces = every_trace(trace, [&](small_program& p) {
            p.machine().set_cpus(1);
            const actor x = p.task(fifo("x", 10), letters(trace, 'x', 1));
            const actor y = p.task(fifo("y", 20), letters(trace, 'y', 1));
            p.task(fifo("boss", 50), [change, x, y] { change(x, y); });
        });
        REQUIRE(traces.size() == 1);
        return *traces.begin();
    };
    // By the order in which they became ready x would come first.
    CHECK(order_after([](actor x, actor) { here().set_urgency(x, policy::fifo, 20); }) == "yx");
    CHECK(order_after([](actor, actor y) { here().set_urgency(y, policy::fifo, 10); }) == "yx");
    CHECK(order_after([](actor x, actor) { here().set_urgency(x, policy::fifo, 21); }) == "xy");
    CHECK(order_after([](actor, actor y) { here().set_urgency(y, policy::fifo, 9); }) == "xy");
}

TEST_CASE("cpus: changing the priority of the running task takes or keeps its CPU at once") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        p.machine().set_cpus(1);
        p.task(fifo("changing", 20), [&trace] {
            small_program::step("one");
            trace += 'c';
            here().set_urgency(here().self(), policy::fifo, 5);
            small_program::step("two");
            trace += 'd';
        });
        p.task(fifo("other", 10), letters(trace, 'o', 1));
    });
    CHECK(traces == std::set<std::string>{"cod"});
}

TEST_CASE("cpus: a change of policy alone opens or closes the end of a time slice") {
    const auto schedules = [](policy before, policy after) {
        std::string trace;
        return every_trace(trace, [&, before, after](small_program& p) {
            p.machine().set_cpus(1);
            p.task({.name = "a", .sched = before, .priority = 10}, [&trace, after] {
                here().set_urgency(here().self(), after, 10);
                small_program::step("one");
                trace += 'a';
            });
            p.task(fifo("b", 10), letters(trace, 'b', 1));
        });
    };
    CHECK(schedules(policy::fifo, policy::rr) == std::set<std::string>{"ab", "ba"});
    CHECK(schedules(policy::fifo, policy::fifo) == std::set<std::string>{"ab"});
    CHECK(schedules(policy::rr, policy::fifo) == std::set<std::string>{"ab", "ba"});  // before the change
}

TEST_CASE("cpus: a task runs only where its affinity allows") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        p.machine().set_cpus(2);
        p.task({.name = "a", .sched = policy::fifo, .priority = 10, .affinity = 0b01},
               letters(trace, 'a', 1));
        p.task({.name = "b", .sched = policy::fifo, .priority = 20, .affinity = 0b01},
               letters(trace, 'b', 2));
    });
    CHECK(traces == std::set<std::string>{"bba"});  // though the other CPU idles
}

TEST_CASE("cpus: a task is moved to an idle CPU to make room for one that may run nowhere else") {
    small_program p([](small_program& q) {
        q.machine().set_cpus(2);
        const actor pinned = q.task({.name = "pinned",
                                     .sched = policy::fifo,
                                     .priority = 5,
                                     .affinity = 0b01,
                                     .start = start_mode::held},
                                    [] {});
        q.task(fifo("mobile", 10), [pinned] {
            execution& e = here();
            small_program::step("one");
            CHECK(e.cpu_of(e.self()) == 0);
            e.release(pinned);
            CHECK(e.cpu_of(pinned) == 0);
            CHECK(e.cpu_of(e.self()) == 1);
        });
    });
    CHECK(follow(p).end == verdict::completed);
}

TEST_CASE("cpus: making room displaces the least urgent, through a chain of moves if need be") {
    small_program p([](small_program& q) {
        q.machine().set_cpus(2);
        const actor mobile = q.task(fifo("mobile", 30), [] { small_program::step("one"); });
        const actor least = q.task(fifo("least", 10), [] { small_program::step("one"); });
        const actor pinned = q.task({.name = "pinned",
                                     .sched = policy::fifo,
                                     .priority = 20,
                                     .affinity = 0b01,
                                     .start = start_mode::held},
                                    [] {});
        execution& e = q.machine();
        CHECK(e.cpu_of(mobile) == 0);
        CHECK(e.cpu_of(least) == 1);
        e.release(pinned);
        CHECK(e.cpu_of(pinned) == 0);
        CHECK(e.cpu_of(mobile) == 1);
        CHECK(e.cpu_of(least) == -1);
    });
    CHECK(follow(p).end == verdict::completed);
}

TEST_CASE("cpus: nobody makes room for a less urgent task") {
    small_program p([](small_program& q) {
        q.machine().set_cpus(2);
        const actor a = q.task({.name = "a", .sched = policy::fifo, .priority = 30, .affinity = 0b01}, [] {});
        const actor b = q.task(fifo("b", 20), [] {});
        const actor pinned =
            q.task({.name = "pinned", .sched = policy::fifo, .priority = 10, .affinity = 0b01}, [] {});
        execution& e = q.machine();
        CHECK(e.cpu_of(a) == 0);
        CHECK(e.cpu_of(b) == 1);
        CHECK(e.cpu_of(pinned) == -1);
    });
    CHECK(follow(p).end == verdict::completed);
}

TEST_CASE("cpus: a task that ends right after it lost its CPU gives way to the next one") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        p.machine().set_cpus(1);
        const actor high = p.task(fifo("high", 30), sleeps_then(letters(trace, 'h', 1)));
        p.task(fifo("mid", 20), [&trace, high] {
            small_program::step("one");
            trace += 'm';
            here().wake(high);  // and ends without another step
        });
        p.task(fifo("low", 10), letters(trace, 'l', 1));
    });
    CHECK(traces == std::set<std::string>{"mhl"});
}

// Between its last point and its sleep a task does nothing that others could see, so that a wake-up by
// whoever took its CPU must reach it.
TEST_CASE("cpus: a task that lost its CPU on its way to sleep can be woken by the one that took it") {
    std::string trace;
    const auto traces = every_trace(trace, [&](small_program& p) {
        p.machine().set_cpus(1);
        const actor low_number = 1;
        const actor high = p.task(fifo("high", 30), sleeps_then([&trace] {
                                      CHECK(here().wake(low_number));
                                      CHECK(!here().on_cpu(low_number));
                                      small_program::step("high goes on");
                                      trace += 'h';
                                  }));
        const actor low = p.task(fifo("low", 20), [&trace, high] {
            small_program::step("one");
            here().wake(high);
            here().sleep({.object = "a call"});
            trace += 'l';
        });
        REQUIRE(low == low_number);
        p.task(fifo("least", 10), letters(trace, 'i', 1));
    });
    CHECK(traces == std::set<std::string>{"hli"});
}

TEST_CASE("cpus: a raw spinlock is handed over first come, first served") {
    std::string owners;
    unsigned both_others_spin = 0;
    small_program p([&](small_program& q) {
        owners.clear();
        auto* const lock = q.make_lock(inner_kind, "lock");
        for (unsigned t = 0; t < 3; ++t) {
            q.task({}, [&, lock, t] {
                lock->lock();
                owners += static_cast<char>('a' + t);
                small_program::step("holding");
                unsigned spinning = 0;
                for (actor other = 0; other < 3; ++other) {
                    spinning += here().state(other) == task_state::spinning ? 1U : 0U;
                }
                both_others_spin += spinning == 2 ? 1U : 0U;
                lock->unlock();
            });
        }
    });
    execution e;
    exhaustive all;
    std::set<std::string> seen;
    while (all.more()) {
        const run_result& r = e.run(p, all, with_log());
        REQUIRE(r.end == verdict::completed);
        std::string came;  // in this order they tried
        for (const event& step : r.log) {
            if (step.kind == op_kind::lock) came += static_cast<char>('a' + step.who);
        }
        CHECK(owners == came);
        seen.insert(owners);
    }
    CHECK(seen.size() == 6);
    CHECK(both_others_spin > 0);
}

TEST_CASE("cpus: who spins for a raw lock keeps the CPU, and so does who holds it") {
    actor third = no_actor;
    bool spun = false;
    small_program p([&](small_program& q) {
        q.machine().set_cpus(2);
        auto* const lock = q.make_lock(inner_kind, "lock");
        q.task(fifo("holder", 10), [&, lock] {
            lock->lock();
            small_program::step("wait for the other to spin");
            here().release(third);
            small_program::step("holding");
            if (here().state(1) == task_state::spinning) {
                spun = true;
                CHECK(here().on_cpu(1));
                CHECK(here().on_cpu(0));
                CHECK(!here().on_cpu(third));
            }
            lock->unlock();
        });
        q.task(fifo("spinner", 20), [lock] {
            lock->lock();
            lock->unlock();
        });
        third = q.task({.name = "third", .sched = policy::fifo, .priority = 30, .start = start_mode::held},
                       [] {});
    });
    const search_result found = explore(p);
    CHECK(found.verdicts == std::set<verdict>{verdict::completed});
    CHECK(spun);
}

TEST_CASE("cpus: statistics tell preemptions, interleavings and free switches apart") {
    const auto statistics = [](unsigned cpus, policy kind, const schedule& plan) {
        small_program p([&](small_program& q) {
            q.machine().set_cpus(cpus);
            for (int i = 0; i < 2; ++i) {
                q.task({.sched = kind, .priority = 10}, [] {
                    small_program::step("one");
                    small_program::step("two");
                });
            }
        });
        return follow(p, plan).statistics;
    };
    // Choice 1 is just before "one" of the first task.
    const run_statistics other_cpu = statistics(2, policy::fifo, {{1, 1}});
    CHECK(other_cpu.preemptions == 0);
    CHECK(other_cpu.interleavings == 1);
    CHECK(other_cpu.switches == 2);  // there, and back when the second has ended

    const run_statistics same_cpu = statistics(1, policy::rr, {{1, 1}});
    CHECK(same_cpu.preemptions == 1);
    CHECK(same_cpu.interleavings == 0);
    CHECK(same_cpu.switches == 2);

    // Which fair task an idle CPU begins with is free; later it costs a preemption to take it away.
    CHECK(statistics(1, policy::other, {{0, 1}}).preemptions == 0);
    CHECK(statistics(1, policy::other, {{1, 1}}).preemptions == 1);
    CHECK(statistics(1, policy::rr, {{0, 1}}).preemptions == 1);  // its slice has to end first

    const run_statistics none = statistics(1, policy::rr, {});
    CHECK(none.preemptions == 0);
    CHECK(none.interleavings == 0);
    CHECK(none.switches == 1);
    CHECK(none.events == 0);
}
