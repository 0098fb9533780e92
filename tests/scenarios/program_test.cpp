// What a scenario does when it is executed.

#include <algorithm>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "scenarios/reductions.hpp"
#include "scenarios/scenario_program.hpp"
#include "scheduler/make_strategy.hpp"
#include "tests/scenarios/execute.hpp"
#include "tests/scenarios/random_scenario.hpp"

namespace tenthrule::scenarios {

using testing::execute;
using testing::load;
using testing::results;
using testing::story;
using strings = std::vector<std::string>;

namespace {

const char* const everywhere[] = {"random", "random:stay=7/8", "pct:depth=3", "pos", "surw", "roundrobin"};

// Position of the first line that begins so; the number of lines if there is none.
std::size_t position(const strings& lines, const std::string& beginning) {
    return static_cast<std::size_t>(
        std::find_if(lines.begin(), lines.end(),
                     [&](const std::string& l) { return l.substr(0, beginning.size()) == beginning; }) -
        lines.begin());
}

}  // namespace

TEST_CASE("program: steps are done in order, and as often as they say") {
    const scenario s = load(R"(
name = "t"
[futex]
lock = { kind = "pi" }
gate = { kind = "plain" }
[[task]]
name = "a"
repeat = 2
steps = [
  { op = "lock_pi", futex = "lock" },
  { op = "add", futex = "gate", value = 1, repeat = 2 },
  { op = "unlock_pi", futex = "lock" },
]
)");
    const run_result r = execute(s);
    CHECK(r.end == verdict::completed);
    CHECK(results(r, s) == strings{"a: futex(LOCK_PI, lock) -> ok", "a: add(gate) -> ok",
                                   "a: add(gate) -> ok", "a: futex(UNLOCK_PI, lock) -> ok",
                                   "a: futex(LOCK_PI, lock) -> ok", "a: add(gate) -> ok",
                                   "a: add(gate) -> ok", "a: futex(UNLOCK_PI, lock) -> ok"});
}

TEST_CASE("program: conditions are about the last step that was carried out") {
    const scenario s = load(R"(
name = "t"
[futex]
lock = { kind = "pi", owner = "other" }
gate = { kind = "plain", value = 7 }
[[task]]
name = "other"
after = "a.7"
steps = [{ op = "yield" }]
[[task]]
name = "a"
steps = [
  { op = "cas_lock", futex = "lock" },
  { op = "store", futex = "gate", value = 1, if = "ok" },
  { op = "store", futex = "gate", value = 2, if = "owner of lock" },
  { op = "add", futex = "gate", value = 3, if = "EAGAIN" },
  { op = "add", futex = "gate", value = 5, if = "gate is 10" },
  { op = "store", futex = "gate", value = 6, if = "gate is not 15" },
  { op = "cas_unlock", futex = "lock", if = "not-owner" },
]
)");
    const run_result r = execute(s);
    CHECK(r.end == verdict::completed);
    CHECK(results(r, s) == strings{"a: cas_lock(lock) -> EAGAIN", "a: add(gate) -> ok", "a: add(gate) -> ok",
                                   "a: cas_unlock(lock) -> EAGAIN", "other: yield() -> ok"});
    const strings lines = story(r, s);
    CHECK(std::count(lines.begin(), lines.end(), "a: skips store") == 3);
}

TEST_CASE("program: a condition on results begins anew with each round") {
    const scenario s = load(R"(
name = "t"
[futex]
gate = { kind = "plain" }
[[task]]
name = "a"
repeat = 2
steps = [
  { op = "yield" },
  { op = "add", futex = "gate", value = 1, if = "ok" },
]
)");
    CHECK(results(execute(s), s).size() == 4);
}

TEST_CASE("program: `until` does a step again until it holds, `while` as long as it holds") {
    const scenario s = load(R"(
name = "t"
[futex]
gate = { kind = "plain" }
[[task]]
name = "a"
steps = [
  { op = "add", futex = "gate", value = 1, until = "gate is 3" },
  { op = "add", futex = "gate", value = 1, while = "gate is not 5" },
  { op = "add", futex = "gate", value = 1, while = "gate is not 5" },
]
)");
    const run_result r = execute(s);
    CHECK(r.end == verdict::completed);
    CHECK(results(r, s).size() == 5);
}

TEST_CASE("program: a loop that never gets on is a livelock, whatever it performs") {
    const scenario s = load(R"(
name = "t"
[futex]
lock = { kind = "pi", owner = "other" }
[[task]]
name = "other"
steps = [{ op = "yield" }]
[[task]]
name = "a"
steps = [{ op = "cas_lock", futex = "lock", until = "ok" }]
)");
    const run_result r = execute(s);
    REQUIRE(r.end == verdict::violation);
    CHECK(r.failure.identity == "livelock: cas_lock (a task ended holding a lock)");
}

TEST_CASE("program: what a step may not return is an unexpected error") {
    const char* const text = R"(
name = "t"
[futex]
lock = { kind = "pi" }
[[task]]
name = "a"
steps = [{ op = "unlock_pi", futex = "lock" }]
)";
    const run_result r = execute(load(text));
    REQUIRE(r.end == verdict::violation);
    CHECK(r.failure.identity == "unexpected-error: unlock_pi returned EPERM");
    CHECK(r.failure.message.substr(0, 49) == "a: unlock_pi(lock) returned EPERM; expected ok or");

