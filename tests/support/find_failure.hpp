#pragma once

/// Failing schedules for tests that need one to begin with.

#include <string>

#include "runtime/random.hpp"
#include "scheduler/make_strategy.hpp"
#include "shrink/test_case.hpp"

namespace tenthrule::toy {

struct failing {
    schedule decisions;
    run_statistics statistics;
    violation failure;
    std::uint64_t executions = 0;  ///< until then; 0: none was found
};

/// The first failure (of that identity, if one is given) within so many executions.
inline failing find_failure(const test_case& c, const char* strategy, std::uint64_t seed,
                            std::uint64_t executions_max = 100'000, const std::string& identity = "") {
    execution machine;
    const auto instance = c.instantiate();
    const auto how = make_strategy(strategy).made;
    for (std::uint64_t i = 0; i < executions_max && how->more(); ++i) {
        const run_result& r = machine.run(*instance, *how, c.options(), execution_seed(seed, i));
        if (r.end == verdict::violation && (identity.empty() || r.failure.identity == identity)) {
            return {r.decisions, r.statistics, r.failure, i + 1};
        }
    }
    return {};
}

}  // namespace tenthrule::toy
