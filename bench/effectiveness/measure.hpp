#pragma once

#include <cstdint>
#include <memory>

#include "bench/effectiveness/programs.hpp"
#include "library/test_program.hpp"
#include "runtime/execution.hpp"
#include "runtime/strategy.hpp"

namespace tenthrule::effectiveness {

/// Executes one program again and again, without shrinking and reporting what it finds.
class trial {
public:
    explicit trial(const buggy_program& what);

    /// Number of the first execution that fails, from 1; 0: none of the first `executions_max` does.
    std::uint64_t first_failure(strategy& how, std::uint64_t executions_max, std::uint64_t seed);

    /// How many of so many fail.
    std::uint64_t failures(strategy& how, std::uint64_t executions, std::uint64_t seed);

    /// The most scheduling points in an execution so far.
    std::uint32_t points_max() const {
        return points_max_;
    }

private:
    bool fails(strategy& how, std::uint64_t seed);

    const detail::terminate_guard guard_;
    explore_options options_;
    detail::written_test test_;
    std::unique_ptr<program> program_;
    run_options run_;
    execution execution_;
    std::uint32_t points_max_ = 0;
};

}  // namespace tenthrule::effectiveness
