#include "cli/miss_bound.hpp"

#include <doctest/doctest.h>

using tenthrule::cli::bound_of;

TEST_CASE("miss bound: PCT's guarantee in numbers") {
    // n = 5, k = 20, d = 3: one in 5 * 20^2 = 2,000; (1 - 1/2000)^1000 = 0.60645.
    const auto bound = bound_of("pct:depth=3", 5, 20'000, 1'000);
    REQUIRE(bound.has_value());
    CHECK(bound->depth == 3);
    CHECK(bound->points == doctest::Approx(20));
    CHECK(bound->hit_inverse == doctest::Approx(2'000));
    CHECK(bound->missed == doctest::Approx(0.60645).epsilon(1e-4));
}

TEST_CASE("miss bound: there is none without a guarantee") {
    CHECK_FALSE(bound_of("random", 5, 20'000, 1'000).has_value());
    CHECK_FALSE(bound_of("exhaustive", 5, 20'000, 1'000).has_value());
    CHECK_FALSE(bound_of("pct:depth=x", 5, 20'000, 1'000).has_value());
    CHECK_FALSE(bound_of("pct:depth=3", 5, 0, 0).has_value());
}

TEST_CASE("miss bound: a program of one actor is hit every time") {
    const auto bound = bound_of("pct:depth=1", 1, 10, 10);
    REQUIRE(bound.has_value());
    CHECK(bound->missed == doctest::Approx(0));
}
