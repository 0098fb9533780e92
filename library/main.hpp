#pragma once

/// For programs without a test framework, and for frameworks of every kind: one call that explores and says
/// what came of it.
///
///     int main() { return tenthrule::run_test("two pushes", [] { ... }); }
///
/// With GoogleTest:
///
///     TEST(queue, two_pushes) { EXPECT_EQ(0, tenthrule::run_test("two pushes", [] { ... })); }

#include <cstdio>
#include <functional>

#include "library/explore.hpp"

namespace tenthrule {

/// Prints the report to standard output. 0: nothing found; 1: something was; 2: wrong options or a damaged
/// token; 3: a replay diverged; 4: the test does not depend on its schedule alone.
inline int run_test(const char* name, const std::function<void()>& test, explore_options options = {}) {
    options.name = name;
    const exploration result = explore(test, options);
    std::printf("%s: %s", name, result.report().c_str());
    switch (result.end) {
        case exploration_end::passed:
        case exploration_end::verified:
            return 0;
        case exploration_end::failed:
            return 1;
        case exploration_end::bad_input:
            return 2;
        case exploration_end::diverged:
            return 3;
        case exploration_end::not_a_test:
            return 4;
    }
    return 4;
}

}  // namespace tenthrule
