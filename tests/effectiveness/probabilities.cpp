// Strategies against probabilities that do not come from this project: those of an explicit-state model of
// each program, computed exactly for the random walk and sampled for the others.

#include <cmath>
#include <string>

#include <doctest/doctest.h>

#include "bench/effectiveness/measure.hpp"
#include "scheduler/make_strategy.hpp"
#include "tests/support/effort.hpp"

using namespace tenthrule;

namespace {

struct reference {
    const char* program;
    double random_walk;  // exact
    double pct3;         // 200,000 executions of the model
    double pos;          // likewise
};

// From the model's table: where the test itself only starts and joins threads, the rows without it.
constexpr reference references[] = {
    {"CS/account", 0.333333, 0.333895, 0.333455},   {"CS/bluetooth_driver", 0.0625, 0.037485, 0.083665},
    {"CS/carter01", 0.5, 0.45445, 0.49983},         {"CS/circular_buffer", 0.9375, 0.500525, 0.93826},
    {"CS/deadlock01", 0.5, 0.24981, 0.33208},       {"CS/lazy01", 0.333333, 0.33333, 0.335005},
    {"CS/stack", 0.623867, 0.3282, 0.62338},        {"CS/reorder_3", 0.0493827, 0.07175, 0.101095},
    {"CS/reorder_4", 0.0380859, 0.04441, 0.081315}, {"CS/reorder_5", 0.030208, 0.030505, 0.06387},
    {"CS/twostage", 0.0625, 0.15368, 0.124535},     {"Chess/WorkStealQueue", 0.00709228, 0.044935, 0.06171},
    {"Splash2/fft", 0.6875, 0.46376, 0.555505},
};

constexpr double model_executions = 200'000;

double rate(const reference& r, const char* strategy_name, std::uint64_t executions) {
    effectiveness::trial t(effectiveness::program_named(r.program));
    const auto s = make_strategy(strategy_name).made;
    return static_cast<double>(t.failures(*s, executions, 17)) / static_cast<double>(executions);
}

// The variance of a rate over n executions is p (1 - p) / n.
double variance(double p, double n) {
    return p * (1 - p) / n;
}

const std::uint64_t executions = test::repetitions(8'000);
const auto executions_here = static_cast<double>(executions);

}  // namespace

// 13 rates that are each off by more than five standard deviations with probability 6e-7; the seed is fixed.
TEST_CASE("probabilities: the random walk finds each bug as often as computed") {
    for (const reference& r : references) {
        CAPTURE(std::string(r.program));
        const double found = rate(r, "random", executions);
        CHECK(std::abs(found - r.random_walk) < 5 * std::sqrt(variance(r.random_walk, executions_here)));
    }
}

// Likewise, but the model's figure is a sample as well, so its variance counts too.
TEST_CASE("probabilities: partial order sampling finds each bug as often as in the model") {
    for (const reference& r : references) {
        CAPTURE(std::string(r.program));
        const double found = rate(r, "pos", executions);
        const double both = variance(r.pos, executions_here) + variance(r.pos, model_executions);
        CHECK(std::abs(found - r.pos) < 5 * std::sqrt(both));
    }
}

// The model's PCT is told how many steps there will be, counts all of them, and lowers whoever made the one
// before; ours learns how many choices there were, counts only those, and lowers whoever would step. Change
// points at steps that leave no choice are lost, so ours should find more, and it has change points in 31 of
// 32 executions only. Where a bug needs its changes close to the end it finds less, but two thirds at least.
TEST_CASE("probabilities: PCT finds each bug at least two thirds as often as in the model") {
    for (const reference& r : references) {
        CAPTURE(std::string(r.program));
        const double found = rate(r, "pct:depth=3", executions);
        const double both = variance(r.pct3, executions_here) + variance(r.pct3, model_executions);
        CHECK(found > r.pct3 * 2 / 3 - 5 * std::sqrt(both));
    }
}

TEST_CASE("probabilities: every program has a bug that some strategy finds, but for SafeStack") {
    for (const effectiveness::buggy_program& p : effectiveness::programs()) {
        if (p.name == "SafeStack") continue;
        CAPTURE(std::string(p.name));
        effectiveness::trial t(p);
        const auto s = make_strategy("surw").made;
        CHECK(t.first_failure(*s, 2'000, 3) != 0);
    }
}
