// What the engine itself costs, on programs of a few visible operations. Compare ratios within one run:
// absolute figures of virtual machines swing by a factor of two from one minute to the next.
//
//   raw_jump               one switch of fibers by Boost.Context, the yardstick
//   point_alone            a scheduling point at which nobody else could step
//   point_asked            a scheduling point at which the strategy is asked and says: go on
//   executions/STRATEGY    2 tasks x 10 updates of one shared integer; `point` is the time per scheduling
//                          point: switches, beginning and end of the execution included

#include <benchmark/benchmark.h>

#include "bench/yardsticks.hpp"
#include "runtime/execution.hpp"
#include "runtime/memory.hpp"
#include "runtime/random.hpp"
#include "scheduler/make_strategy.hpp"

namespace {

using namespace tenthrule;

constexpr std::uint32_t points_in_a_row = bench::points::in_a_row;

// Two tasks that update one integer.
class updates final : public program {
public:
    explicit updates(unsigned times) : times_(times) {}

    void boot(execution& e) override {
        x_ = e.arena().make<shared<int>>("x");
        e.add_task({.name = "a"}, &update, this);
        e.add_task({.name = "b"}, &update, this);
    }

private:
    static void update(void* self) {
        const auto& p = *static_cast<updates*>(self);
        for (unsigned i = 0; i < p.times_; ++i) {
            p.x_->update([](int v) { return v + 1; });
        }
    }

    const unsigned times_;
    shared<int>* x_ = nullptr;
};

void raw_jump(benchmark::State& state) {
    bench::jumper other;
    for (auto _ : state) {
        for (std::uint32_t i = 0; i < points_in_a_row / 2; ++i) {
            other.there_and_back();
        }
    }
    state.counters["jump"] = benchmark::Counter(
        points_in_a_row, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(raw_jump);

void pass_points(benchmark::State& state, bool company) {
    bench::points p(company);
    bench::go_on strategy_of_bench;
    execution e;
    for (auto _ : state) {
        benchmark::DoNotOptimize(e.run(p, strategy_of_bench, {}));
    }
    state.counters["point"] = benchmark::Counter(
        points_in_a_row, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK_CAPTURE(pass_points, point_alone, false);
BENCHMARK_CAPTURE(pass_points, point_asked, true);

void executions(benchmark::State& state, const char* strategy_name) {
    updates p(10);
    const auto s = make_strategy(strategy_name).made;
    execution e;
    std::uint64_t points_passed = 0;
    std::uint64_t switches = 0;
    std::uint64_t done = 0;
    for (auto _ : state) {
        const run_result& r = e.run(p, *s, {}, execution_seed(1, done++));
        points_passed += r.statistics.points;
        switches += r.statistics.switches;
    }
    using counter = benchmark::Counter;
    state.counters["executions/s"] = counter(static_cast<double>(done), counter::kIsRate);
    state.counters["points/s"] = counter(static_cast<double>(points_passed), counter::kIsRate);
    state.counters["point"] =
        counter(static_cast<double>(points_passed), counter::kIsRate | counter::kInvert);
    state.counters["switches"] = counter(static_cast<double>(switches), counter::kAvgIterations);
}
BENCHMARK_CAPTURE(executions, random, "random");
BENCHMARK_CAPTURE(executions, random_stay, "random:stay=7/8");
BENCHMARK_CAPTURE(executions, pct, "pct:depth=3");
BENCHMARK_CAPTURE(executions, pos, "pos");
BENCHMARK_CAPTURE(executions, surw, "surw");
BENCHMARK_CAPTURE(executions, roundrobin, "roundrobin");

// A new search begins whenever one is complete.
void every_execution(benchmark::State& state) {
    updates p(4);
    execution e;
    auto s = make_strategy("exhaustive").made;
    std::uint64_t done = 0;
    for (auto _ : state) {
        if (!s->more()) s = make_strategy("exhaustive").made;
        benchmark::DoNotOptimize(e.run(p, *s, {}));
        ++done;
    }
    state.counters["executions/s"] =
        benchmark::Counter(static_cast<double>(done), benchmark::Counter::kIsRate);
}
BENCHMARK(every_execution);

}  // namespace
