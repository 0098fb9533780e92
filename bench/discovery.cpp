// How many schedules it takes to find the seed races: for each strategy the median and the 95th percentile
// over 100 seeds of the number of the first failing execution. Counts, not times: the machine's load does not
// matter.

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "runtime/execution.hpp"
#include "runtime/random.hpp"
#include "scenarios/load.hpp"
#include "scenarios/scenario_program.hpp"
#include "scheduler/make_strategy.hpp"

namespace {

using namespace tenthrule;

constexpr std::uint64_t seeds = 100;
constexpr std::uint64_t schedules_max = 20'000;

std::uint64_t first_failure(scenarios::scenario_program& program, const std::string& strategy_name,
                            std::uint64_t seed) {
    static execution e;
    const auto strategy = make_strategy(strategy_name).made;
    for (std::uint64_t i = 0; i < schedules_max; ++i) {
        if (e.run(program, *strategy, {}, execution_seed(seed, i)).end == verdict::violation) {
            return i + 1;
        }
    }
    return schedules_max + 1;
}

void discover(benchmark::State& state, const std::string& file, int cpus, const std::string& strategy) {
    auto loaded = scenarios::load_file(TENTHRULE_SCENARIO_DIR "/" + file);
    if (!loaded.value) {
        std::abort();
    }
    loaded.value->cpus = static_cast<unsigned>(cpus);
    scenarios::scenario_program program(*loaded.value);
    std::vector<std::uint64_t> found;
    for ([[maybe_unused]] auto _ : state) {
        for (std::uint64_t seed = 0; seed < seeds; ++seed) {
            found.push_back(first_failure(program, strategy, seed));
        }
    }
    std::sort(found.begin(), found.end());
    const auto missed = std::count_if(found.begin(), found.end(), [](auto n) { return n > schedules_max; });
    state.counters["median"] = static_cast<double>(found[found.size() / 2]);
    state.counters["p95"] = static_cast<double>(found[found.size() * 95 / 100 - 1]);
    state.counters["missed"] = static_cast<double>(missed);
}

[[maybe_unused]] const bool registered = [] {
    for (const char* file : {"seeds/2017-steal-vs-timeout-lockpi.toml", "seeds/2017-steal-vs-timeout.toml"}) {
        for (const int cpus : {0, 2}) {
            for (const char* strategy : {"random", "random:stay=7/8", "pct:depth=3", "pct:depth=4"}) {
                const std::string name = std::string(file) + " cpus=" + std::to_string(cpus) + " " + strategy;
                benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
                    discover(state, file, cpus, strategy);
                })->Iterations(1);
            }
        }
    }
    return true;
}();

}  // namespace
