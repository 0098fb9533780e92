// From a scenario to a file and back; and what a digest notices.

#include <functional>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "scenarios/digest.hpp"
#include "scenarios/kernel_override.hpp"
#include "scenarios/load.hpp"
#include "scenarios/to_toml.hpp"
#include "tests/scenarios/random_scenario.hpp"
#include "tests/support/effort.hpp"

namespace tenthrule::scenarios {

namespace {

bool has_errors(const load_result& r) {
    for (const diagnostic& d : r.diagnostics) {
        if (d.level == severity::error) {
            return true;
        }
    }
    return false;
}

const char* const example = R"(name = "example"
about = "An example."
origin = "nowhere"

[kernel]
version = "v4.14"

[machine]
cpus = 2

[futex]
cond = { kind = "plain" }
lock = { kind = "pi", owner = "waker" }

[[task]]
name  = "waiter"
sched = { policy = "fifo", priority = 10 }
start = "arrives"
steps = [
  { op = "wait_requeue_pi", futex = "cond", to = "lock", value = 0, timeout = "5ms", name = "wait" },
  { op = "lock_pi", futex = "lock", if = "failed" },
  { op = "unlock_pi", futex = "lock" },
]

[[task]]
name  = "waker"
sched = { policy = "rr", priority = 20 }
after = "waiter.start"
steps = [
  { op = "cmp_requeue_pi", futex = "cond", to = "lock", value = 0 },
  { op = "unlock_pi", futex = "lock", until = "ok" },
]

[[signal]]
task = "waiter"
after = "waker.1"

[expect]
"v4.14" = []

[explore]
schedules = 10
)";

scenario load_example() {
    load_result r = load_text(example, "example.toml");
    REQUIRE_MESSAGE(r.value.has_value(), to_string(r.diagnostics));
    return *r.value;
}

}  // namespace

TEST_CASE("round trip: a made-up scenario survives being written and read") {
    for (std::uint64_t seed = 0; seed < test::repetitions(1000); ++seed) {
        CAPTURE(seed);
        const scenario s = testing::random_scenario(seed);
        const std::string text = to_toml(s);
        const load_result back = load_text(text, "made.toml");
        REQUIRE_MESSAGE(!has_errors(back), text << to_string(back.diagnostics));
        CHECK_MESSAGE(digest(*back.value) == digest(s), text);
        CHECK(digest_on_any_kernel(*back.value) == digest_on_any_kernel(s));
        CHECK(to_toml(*back.value) == text);
        CHECK(back.value->about == s.about);
        REQUIRE(back.value->expect.size() == s.expect.size());
        for (std::size_t i = 0; i < s.expect.size(); ++i) {
            CHECK(back.value->expect[i].version == s.expect[i].version);
            CHECK(effective_patches(back.value->expect[i].kernel) == effective_patches(s.expect[i].kernel));
        }
        CHECK(back.value->explore.schedules == s.explore.schedules);
    }
}

TEST_CASE("round trip: different scenarios have different digests") {
    std::set<std::uint64_t> digests;
    std::set<std::string> texts;
    for (std::uint64_t seed = 0; seed < test::repetitions(1000); ++seed) {
        scenario s = testing::random_scenario(seed);
        s.name = "made";
        s.about.clear();
        s.expect.clear();
        s.explore = {};
        for (task& t : s.tasks) {
            for (step& i : t.steps) {
                i.name.clear();
            }
        }
        digests.insert(digest(s));
        texts.insert(to_toml(s));
    }
    CHECK(digests.size() == texts.size());
}

