// Test cases of doctest whose body is explored: these pass, or else doctest says so.

#include "library/doctest.hpp"
#include "library/main.hpp"
#include "library/tenthrule.hpp"

TENTHRULE_TEST_CASE("doctest: a body is explored", .strategy = "dpor", .executions_max = 0) {
    tenthrule::atomic<int> x(0);
    tenthrule::thread t([&] { x.fetch_add(1); });
    x.fetch_add(1);
    t.join();
    tenthrule::check(x.load() == 2);
}

TENTHRULE_TEST_CASE("doctest: options are not needed") {
    tenthrule::thread t([] {});
    t.join();
}

TEST_CASE("doctest: a program of its own says by its exit code what came of it") {
    CHECK(tenthrule::run_test("good", [] {}, {.executions_max = 10}) == 0);
    CHECK(tenthrule::run_test("bad", [] { tenthrule::check(false); }) == 1);
    CHECK(tenthrule::run_test("wrong", [] {}, {.strategy = "nothing"}) == 2);
}
