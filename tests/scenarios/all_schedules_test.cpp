// Scenarios explored with and without reduction come to the same verdicts and states.

#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "runtime/random.hpp"
#include "runtime/sanitizer.hpp"
#include "scenarios/scenario_program.hpp"
#include "scheduler/dpor.hpp"
#include "scheduler/exhaustive.hpp"
#include "tests/scenarios/execute.hpp"
#include "tests/support/effort.hpp"

namespace tenthrule::scenarios {

using testing::load;

namespace {

struct all_ends {
    std::set<std::string> ends;
    std::uint64_t executions = 0;
    bool complete = false;
};

all_ends explore(scenario_program& p, const scenario& s, strategy& how, std::uint64_t executions_max) {
    all_ends found;
    execution e;
    const run_options options = options_of(s);
    while (how.more() && found.executions < executions_max) {
        const run_result& r = e.run(p, how, options);
        if (r.end == verdict::redundant) {
            continue;
        }
        ++found.executions;
        std::string end = r.failure.broken != nullptr ? r.failure.identity : "";
        if (r.end == verdict::completed) p.describe(e, end);
        found.ends.insert(end);
    }
    found.complete = !how.more();
    return found;
}

// Two or three short lives on kernels with and without their bugs: locks, timeouts, signals, requeues.
std::string draw(random_source& random) {
    const auto any = [&random](std::initializer_list<const char*> of) {
        return of.begin()[random.below(static_cast<std::uint32_t>(of.size()))];
    };
    const char* const preempt = any({"full", "full", "none", "rt"});
    std::string text =
        fmt::format("name = \"t\"\n[kernel]\nversion = \"{}\"\npreempt = \"{}\"\n[machine]\ncpus = 1\n",
                    any({"v2.6.24", "2009-rfc", "v2.6.31", "2016-rfc", "v4.12", "v4.14", "v4.15", "v6.6",
                         "v6.7", "golden"}),
                    preempt);
    text += "[futex]\nlock = { kind = \"pi\" }\ncond = { kind = \"plain\" }\n";
    const unsigned tasks = 2 + random.below(2);
    for (unsigned t = 0; t < tasks; ++t) {
        text += fmt::format("[[task]]\nname = \"{}\"\nsched = {{ policy = \"fifo\", priority = {} }}\n",
                            static_cast<char>('a' + t), 1 + random.below(3));
        if (random.below(3) != 0) {
            text += "start = \"arrives\"\n";
        }
        text += "steps = [\n";
        const unsigned kind = random.below(4);
        if (kind == 0) {
            text +=
                "{ op = \"lock_pi\", futex = \"lock\", timeout = \"5ms\", returns = [\"ok\", \"ETIMEDOUT\"] "
                "},\n";
            text += "{ op = \"unlock_pi\", futex = \"lock\", if = \"ok\" },\n";
        } else if (kind == 1) {
            text += "{ op = \"lock_pi\", futex = \"lock\" },\n";
            text += "{ op = \"unlock_pi\", futex = \"lock\" },\n";
        } else if (kind == 2) {
            text +=
                "{ op = \"wait_requeue_pi\", futex = \"cond\", to = \"lock\", timeout = \"4ms\", returns = "
                "[\"ok\", \"ETIMEDOUT\"] },\n";
            text += "{ op = \"unlock_pi\", futex = \"lock\", if = \"owner\" },\n";
        } else {
            text += "{ op = \"trylock_pi\", futex = \"lock\" },\n";
            text += "{ op = \"cmp_requeue_pi\", futex = \"cond\", to = \"lock\" },\n";
            text += "{ op = \"unlock_pi\", futex = \"lock\" },\n";
        }
        text += "]\n";
    }
    return text;
}

}  // namespace

TEST_CASE("all schedules: reduction changes no verdict of generated kernel scenarios on one CPU") {
    random_source random;
    random.reseed(1);
    unsigned compared = 0;
    std::uint64_t schedules = 0;
    std::uint64_t executions = 0;
    std::set<std::string> failures;
    for (unsigned i = 0; i < test::repetitions(150); ++i) {
        const std::string text = draw(random);
        CAPTURE(text);
        const scenario s = load(text);
        scenario_program p(s);
        exhaustive all;
        const all_ends brute = explore(p, s, all, 30'000);
        if (!brute.complete) {
            continue;
        }
        dpor reduced;
        const all_ends clever = explore(p, s, reduced, 1'000'000);
        REQUIRE(clever.complete);
        CHECK(clever.ends == brute.ends);
        ++compared;
        schedules += brute.executions;
        executions += clever.executions;
        for (const std::string& end : brute.ends) {
            if (end.find(": ") != std::string::npos) failures.insert(end);
        }
    }
    MESSAGE(compared << " scenarios, " << schedules << " schedules, " << executions << " executions, "
                     << failures.size() << " different failures");
    CHECK(compared >= test::repetitions(50));
    CHECK((sanitizer::address || failures.size() >= 2));
    CHECK(executions < schedules);
}

TEST_CASE(
    "all schedules: reduction changes no verdict of plain waits and wake-ups with a CPU for every task") {
    for (const char* const version : {"v4.14", "golden"}) {
        if (sanitizer::address && version == std::string("v4.14")) {
            continue;  // the same code
        }
        for (const char* const second :
             {"{ op = \"wake\", futex = \"cond\" }", "{ op = \"add\", futex = \"cond\", value = 1 }"}) {
            const std::string text = fmt::format(
                "name = \"t\"\n[kernel]\nversion = \"{}\"\n[machine]\ncpus = 0\n[futex]\ncond = {{ kind = "
                "\"plain\" }}\n[[task]]\nname = \"a\"\nsteps = [ {{ op = \"wait\", futex = \"cond\", value = "
                "0, timeout = \"1ms\", returns = [\"ok\", \"ETIMEDOUT\", \"EAGAIN\"] }} ]\n[[task]]\nname = "
                "\"b\"\nsteps = [ {} ]\n",
                version, second);
            CAPTURE(text);
            const scenario s = load(text);
            scenario_program p(s);
            exhaustive all;
            const all_ends brute = explore(p, s, all, 3'000'000);
            REQUIRE(brute.complete);
            dpor reduced;
            const all_ends clever = explore(p, s, reduced, 1'000'000);
            CHECK(clever.complete);
            CHECK(clever.ends == brute.ends);
            CHECK(clever.executions < brute.executions / 4);
        }
    }
}

}  // namespace tenthrule::scenarios