TEST_CASE("round trip: what is written can be read by people") {
    CHECK(to_toml(load_example()) == R"(name   = "example"
about  = "An example."
origin = "nowhere"

[kernel]
version = "v4.14"
preempt = "full"

[machine]
cpus = 2

[futex]
cond = { kind = "plain" }
lock = { kind = "pi", owner = "waker" }

[[task]]
name  = "waiter"
sched = { policy = "fifo", priority = 10 }
start = "arrives"
steps = [
  { op = "wait_requeue_pi", name = "wait", futex = "cond", to = "lock", value = 0, timeout = "5ms" },
  { op = "lock_pi", futex = "lock", if = "failed" },
  { op = "unlock_pi", futex = "lock" },
]

[[task]]
name  = "waker"
sched = { policy = "rr", priority = 20 }
after = "waiter.start"
steps = [
  { op = "cmp_requeue_pi", futex = "cond", to = "lock", value = 0 },
  { op = "unlock_pi", futex = "lock", until = "ok" },
]

[[signal]]
name  = "signal"
task  = "waiter"
after = "waker.1"

[expect]
"v4.14" = []

[explore]
schedules = 10
)");
}

TEST_CASE("round trip: pages, robust lists, exits, retries, and kernels between versions") {
    const char* const text = R"(name = "mortal"

[kernel]
version = "v6.8"
preempt = "full"

[machine]
cpus = 0

[futex]
cond = { kind = "plain", bucket = 1, faults = 3 }
lock = { kind = "pi", owner = "mortal", robust = true, faults = 1 }

[[task]]
name  = "mortal"
start = "arrives"
steps = [
  { op = "protect", futex = "cond", access = "none" },
  { op = "protect", futex = "cond", access = "read-only" },
  { op = "protect", futex = "cond", access = "read-write" },
  { op = "lock_pi", futex = "lock", returns = ["ok", "EFAULT"] },
  { op = "exit", name = "death", if = "EFAULT" },
  { op = "unlock_pi", futex = "lock" },
  { op = "exit" },
]

[rules]
off     = ["livelock"]
retries = 12

[expect]
"v5.15 without 9f5d1c336a10"                                  = ["deadlock"]
"v4.15 without futex: Fix OWNER_DEAD fixup with da791a667536" = []
"v6.8"                                                        = []
)";
    const load_result r = load_text(text, "in.toml");
    REQUIRE_MESSAGE(!has_errors(r), to_string(r.diagnostics));
    const scenario& s = *r.value;
    CHECK(to_toml(s) == text);
    CHECK(s.words[0].faults == 3);
    CHECK_FALSE(s.words[0].robust);
    CHECK(s.words[1].robust);
    CHECK(s.tasks[0].steps[1].what.access == kernel::page_access::read_only);
    CHECK(s.rules.retries == 12);
    CHECK(expected(s) == &s.expect[2]);
}

TEST_CASE("digest: stays when only words for people change") {
    const scenario s = load_example();
    const std::vector<std::function<void(scenario&)>> changes{
        [](scenario& c) { c.name = "other"; },
        [](scenario& c) { c.about = "Something else."; },
        [](scenario& c) { c.origin.clear(); },
        [](scenario& c) { c.file = "other.toml"; },
        [](scenario& c) { c.expect.clear(); },
        [](scenario& c) {
            c.explore = {"random", 5, 500};
        },
        [](scenario& c) { c.tasks[0].steps[0].name.clear(); },
        [](scenario& c) {
            c.tasks[0].at = {77, 7};
        },
        // Adding what is there and taking away what is not changes nothing.
        [](scenario& c) { c.kernel.without.insert(kernel::patch::fixup_stolen); },
        // A value that nobody gave, and nobody looks at.
        [](scenario& c) { c.tasks[0].steps[1].what.value = 5; },
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        CAPTURE(i);
        scenario changed = s;
        changes[i](changed);
        CHECK(digest(changed) == digest(s));
    }
}

