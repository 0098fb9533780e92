#pragma once

/// What a test can come to, over all its schedules.

#include <functional>
#include <set>
#include <string>

#include "library/explore.hpp"

namespace tenthrule::test {

/// `test` sets its argument to what came out. Failures are outcomes, too: "deadlock".
inline std::set<std::string> outcomes_of(const std::function<void(std::string&)>& test, const char* strategy,
                                         explore_options options = {}) {
    std::set<std::string> all;
    options.strategy = strategy;
    options.executions_max = 0;
    options.shrink = false;
    options.track_allocations = false;
    const exploration r = explore(
        [&] {
            std::string outcome;
            test(outcome);
            all.insert(outcome);
        },
        options);
    if (!r.ok()) {
        all.insert(r.end == exploration_end::failed ? r.failure.rule : r.error);
    }
    return all;
}

/// The rule that a search of the test finds violated; empty: none.
inline std::string failure_of(const std::function<void()>& test, explore_options options = {}) {
    const exploration r = explore(test, options);
    return r.end == exploration_end::failed ? r.failure.rule : r.error;
}

}  // namespace tenthrule::test
