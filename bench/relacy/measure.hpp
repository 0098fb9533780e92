#pragma once

/// Running a program under a strategy, and the clock.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "library/test_program.hpp"
#include "runtime/execution.hpp"

namespace tenthrule::comparison {

/// A search by one strategy; begins another whenever one is complete. Throws if an execution is a violation.
class engine {
public:
    engine(const std::function<void()>& test, const std::string& strategy_name);

    /// Gives the number of scheduling points.
    std::uint64_t run(std::uint64_t executions);

private:
    const detail::terminate_guard guard_;
    explore_options options_;
    detail::written_test test_;
    std::unique_ptr<program> program_;
    run_options run_;
    std::string name_;
    std::unique_ptr<strategy> strategy_;
    execution machine_;
    std::uint64_t done_ = 0;
};

struct searched {
    std::uint64_t executions = 0;
    std::uint64_t given_up = 0;  ///< begun besides, up to where all that could follow was known
    bool complete = false;
};

/// One search, to its end or up to so many executions.
searched search_all(const std::function<void()>& test, const std::string& strategy_name,
                    std::uint64_t executions_max);

/// Nanoseconds of a jump of Boost.Context.
double raw_jump_ns();

/// Nanoseconds of a scheduling point at which nobody switches: with a choice, where the strategy says go on,
/// or with nobody else who could step.
double point_without_switch_ns(bool choice);

template <typename F>
double seconds(F f) {
    const auto begin = std::chrono::steady_clock::now();
    f();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

inline double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values.at(values.size() / 2);
}

}  // namespace tenthrule::comparison
