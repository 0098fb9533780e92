// An execution of a scenario asks the heap for nothing once the first few have got what they need.

#include <doctest/doctest.h>

#include "runtime/random.hpp"
#include "scenarios/scenario_program.hpp"
#include "scheduler/make_strategy.hpp"
#include "tests/scenarios/execute.hpp"
#include "tests/support/count_allocations.hpp"

namespace tenthrule::scenarios {

using test::allocations;

TEST_CASE("program: an execution allocates nothing on the heap") {
    const scenario s = testing::load(R"(
name = "t"
[machine]
cpus = 2
[futex]
lock = { kind = "pi" }
cond = { kind = "plain" }
ready = { kind = "plain" }
[[task]]
name = "consumer"
sched = { policy = "fifo", priority = 20 }
start = "arrives"
steps = [
  { op = "mutex_lock", futex = "lock" },
  { op = "cond_wait", futex = "cond", mutex = "lock", timeout = "1ms", if = "ready is 0" },
  { op = "mutex_unlock", futex = "lock", until = "ok" },
]
[[task]]
name = "producer"
sched = { policy = "fifo", priority = 10 }
steps = [
  { op = "mutex_lock", futex = "lock" },
  { op = "store", futex = "ready", value = 1, name = "ready" },
  { op = "cond_signal", futex = "cond", mutex = "lock" },
  { op = "mutex_unlock", futex = "lock", until = "ok" },
]
[[task]]
name = "late"
after = "producer.ready"
steps = [{ op = "mutex_lock", futex = "lock" }, { op = "mutex_unlock", futex = "lock", until = "ok" }]
[[signal]]
task = "consumer"
after = "producer.1"
)");
    scenario_program p(s);
    const run_options options = options_of(s);
    const strategy_or_error strategy = make_strategy("pct:depth=3");
    execution e;
    const auto search = [&](std::uint64_t from, std::uint64_t to) {
        for (std::uint64_t i = from; i < to; ++i) {
            const run_result& r = e.run(p, *strategy.made, options, execution_seed(1, i));
            if (r.end != verdict::completed) {
                return false;
            }
        }
        return true;
    };
    // Decisions and blocks of the arena grow to the size of the longest execution.
    REQUIRE(search(0, 5'000));
    const std::size_t before = allocations;
    const bool clean = search(5'000, 10'000);
    const std::size_t after = allocations;
    CHECK(clean);
    CHECK(after - before <= 2);
}

}  // namespace tenthrule::scenarios
