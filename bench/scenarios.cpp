// How fast scenarios execute in search mode: executions and scheduling points per second, one core.

#include <cstdlib>
#include <memory>
#include <string>

#include <benchmark/benchmark.h>

#include "runtime/execution.hpp"
#include "runtime/random.hpp"
#include "scenarios/load.hpp"
#include "scenarios/scenario_program.hpp"
#include "scheduler/make_strategy.hpp"

namespace {

using namespace tenthrule;

// Two tasks that take and release one PI futex through the kernel: the yardstick.
constexpr const char* lock_unlock = R"(
name = "lock-unlock"
about = "Two tasks take and release one PI futex."
[kernel]
version = "v6.8"
[machine]
cpus = 2
[futex]
lock = { kind = "pi" }
[[task]]
name = "a"
sched = { policy = "fifo", priority = 10 }
steps = [ { op = "lock_pi", futex = "lock" }, { op = "unlock_pi", futex = "lock" } ]
[[task]]
name = "b"
sched = { policy = "fifo", priority = 20 }
steps = [ { op = "lock_pi", futex = "lock" }, { op = "unlock_pi", futex = "lock" } ]
)";

scenarios::scenario load(const std::string& name) {
    auto loaded = name == "lock-unlock" ? scenarios::load_text(lock_unlock, name)
                                        : scenarios::load_file(TENTHRULE_SCENARIO_DIR "/" + name);
    if (!loaded.value) {
        std::abort();
    }
    return *std::move(loaded.value);
}

void search(benchmark::State& state, const std::string& name, const std::string& strategy_name) {
    const scenarios::scenario s = load(name);
    scenarios::scenario_program program(s);
    execution e;
    auto strategy = make_strategy(strategy_name).made;
    std::uint64_t index = 0;
    std::uint64_t points = 0;
    for ([[maybe_unused]] auto _ : state) {
        if (!strategy->more()) {
            strategy = make_strategy(strategy_name).made;  // it has explored everything: once more
        }
        points += e.run(program, *strategy, {}, execution_seed(1, index++)).statistics.points;
    }
    state.SetItemsProcessed(static_cast<std::int64_t>(index));
    state.counters["points/execution"] = static_cast<double>(points) / static_cast<double>(index);
    state.counters["points/s"] = benchmark::Counter(static_cast<double>(points), benchmark::Counter::kIsRate);
}

[[maybe_unused]] const bool registered = [] {
    for (const char* name :
         {"lock-unlock", "seeds/2017-steal-vs-timeout-lockpi.toml", "seeds/2017-steal-vs-timeout.toml"}) {
        for (const char* strategy : {"random", "random:stay=7/8", "pct:depth=3", "dpor"}) {
            benchmark::RegisterBenchmark((std::string(name) + " " + strategy).c_str(),
                                         [=](benchmark::State& state) { search(state, name, strategy); });
        }
    }
    return true;
}();

}  // namespace