    SUBCASE("unless the file says that it may") {
        scenario s = load(text);
        s.tasks[0].steps[0].returns.errors = {EPERM};
        CHECK(execute(s).end == verdict::completed);
    }
    SUBCASE("or that nobody asks") {
        scenario s = load(text);
        s.rules.off = {"unexpected-error"};
        CHECK(execute(s).end == verdict::completed);
    }
}

TEST_CASE("program: counts are held against what a step may return") {
    const char* const text = R"(
name = "t"
[futex]
gate = { kind = "plain" }
[[task]]
name = "a"
steps = [{ op = "wake", futex = "gate", returns = [1, 2] }]
)";
    scenario s = load(text);
    const run_result r = execute(s);
    REQUIRE(r.end == verdict::violation);
    CHECK(r.failure.message == "a: wake(gate) returned ok; expected 1 or 2");
    s.tasks[0].steps[0].returns.numbers = {0};
    CHECK(execute(s).end == verdict::completed);
}

TEST_CASE("program: a task that starts after a step never comes before it") {
    const scenario s = load(R"(
name = "t"
[futex]
gate = { kind = "plain" }
[[task]]
name = "a"
repeat = 2
steps = [
  { op = "add", futex = "gate", value = 1 },
  { op = "store", futex = "gate", value = 1, name = "middle" },
  { op = "store", futex = "gate", value = 1, name = "skipped", if = "gate is 9" },
  { op = "yield" },
]
[[task]]
name = "early"
after = "a.start"
steps = [{ op = "yield" }]
[[task]]
name = "held"
after = "a.middle"
steps = [{ op = "yield" }]
[[task]]
name = "skip"
after = "a.skipped"
steps = [{ op = "yield" }]
[[task]]
name = "late"
start = "arrives"
after = "a.middle"
steps = [{ op = "yield" }]
)");
    for (const char* strategy : everywhere) {
        for (std::uint64_t seed = 0; seed < 200; ++seed) {
            const run_result r = execute(s, strategy, seed);
            REQUIRE(r.end == verdict::completed);
            const strings lines = results(r, s);
            const std::size_t middle = position(lines, "a: store");
            CHECK(position(lines, "held: yield") > middle);
            CHECK(position(lines, "late: yield") > middle);
            CHECK(position(lines, "skip: yield") > middle);
            CHECK(lines.size() == 2 * 3 + 4);
        }
    }
}

TEST_CASE("program: a task that has ended goes on with nothing, in no round") {
    const scenario s = load(R"(
name = "t"
[futex]
gate = { kind = "plain" }
[[task]]
name = "a"
repeat = 3
steps = [
  { op = "add", futex = "gate", value = 1 },
  { op = "exit", name = "end", if = "gate is 2" },
  { op = "add", futex = "gate", value = 0, name = "behind" },
]
[[task]]
name = "heir"
after = "a.end"
steps = [{ op = "yield" }]
)");
    const run_result r = execute(s);
    CHECK(r.end == verdict::completed);
    const strings lines = results(r, s);
    CHECK(std::count(lines.begin(), lines.end(), "a: exit() -> ok") == 1);
    CHECK(std::count(lines.begin(), lines.end(), "a: add(gate) -> ok") == 3);
    CHECK(std::count(lines.begin(), lines.end(), "heir: yield() -> ok") == 1);
    const strings all = story(r, s);
    CHECK(std::count(all.begin(), all.end(), "a: skips exit") == 1);
}

