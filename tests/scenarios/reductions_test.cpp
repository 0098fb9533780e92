// Making scenarios smaller.

#include "scenarios/reductions.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/random.hpp"
#include "scenarios/digest.hpp"
#include "scenarios/load.hpp"
#include "scenarios/to_toml.hpp"
#include "scenarios/validate.hpp"
#include "tests/scenarios/execute.hpp"
#include "tests/scenarios/random_scenario.hpp"

namespace tenthrule::scenarios {

using testing::load;

namespace {

const char* const chain = R"(
name = "chain"
[machine]
cpus = 2
[futex]
cond = { kind = "plain", bucket = 1 }
lock = { kind = "pi", owner = "waker" }
[[task]]
name = "waiter"
sched = { policy = "fifo", priority = 10 }
start = "arrives"
steps = [
  { op = "wait_requeue_pi", futex = "cond", to = "lock", value = 0, timeout = "5ms" },
  { op = "lock_pi", futex = "lock", if = "ETIMEDOUT" },
  { op = "unlock_pi", futex = "lock" },
]
[[task]]
name = "waker"
sched = { policy = "rr", priority = 20 }
affinity = [0]
repeat = 4
steps = [
  { op = "cmp_requeue_pi", futex = "cond", to = "lock", value = 0 },
  { op = "unlock_pi", futex = "lock", repeat = 2 },
]
[[task]]
name = "last"
after = "waker.2"
steps = [{ op = "set_priority", task = "waiter", priority = 3 }, { op = "yield" }]
[[signal]]
name = "SIGUSR1"
task = "waiter"
after = "waker.1"
)";

std::string proposals(const scenario& s) {
    std::string list;
    for (const reduction_code& r : reductions(s)) {
        list += r.about + "\n";
    }
    return list;
}

scenario reduced(const scenario& s, std::uint32_t code) {
    std::optional<scenario> smaller = apply(s, code);
    REQUIRE(smaller.has_value());
    return *std::move(smaller);
}

}  // namespace

TEST_CASE("reductions: what is proposed, and in which order") {
    CHECK(proposals(load(chain)) == R"(drop task waiter
drop task waker
drop task last
drop SIGUSR1 for waiter
drop step 2 of waiter (lock_pi)
drop step 3 of waiter (unlock_pi)
no 'if' in step 2 of waiter (lock_pi)
repeat waker 1 instead of 4 times
repeat waker 2 instead of 4 times
repeat waker 3 instead of 4 times
drop step 1 of waker (cmp_requeue_pi)
drop step 2 of waker (unlock_pi)
repeat step 2 of waker (unlock_pi) 1 instead of 2 times
drop step 1 of last (set_priority)
drop step 2 of last (yield)
waiter runnable at boot
waiter starts after the start of waker
waiter starts after step 1 of waker (cmp_requeue_pi)
waiter starts after step 2 of waker (unlock_pi)
waiter starts after the start of last
waiter starts after step 1 of last (set_priority)
waiter starts after step 2 of last (yield)
last runnable at boot
waiter has the priority of waker
waker has the priority of waiter
waker is a fifo task
waker may run on all CPUs
a CPU for every task
1 CPU
bucket 0 for cond
)");
}

TEST_CASE("reductions: nothing is proposed that leaves no valid scenario") {
    // Without its timeout the wait never returns ETIMEDOUT, which the next step is about.
    const scenario s = load(chain);
    CHECK_FALSE(apply(s, encode(reduction_kind::drop_timeout, 0, 0)).has_value());
    const scenario shorter = reduced(s, encode(reduction_kind::drop_step, 0, 1));
    const scenario no_timeout = reduced(shorter, encode(reduction_kind::drop_timeout, 0, 0));
    CHECK_FALSE(no_timeout.tasks[0].steps[0].returns.allows(-ETIMEDOUT));
}

TEST_CASE("reductions: a dropped task takes with it what others say of it") {
    const scenario s = reduced(load(chain), encode(reduction_kind::drop_task, 0));
    CHECK(s.tasks[0].dropped);
    CHECK(s.signals[0].dropped);
    CHECK(s.tasks[2].steps[0].dropped);  // set_priority of the dropped one
    CHECK_FALSE(s.tasks[2].steps[1].dropped);

    const scenario no_waker = reduced(load(chain), encode(reduction_kind::drop_task, 1));
    CHECK_FALSE(no_waker.words[1].owner.has_value());
    CHECK(no_waker.tasks[2].start == task_start::boot);
    CHECK_FALSE(no_waker.signals[0].after.has_value());
}

TEST_CASE("reductions: a reference to a dropped step means the moment before it") {
    const scenario s = reduced(load(chain), encode(reduction_kind::drop_step, 1, 1));
    REQUIRE(s.tasks[2].after.has_value());
    const scenario back = load(to_toml(s));
    CHECK(back.tasks[2].after == step_reference{1, 1});
    CHECK(digest(back) == digest(s));
}

