// What a scenario declares variable, and what is drawn from it.

#include "scenarios/variation.hpp"

#include <algorithm>
#include <set>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "scenarios/digest.hpp"
#include "scenarios/durations.hpp"
#include "scenarios/load.hpp"
#include "scenarios/reductions.hpp"
#include "scenarios/to_toml.hpp"
#include "tests/scenarios/random_scenario.hpp"
#include "tests/support/effort.hpp"

namespace tenthrule::scenarios {

namespace {

const char* const example = R"(name = "example"
[kernel]
version = "v4.14"
[machine]
cpus = 2
[futex]
lock = { kind = "pi" }
[[task]]
name  = "waiter"
sched = { policy = "fifo", priority = 10 }
start = "arrives"
steps = [ { op = "lock_pi", futex = "lock", timeout = "5ms" }, { op = "unlock_pi", futex = "lock", if = "owner" } ]
[[task]]
name  = "other"
sched = { policy = "fifo", priority = 20 }
start = "arrives"
steps = [ { op = "lock_pi", futex = "lock" }, { op = "unlock_pi", futex = "lock", until = "ok" } ]
)";

scenario load(const std::string& vary) {
    const load_result r = load_text(example + ("[vary]\n" + vary), "example.toml");
    REQUIRE_MESSAGE(r.value.has_value(), to_string(r.diagnostics));
    return *r.value;
}

// What all variations of the first thousand numbers come to, by a property of them.
template <typename F>
std::set<std::string> drawn(const scenario& s, F&& property) {
    std::set<std::string> seen;
    for (std::uint64_t n = 0; n < 1'000; ++n) {
        const std::optional<variation> v = draw_variation(s, n);
        REQUIRE(v.has_value());
        seen.insert(property(*with_variation(s, *v)));
    }
    return seen;
}

}  // namespace

TEST_CASE("variation: each thing takes each of its choices and what is written, and nothing else") {
    using strings = std::set<std::string>;
    CHECK_FALSE(can_vary(load("")));
    CHECK(can_vary(load("cpus = [1]")));
    CHECK(drawn(load("cpus = [1, 0, 4]"), [](const scenario& s) { return std::to_string(s.cpus); }) ==
          strings{"0", "1", "2", "4"});
    CHECK(drawn(load("preempt = [\"none\", \"rt\"]"), [](const scenario& s) {
              return std::to_string(static_cast<int>(s.kernel.preempt));
          }).size() == 3);
    CHECK(drawn(load("tasks = [\"other\"]"),
                [](const scenario& s) { return std::to_string(s.tasks[1].dropped); }) == strings{"0", "1"});
    CHECK(drawn(load("priorities = { waiter = [30, 40], other = [1] }"), [](const scenario& s) {
              return fmt::format("{} {}", s.tasks[0].priority, s.tasks[1].priority);
          }) == strings{"10 1", "10 20", "30 1", "30 20", "40 1", "40 20"});
    CHECK(drawn(load("timeouts = { waiter = [\"1us\", \"2s\"] }"), [](const scenario& s) {
              return duration_text(s.tasks[0].steps[0].what.timeout);
          }) == strings{"1us", "2s", "5ms"});
    // One that the version has, and one that it has not.
    CHECK(drawn(load("patches = [\"c1e2f0eaf015\", \"34b1a1ce1458\"]"), [](const scenario& s) {
              const auto has = [&s](const char* commit) {
                  return effective_patches(s.kernel).contains(kernel::find_patch(commit)->id);
              };
              return fmt::format("{} {}", has("c1e2f0eaf015"), has("34b1a1ce1458"));
          }) == strings{"false false", "false true", "true false", "true true"});
}

TEST_CASE("variation: words tell variations apart, and a number means the same for ever") {
    const scenario s = load(
        "cpus = [1, 3]\npreempt = [\"rt\"]\ntasks = [\"other\"]\n"
        "priorities = { waiter = [5, 40], other = [5] }\ntimeouts = { waiter = [\"1ms\"] }");
    std::set<std::string> abouts;
    std::set<std::vector<std::uint32_t>> codes;
    for (std::uint64_t n = 0; n < 2'000; ++n) {
        const std::optional<variation> v = draw_variation(s, n);
        REQUIRE(v.has_value());
        abouts.insert(v->about);
        codes.insert(v->codes);
        CHECK(v->about.empty() == v->codes.empty());
    }
    CHECK(abouts.size() == codes.size());
    // CPUs x timeouts x the waiter's priorities x (the other left out, or one of its two priorities)
    CHECK(codes.size() == 3 * 2 * 3 * 3);
    CHECK(draw_variation(s, 1)->about ==
          "without other, 1 CPU, waiter at priority 5, waiter with timeout 1ms");
    CHECK(draw_variation(s, 2)->about == "3 CPUs, other at priority 5, waiter with timeout 1ms");
}

TEST_CASE("variation: of any scenario it is valid, and its file says the same") {
    unsigned varied = 0;
    for (std::uint64_t seed = 1; seed <= test::repetitions(400); ++seed) {
        const scenario s = testing::random_scenario(seed);
        for (std::uint64_t n = 0; n < 5; ++n) {
            const std::optional<variation> v = draw_variation(s, n);
            if (!v) {
                continue;
            }
            const std::optional<scenario> made = with_variation(s, *v);
            REQUIRE(made.has_value());
            CHECK_FALSE(can_vary(*made));
            const load_result back = load_text(to_toml(*made), "varied.toml");
            REQUIRE_MESSAGE(back.value.has_value(), to_string(back.diagnostics));
            CHECK(digest(*back.value) == digest(*made));
            varied += v->codes.empty() ? 0U : 1U;
        }
    }
    CHECK(varied > test::repetitions(100));
}

TEST_CASE("variation: a timeout is a code exactly if it is a number up to 4095 and a unit") {
    CHECK(code_of_timeout(0) == 0);
    CHECK(code_of_timeout(4'095) != 0);
    CHECK(code_of_timeout(4'096) == 0);
    CHECK(code_of_timeout(4'096'000) == 0);
    CHECK(code_of_timeout(1'500'000) != 0);
    CHECK(code_of_timeout(duration_max) != 0);
    const scenario s = load("");
    for (const nanoseconds timeout : {nanoseconds{1}, nanoseconds{4'095'000}, nanoseconds{7'000'000'000}}) {
        const std::uint32_t code = encode(reduction_kind::drop_timeout, 0, 0, code_of_timeout(timeout));
        CHECK(apply(s, code)->tasks[0].steps[0].what.timeout == timeout);
    }
    // Nothing that no variation has: too long, a priority that there is not, CPUs that there are not.
    CHECK_FALSE(apply(s, encode(reduction_kind::drop_timeout, 0, 0, 4'095U * 4 + 3)).has_value());
    CHECK_FALSE(apply(s, encode(reduction_kind::same_priority, 0, 0, 100)).has_value());
    CHECK_FALSE(apply(s, encode(reduction_kind::machine, 0, 66)).has_value());
    CHECK_FALSE(apply(s, encode(reduction_kind::drop_timeout, 1, 0, 5)).has_value());
}

}  // namespace tenthrule::scenarios
