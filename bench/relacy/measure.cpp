#include "bench/relacy/measure.hpp"

#include <stdexcept>

#include "bench/yardsticks.hpp"
#include "runtime/random.hpp"
#include "scheduler/make_strategy.hpp"

namespace tenthrule::comparison {

engine::engine(const std::function<void()>& test, const std::string& strategy_name)
    : test_(test, options_),
      program_(test_.instantiate()),
      run_(test_.options()),
      name_(strategy_name),
      strategy_(make_strategy(name_).made) {}

std::uint64_t engine::run(std::uint64_t executions) {
    std::uint64_t points = 0;
    for (std::uint64_t i = 0; i < executions; ++i) {
        if (!strategy_->more()) {
            strategy_ = make_strategy(name_).made;
        }
        const run_result& r = machine_.run(*program_, *strategy_, run_, execution_seed(1, done_++));
        if (r.end == verdict::violation) {
            throw std::runtime_error(r.failure.message);
        }
        points += r.statistics.points;
    }
    return points;
}

searched search_all(const std::function<void()>& test, const std::string& strategy_name,
                    std::uint64_t executions_max) {
    const detail::terminate_guard guard;
    const explore_options options;
    const detail::written_test written(test, options);
    const std::unique_ptr<program> p = written.instantiate();
    const std::unique_ptr<strategy> s = make_strategy(strategy_name).made;
    execution machine;
    searched result;
    while (s->more() && result.executions + result.given_up < executions_max) {
        const run_result& r = machine.run(*p, *s, written.options(), 0);
        ++(r.end == verdict::redundant ? result.given_up : result.executions);
    }
    result.complete = !s->more();
    return result;
}

double raw_jump_ns() {
    constexpr int pairs = 250'000;
    bench::jumper other;
    const double time = seconds([&] {
        for (int i = 0; i < pairs; ++i) {
            other.there_and_back();
        }
    });
    return 1e9 * time / (2 * pairs);
}

double point_without_switch_ns(bool choice) {
    constexpr int executions = 300;
    bench::points program(choice);
    bench::go_on strategy;
    execution machine;
    const double time = seconds([&] {
        for (int i = 0; i < executions; ++i) {
            (void)machine.run(program, strategy, {});
        }
    });
    return 1e9 * time / (executions * bench::points::in_a_row);
}

}  // namespace tenthrule::comparison