TEST_CASE("reductions: an arrival that was dropped keeps its event") {
    const scenario at_boot = reduced(load(chain), encode(reduction_kind::start_at_boot, 0));
    CHECK(at_boot.tasks[0].arrival_dropped);
    const scenario later = reduced(load(chain), encode(reduction_kind::start_after, 0, 1, 1));
    CHECK(later.tasks[0].arrival_dropped);
    CHECK(later.tasks[0].start == task_start::after);
    CHECK(events_count(later) == events_count(load(chain)));
    const scenario both = reduced(later, encode(reduction_kind::start_at_boot, 0));
    CHECK(both.tasks[0].arrival_dropped);
    CHECK(load(to_toml(both)).tasks[0].arrival_dropped);
}

TEST_CASE("reductions: a CPU for every task knows no affinity") {
    const scenario s = reduced(load(chain), encode(reduction_kind::machine, 0));
    CHECK(s.cpus == 0);
    CHECK(s.tasks[1].affinity == 0);
}

TEST_CASE("reductions: pages that are there, and words on no robust list") {
    scenario s = load(chain);
    s.words[0].faults = 3;
    s.words[1].faults = 1;
    s.words[1].robust = true;
    const std::string list = proposals(s);
    for (const char* line :
         {"the page of cond absent 0 instead of 3 times\n", "the page of cond absent 1 instead of 3 times\n",
          "the page of cond absent 2 instead of 3 times\n", "the page of lock absent 0 instead of 1 times\n",
          "lock on no robust list\n"}) {
        CAPTURE(line);
        CHECK(list.find(line) != std::string::npos);
    }
    CHECK(list.find("cond on no robust list") == std::string::npos);
    CHECK(reduced(s, encode(reduction_kind::plain_memory, 0, 0, 1)).words[0].faults == 1);
    CHECK(reduced(s, encode(reduction_kind::plain_memory, 0, 0, 0)).words[0].faults == 0);
    CHECK_FALSE(reduced(s, encode(reduction_kind::plain_memory, 1, 1)).words[1].robust);
    CHECK(reduced(s, encode(reduction_kind::plain_memory, 1, 1)).words[1].faults == 1);
    for (const std::uint32_t code :
         {encode(reduction_kind::plain_memory, 0, 0, 3), encode(reduction_kind::plain_memory, 0, 0, 9),
          encode(reduction_kind::plain_memory, 0, 1), encode(reduction_kind::plain_memory, 1, 2),
          encode(reduction_kind::plain_memory, 2, 0)}) {
        CHECK_FALSE(apply(s, code).has_value());
    }
}

TEST_CASE("reductions: nothing comes to stand behind the end of a task") {
    const scenario s = load(R"(
name = "t"
[futex]
lock = { kind = "pi" }
[[task]]
name = "a"
start = "arrives"
repeat = 2
steps = [
  { op = "cas_lock", futex = "lock" },
  { op = "exit", if = "ok" },
  { op = "yield" },
]
)");
    const std::uint32_t surely = encode(reduction_kind::drop_condition, 0, 1, 0);
    CHECK_FALSE(apply(s, surely).has_value());
    const scenario once = reduced(s, encode(reduction_kind::repeat_task, 0, 0, 1));
    CHECK_FALSE(apply(once, surely).has_value());
    const scenario last = reduced(s, encode(reduction_kind::drop_step, 0, 2));
    CHECK_FALSE(apply(last, surely).has_value());
    CHECK(apply(reduced(once, encode(reduction_kind::drop_step, 0, 2)), surely).has_value());
}

TEST_CASE("reductions: no number does any harm") {
    random_source random(7);
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const scenario s = testing::random_scenario(seed);
        for (unsigned i = 0; i < 50; ++i) {
            const auto any = static_cast<std::uint32_t>(random.next());
            const std::uint32_t code = i % 2 == 0 ? any
                                                  : encode(static_cast<reduction_kind>(any % 16),
                                                           any >> 8U & 3U, any >> 10U & 3U, any >> 12U & 7U);
            if (const std::optional<scenario> smaller = apply(s, code)) CHECK(is_valid(*smaller));
        }
    }
}

TEST_CASE("reductions: each makes a scenario smaller that can still be written, read and run") {
    random_source random(1);
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        CAPTURE(seed);
        const scenario original = testing::random_scenario(seed);
        scenario s = original;
        std::vector<std::uint32_t> taken;
        for (;;) {
            const std::vector<reduction_code> all = reductions(s);
            if (all.empty()) {
                break;
            }
            const reduction_code& r = all[random.below(static_cast<std::uint32_t>(all.size()))];
            CAPTURE(r.about);
            const scenario smaller = reduced(s, r.code);
            CHECK(size_of(smaller) < size_of(s));
            const std::string text = to_toml(smaller);
            const load_result back = load_text(text, "made.toml");
            REQUIRE_MESSAGE(back.value.has_value(), text << to_string(back.diagnostics));
            CHECK_MESSAGE(digest(*back.value) == digest(smaller), text);
            CHECK(size_of(*back.value) == size_of(smaller));
            s = smaller;
            taken.push_back(r.code);
        }
        CHECK(size_of(s).tasks == 1);
        CHECK(size_of(s).steps == 1);
        CHECK(testing::execute(s).end != verdict::diverged);
        // The list of numbers says it all.
        scenario again = original;
        for (const std::uint32_t code : taken) {
            again = reduced(again, code);
        }
        CHECK(to_toml(again) == to_toml(s));
    }
}

}  // namespace tenthrule::scenarios
