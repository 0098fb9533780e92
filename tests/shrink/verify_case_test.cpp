#include "shrink/verify_case.hpp"

#include <doctest/doctest.h>

#include "shrink/shrink.hpp"
#include "tests/support/toy_case.hpp"

using namespace tenthrule;
using namespace tenthrule::toy;

namespace {

// Tasks that add one to a counter: atomically, or by load and store, which loses updates.
std::shared_ptr<const test_case> counting(unsigned tasks, bool atomically) {
    description d;
    for (unsigned t = 0; t < tasks; ++t) {
        std::vector<toy::step> steps{load(0), store(0)};
        if (atomically) {
            steps = {add(0)};
        }
        d.tasks.push_back({.name = "task " + std::to_string(t), .steps = std::move(steps)});
    }
    return make_case(std::move(d));
}

std::shared_ptr<const test_case> locked_counting(unsigned tasks) {
    description d;
    for (unsigned t = 0; t < tasks; ++t) {
        d.tasks.push_back(
            {.name = "task " + std::to_string(t), .steps = {lock(0), load(0), store(0), unlock(0)}});
    }
    return make_case(std::move(d));
}

}  // namespace

TEST_CASE("verify_case: a correct test is verified, with all schedules up to equivalence") {
    const verified_case v = verify_case(*counting(3, true));
    CHECK(v.verified());
    CHECK(v.all_of_them);
    CHECK(v.executions == 6);  // the orders of three atomic additions
    CHECK(v.cuts == 0);
    CHECK(v.longest == 3);
    CHECK_FALSE(v.failure);
    CHECK(describe(v) == "verified: 6 executions, all of them");
    CHECK(verify_case(*locked_counting(2)).verified());
}

TEST_CASE("verify_case: a lost update is found, and what was found can be shrunk") {
    const auto what = counting(3, false);
    const verified_case v = verify_case(*what);
    REQUIRE(v.verdict == case_verdict::found);
    CHECK_FALSE(v.verified());
    REQUIRE(v.failure);
    CHECK(describe(v).find(v.failure->message) != std::string::npos);
    const shrink_result smaller = shrink(what, v.decisions);
    CHECK(smaller.error.empty());
    CHECK(smaller.run.result.failure.identity == v.failure->identity);
    CHECK(smaller.shrunk.size.tasks == 2);
    CHECK(smaller.certified);
}

TEST_CASE("verify_case: a bound is searched up to, and says when it was no restriction") {
    const auto lossy = counting(2, false);
    const verified_case without = verify_case(*lossy, {.bound = 0});
    CHECK(without.verified());
    CHECK(without.bound_done == 0U);
    CHECK_FALSE(without.all_of_them);
    CHECK(describe(without) == "verified up to bound 0: 2 executions");
    const verified_case with_one = verify_case(*lossy, {.bound = 1});
    CHECK(with_one.verdict == case_verdict::found);
    CHECK(with_one.bound_done == 0U);

    const verified_case ample = verify_case(*counting(2, true), {.bound = 9});
    CHECK(ample.verified());
    CHECK(ample.all_of_them);
    CHECK(ample.bound_done < 9U);
}

TEST_CASE("verify_case: what ends early claims nothing") {
    const verified_case few = verify_case(*locked_counting(4), {.executions_max = 5});
    CHECK(few.verdict == case_verdict::executions);
    CHECK(few.executions + few.redundant == 5);
    const std::atomic<bool> stop{true};
    CHECK(verify_case(*locked_counting(4), {.stop = &stop}).verdict == case_verdict::interrupted);
    // Executions that are too long for the step bound are not explored to their end.
    const verified_case cut = verify_case(*locked_counting(2), {.points_max = 6});
    CHECK_FALSE(cut.verified());
}

TEST_CASE("verify_case: a test that does not depend on its schedule alone is not verified") {
    description d;
    d.tasks = {{.name = "one", .steps = {add(0), add(1)}}, {.name = "two", .steps = {add(0), add(1)}}};
    d.moody = true;
    CHECK_FALSE(verify_case(*make_case(std::move(d))).verified());
}