TEST_CASE("digest: changes when the meaning does") {
    const scenario s = load_example();
    const std::vector<std::function<void(scenario&)>> changes{
        [](scenario& c) { c.kernel.version = "v4.15"; },
        [](scenario& c) { c.kernel.with.insert(kernel::patch::fixup_stolen); },
        [](scenario& c) { c.kernel.preempt = kernel::preempt_model::rt; },
        [](scenario& c) { c.cpus = 3; },
        [](scenario& c) { c.words[0].name = "condition"; },
        [](scenario& c) { c.words[0].value = 1; },
        [](scenario& c) { c.words[0].bucket = 1; },
        [](scenario& c) { c.words[0].faults = 1; },
        [](scenario& c) { c.words[0].faults = 2; },
        [](scenario& c) { c.words[1].robust = true; },
        [](scenario& c) { c.words[1].owner = 0; },
        [](scenario& c) { c.words[1].owner.reset(); },
        [](scenario& c) { c.tasks[0].name = "sleeper"; },
        [](scenario& c) { c.tasks[0].sched = policy::rr; },
        [](scenario& c) { c.tasks[0].priority = 11; },
        [](scenario& c) { c.tasks[0].affinity = 1; },
        [](scenario& c) { c.tasks[0].start = task_start::boot; },
        [](scenario& c) { c.tasks[0].repeat = 2; },
        [](scenario& c) { c.tasks[1].after->steps = 1; },
        [](scenario& c) { c.tasks[1].arrival_dropped = true; },
        [](scenario& c) { std::swap(c.tasks[0], c.tasks[1]); },
        [](scenario& c) { c.tasks[0].dropped = true; },
        [](scenario& c) { c.tasks[0].steps[1].dropped = true; },
        [](scenario& c) { c.tasks[0].steps[1].only_if = {}; },
        [](scenario& c) { c.tasks[0].steps[0].repeat = 2; },
        [](scenario& c) { c.tasks[0].steps[0].what.value = 1; },
        [](scenario& c) { c.tasks[0].steps[0].what.has_value = false; },
        [](scenario& c) { c.tasks[0].steps[0].what.timeout = 1; },
        [](scenario& c) { c.tasks[0].steps[0].what.has_timeout = false; },
        [](scenario& c) { c.tasks[0].steps[0].what.clock = kernel::clock_id::realtime; },
        [](scenario& c) { c.tasks[0].steps[1].what.op = kernel::op_code::trylock_pi; },
        [](scenario& c) { c.tasks[0].steps[1].returns.errors.push_back(EINVAL); },
        [](scenario& c) { c.tasks[1].steps[0].what.move_count = 1; },
        [](scenario& c) { c.tasks[1].steps[1].until = {}; },
        [](scenario& c) { c.signals[0].restart = false; },
        [](scenario& c) { c.signals[0].after.reset(); },
        [](scenario& c) { c.signals[0].dropped = true; },
        [](scenario& c) { c.signals.clear(); },
        [](scenario& c) { c.rules.off.emplace_back("livelock"); },
        [](scenario& c) { c.rules.retries = 1; },
        [](scenario& c) { c.rules.retries = 10; },
        [](scenario& c) { c.tasks[0].steps[1].what.op = kernel::op_code::protect; },
        [](scenario& c) {
            c.tasks[0].steps[1].what.op = kernel::op_code::protect;
            c.tasks[0].steps[1].what.access = kernel::page_access::none;
        },
        [](scenario& c) { c.tasks[0].steps[1].what.op = kernel::op_code::exit; },
    };
    std::set<std::uint64_t> seen{digest(s)};
    for (std::size_t i = 0; i < changes.size(); ++i) {
        CAPTURE(i);
        scenario changed = s;
        changes[i](changed);
        CHECK(seen.insert(digest(changed)).second);
    }
}

TEST_CASE("digest: the kernel apart") {
    const scenario s = load_example();
    const kernel_override other = with_kernel(s, "v6.8", {}, {});
    REQUIRE(other.value.has_value());
    CHECK(digest(*other.value) != digest(s));
    CHECK(digest_on_any_kernel(*other.value) == digest_on_any_kernel(s));
    CHECK(digest_on_any_kernel(s) != digest(s));
}

TEST_CASE("digest: is the same for ever") {
    // Tokens contain it. If this fails, every token that people have kept loses its scenario.
    scenario s = load_example();
    for (task& t : s.tasks) {
        for (step& i : t.steps) {
            i.returns = {false, {0}, {}};
        }
    }
    CHECK(digest(s) == 3302451431991067699U);
    CHECK(digest_on_any_kernel(s) == 14198923295531562411U);
}

}  // namespace tenthrule::scenarios
