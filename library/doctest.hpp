#pragma once

/// For users of doctest: test cases whose body is explored.
///
///     TENTHRULE_TEST_CASE("two pushes, two pops") {
///         tenthrule::thread t(...);
///         ...
///         tenthrule::check(...);
///     }
///
/// A failure is reported with its trace and a token. With the token in the environment variable
/// TENTHRULE_REPLAY the test case of that token is replayed instead of searched. Options come after the name:
///
///     TENTHRULE_TEST_CASE("small", .strategy = "dpor", .executions_max = 0) { ... }
///
/// In the body use tenthrule::check, not CHECK: doctest would keep what it allocates there.

#include <doctest/doctest.h>

#include "library/explore.hpp"

namespace tenthrule::detail {

inline void run_in_doctest(const char* name, void (*test)(), explore_options options) {
    options.name = name;
    const exploration result = explore(test, options);
    if (result.ok()) {
        MESSAGE(result.report());
        return;
    }
    FAIL_CHECK(result.report());
}

}  // namespace tenthrule::detail

#define TENTHRULE_TEST_CASE_NAMED(function, test_name, ...)                             \
    static void function();                                                             \
    DOCTEST_TEST_CASE(test_name) {                                                      \
        ::tenthrule::detail::run_in_doctest(test_name, &function,                       \
                                            ::tenthrule::explore_options{__VA_ARGS__}); \
    }                                                                                   \
    static void function()

/// See above.
#define TENTHRULE_TEST_CASE(test_name, ...) \
    TENTHRULE_TEST_CASE_NAMED(DOCTEST_ANONYMOUS(tenthrule_test_), test_name __VA_OPT__(, ) __VA_ARGS__)