TEST_CASE("program: nobody comes after a step behind the end of a task") {
    const scenario s = load(R"(
name = "t"
[futex]
gate = { kind = "plain" }
[[task]]
name = "a"
steps = [
  { op = "yield" },
  { op = "exit", if = "ok" },
]
[[task]]
name = "b"
repeat = 2
steps = [
  { op = "yield" },
  { op = "exit", if = "gate is 1" },
  { op = "yield", name = "behind" },
]
[[task]]
name = "after-the-end"
after = "a.2"
steps = [{ op = "yield" }]
[[task]]
name = "after-a-life"
after = "b.behind"
steps = [{ op = "yield" }]
)");
    const auto yields = [](const run_result& r, const scenario& of, const char* task) {
        const strings lines = results(r, of);
        return std::count(lines.begin(), lines.end(), std::string(task) + ": yield() -> ok");
    };
    for (const char* strategy : everywhere) {
        const run_result r = execute(s, strategy);
        CHECK(r.end == verdict::completed);
        CHECK(yields(r, s, "b") == 4);
        CHECK(yields(r, s, "after-the-end") == 1);
        CHECK(yields(r, s, "after-a-life") == 1);

        scenario mortal = s;
        mortal.words[0].value = 1;
        const run_result late = execute(mortal, strategy);
        REQUIRE(late.end == verdict::violation);
        CHECK(late.failure.identity == "deadlock: absent");
        CHECK(yields(late, mortal, "b") == 1);
        CHECK(yields(late, mortal, "after-a-life") == 0);
    }
}

TEST_CASE("program: words are robust, and their pages absent, as the file says") {
    const char* const text = R"(
name = "t"
[futex]
lock = { kind = "pi", owner = "mortal", robust = true }
gate = { kind = "plain", faults = 2 }
[[task]]
name = "mortal"
steps = [{ op = "exit" }]
[[task]]
name = "heir"
after = "mortal.1"
steps = [
  { op = "add", futex = "gate", value = 1, if = "lock is 1073741824" },
  { op = "wait", futex = "gate", value = 7, repeat = 5, returns = ["EAGAIN"] },
]
)";
    std::ptrdiff_t most = 0;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        const scenario s = load(text);
        const run_result r = execute(s, "random", seed);
        REQUIRE_MESSAGE(r.end == verdict::completed, r.failure.message);
        const strings lines = story(r, s);
        most = std::max(most, std::count(lines.begin(), lines.end(), "heir: the page of gate is absent"));
        CHECK(position(lines, "heir: add(gate) -> ok") != lines.size());
    }
    CHECK(most == 2);

    scenario s = load(text);
    s.words[0].robust = false;
    s.words[1].faults = 0;
    const strings lines = story(execute(s), s);
    CHECK(position(lines, "heir: skips add") != lines.size());
    CHECK(position(lines, "heir: the page of gate is absent") == lines.size());
}

TEST_CASE("program: a call may retry as often as the file says") {
    scenario s = load(R"(
name = "t"
[futex]
gate = { kind = "plain" }
[[task]]
name = "sleeper"
steps = [{ op = "wait", futex = "gate", value = 0, while = "gate is 0" }]
[[task]]
name = "opener"
start = "arrives"
steps = [
  { op = "store", futex = "gate", value = 1 },
  { op = "wake", futex = "gate" },
]
[[signal]]
name = "one"
task = "sleeper"
[[signal]]
name = "two"
task = "sleeper"
)");
    const auto broken = [&s](unsigned retries) {
        s.rules.retries = retries;
        unsigned n = 0;
        for (std::uint64_t seed = 0; seed < 300; ++seed) {
            const run_result r = execute(s, "random:stay=7/8", seed);
            if (r.end == verdict::completed) {
                continue;
            }
            REQUIRE(r.end == verdict::violation);
            CHECK(std::string(r.failure.broken->name) == "bounded-retries");
            ++n;
        }
        return n;
    };
    CHECK(broken(0) == 0);
    CHECK(broken(1) > 0);
    CHECK(broken(10) == 0);
}

