// What the engine itself costs, on programs of a few visible operations. Compare ratios within one run:
// absolute figures of virtual machines swing by a factor of two from one minute to the next.
//
//   raw_jump               one switch of fibers by Boost.Context, the yardstick
//   point_alone            a scheduling point at which nobody else could step
//   point_asked            a scheduling point at which the strategy is asked and says: go on
//   executions/STRATEGY    2 tasks x 10 updates of one shared integer; `point` is the time per scheduling
//   point,
//                          switches, set-up and end of the execution included

#include <vector>

#include <benchmark/benchmark.h>
#include <boost/context/detail/fcontext.hpp>

#include "runtime/execution.hpp"
#include "runtime/memory.hpp"
#include "runtime/random.hpp"
#include "scheduler/make_strategy.hpp"

namespace {

using namespace tenthrule;

constexpr std::uint32_t points_in_a_row = 1'000;

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

// One task passes many points; another, if there is one, could step at each of them.
class points final : public program {
public:
    explicit points(bool company) : company_(company) {}

    void boot(execution& e) override {
        const auto pass = [](void* /*argument*/) {
            execution& here = execution::current();
            for (std::uint32_t i = 0; i < points_in_a_row; ++i) {
                here.point(op_kind::load, access::read, 1, "x");
            }
        };
        e.add_task({.name = "a"}, pass, nullptr);
        if (company_)
            e.add_task(
                {.name = "b"}, [](void* /*argument*/) {}, nullptr);
    }

private:
    const bool company_;
};

// Says: go on, whenever it is asked.
class go_on final : public strategy {
public:
    void begin(std::uint64_t /*seed*/) override {}
    actor pick(const situation& where) override {
        return where.fallback;
    }
    std::uint32_t choose(std::uint32_t /*n*/) override {
        return 0;
    }
};

void raw_jump(benchmark::State& state) {
    using namespace boost::context::detail;
    std::vector<char> stack(64 * 1024);
    fcontext_t other = make_fcontext(stack.data() + stack.size(), stack.size(), [](transfer_t t) {
        for (;;) {
            t = jump_fcontext(t.fctx, nullptr);
        }
    });
    for (auto _ : state) {
        for (std::uint32_t i = 0; i < points_in_a_row / 2; ++i) {
            other = jump_fcontext(other, nullptr).fctx;
        }
    }
    // There and back.
    state.counters["jump"] = benchmark::Counter(
        points_in_a_row, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(raw_jump);

void pass_points(benchmark::State& state, bool company) {
    points p(company);
    go_on strategy_of_bench;
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
