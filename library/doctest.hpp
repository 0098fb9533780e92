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
///
/// A campaign (docs/campaigns.md) runs these test cases, and no others of the program. Their options, apart
/// from the name, must not depend on what happens in `main`.

#include <cstdlib>
#include <deque>
#include <functional>
#include <utility>

#include <doctest/doctest.h>

#include "library/campaign_part.hpp"
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

struct doctest_test {
    std::function<void()> test;
    explore_options options;
};

inline std::deque<doctest_test>& doctest_tests() {
    static std::deque<doctest_test> all;
    return all;
}

inline bool remember_doctest(const char* name, void (*test)(), explore_options options) {
    options.name = name;
    doctest_tests().push_back({test, std::move(options)});
    return true;
}

/// Takes part in a campaign before doctest runs anything.
class doctest_in_campaign final : public doctest::IReporter {
public:
    explicit doctest_in_campaign(const doctest::ContextOptions& /*options*/) {}

    void test_run_start() override {
        for (const doctest_test& t : doctest_tests()) {
            take_part(t.test, t.options);
        }
        std::_Exit(0);
    }
    void report_query(const doctest::QueryData& /*what*/) override {}
    void test_run_end(const doctest::TestRunStats& /*what*/) override {}
    void test_case_start(const doctest::TestCaseData& /*what*/) override {}
    void test_case_reenter(const doctest::TestCaseData& /*what*/) override {}
    void test_case_end(const doctest::CurrentTestCaseStats& /*what*/) override {}
    void test_case_exception(const doctest::TestCaseException& /*what*/) override {}
    void subcase_start(const doctest::SubcaseSignature& /*what*/) override {}
    void subcase_end() override {}
    void log_assert(const doctest::AssertData& /*what*/) override {}
    void log_message(const doctest::MessageData& /*what*/) override {}
    void test_case_skipped(const doctest::TestCaseData& /*what*/) override {}
};

inline const bool doctest_takes_part =
    in_campaign() && doctest::registerReporter<doctest_in_campaign>("tenthrule", 0, false) != 0;

}  // namespace tenthrule::detail

#define TENTHRULE_TEST_CASE_NAMED(function, test_name, ...)                               \
    static void function();                                                               \
    [[maybe_unused]] static const bool DOCTEST_CAT(function, _is_known) =                 \
        ::tenthrule::detail::remember_doctest(test_name, &function,                       \
                                              ::tenthrule::explore_options{__VA_ARGS__}); \
    DOCTEST_TEST_CASE(test_name) {                                                        \
        ::tenthrule::detail::run_in_doctest(test_name, &function,                         \
                                            ::tenthrule::explore_options{__VA_ARGS__});   \
    }                                                                                     \
    static void function()

/// See above.
#define TENTHRULE_TEST_CASE(test_name, ...) \
    TENTHRULE_TEST_CASE_NAMED(DOCTEST_ANONYMOUS(tenthrule_test_), test_name __VA_OPT__(, ) __VA_ARGS__)