TEST_CASE("program: a signal comes once at most, and after its step") {
    const scenario s = load(R"(
name = "t"
[futex]
gate = { kind = "plain" }
[[task]]
name = "sleeper"
steps = [
  { op = "wait", futex = "gate", value = 0, while = "gate is 0" },
]
[[task]]
name = "opener"
repeat = 2
steps = [
  { op = "yield" },
  { op = "store", futex = "gate", value = 1, name = "open" },
  { op = "wake", futex = "gate" },
]
[[signal]]
name = "SIGUSR1"
task = "sleeper"
restart = false
after = "opener.1"
)");
    unsigned interrupted = 0;
    unsigned came = 0;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        const run_result r = execute(s, "random", seed);
        REQUIRE_MESSAGE(r.end == verdict::completed, r.failure.message);
        const auto is_signal = [](const event& e) { return e.kind == op_kind::signal; };
        const auto signals = std::count_if(r.log.begin(), r.log.end(), is_signal);
        CHECK(signals <= 1);
        came += signals != 0 ? 1U : 0U;
        const strings lines = results(r, s);
        const std::size_t eintr = position(lines, "sleeper: futex(WAIT, gate) -> EINTR");
        interrupted += eintr != lines.size() ? 1U : 0U;
        CHECK((eintr == lines.size() || eintr > position(lines, "opener: yield")));
    }
    CHECK(interrupted > 0);
    CHECK(came >= interrupted);
}

TEST_CASE("program: what was dropped keeps its number") {
    const scenario original = load(R"(
name = "t"
[machine]
cpus = 2
[[task]]
name = "a"
start = "arrives"
steps = [{ op = "yield" }]
[[task]]
name = "b"
steps = [{ op = "yield" }]
[[task]]
name = "c"
start = "arrives"
steps = [{ op = "sleep", duration = "1ms" }]
[[signal]]
name = "one"
task = "b"
[[signal]]
name = "two"
task = "c"
)");
    // Events: 64 arrival of a, 65 arrival of c, 66 one, 67 two, then timers by task: 70 that of c.
    const std::vector<std::uint32_t> codes{encode(reduction_kind::drop_task, 1),
                                           encode(reduction_kind::start_at_boot, 0)};
    scenario s = original;
    for (std::size_t taken = 0; taken <= codes.size(); ++taken) {
        CAPTURE(taken);
        if (taken != 0) {
            const std::optional<scenario> smaller = apply(s, codes[taken - 1]);
            REQUIRE(smaller.has_value());
            s = *smaller;
        }
        std::array<bool, 128> seen{};
        for (std::uint64_t seed = 0; seed < 100; ++seed) {
            const run_result r = execute(s, "random", seed);
            REQUIRE(r.end == verdict::completed);
            for (const event& e : r.log) {
                if (e.who == no_actor) {
                    continue;
                }
                seen.at(e.who) = true;
                const auto is = [&](op_kind kind, const char* name) {
                    return e.kind == kind && e.label == name;
                };
                if (is(op_kind::arrive, "a")) CHECK(e.who == 64);
                if (is(op_kind::arrive, "c")) CHECK(e.who == 65);
                if (is(op_kind::signal, "one")) CHECK(e.who == 66);
                if (is(op_kind::signal, "two")) CHECK(e.who == 67);
                if (e.kind == op_kind::fire) CHECK(e.who == 70);
            }
        }
        CHECK(seen[0]);
        CHECK(seen[1] == (taken == 0));
        CHECK(seen[2]);
        CHECK(seen[64] == (taken < 2));
        CHECK(seen[65]);
        CHECK(seen[66] == (taken == 0));
        CHECK(seen[67]);
        CHECK(seen[70]);
    }
}

TEST_CASE("program: dropped words leave the others what they are") {
    const scenario s = load(R"(
name = "t"
[futex]
spare = { kind = "plain", bucket = 3 }
gate = { kind = "plain", value = 5 }
[[task]]
name = "a"
steps = [
  { op = "add", futex = "gate", value = 1, if = "gate is 5" },
  { op = "store", futex = "gate", value = 1, if = "gate is not 6" },
]
)");
    const std::optional<scenario> smaller = apply(s, encode(reduction_kind::drop_futex, 0));
    REQUIRE(smaller.has_value());
    CHECK(results(execute(*smaller), *smaller) == results(execute(s), s));
    CHECK(results(execute(s), s) == strings{"a: add(gate) -> ok"});
}

TEST_CASE("program: made-up scenarios end, whoever steps") {
    // Without rules of their own they may do anything, but not crash and not go on for ever.
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        CAPTURE(seed);
        scenario s = testing::random_scenario(seed);
        s.rules = {};
        s.explore.points_max = 2000;
        scenario_program p(s);
        execution e;
        for (const char* name : everywhere) {
            const strategy_or_error strategy = make_strategy(name);
            for (std::uint64_t i = 0; i < 5; ++i) {
                const run_result& r = e.run(p, *strategy.made, options_of(s), i);
                CHECK(r.end != verdict::diverged);
            }
        }
    }
}

}  // namespace tenthrule::scenarios
