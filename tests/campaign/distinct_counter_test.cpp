#include "worker/distinct_counter.hpp"

#include <memory>

#include <doctest/doctest.h>

using namespace tenthrule;

TEST_CASE("distinct_counter: exact enough over six orders of magnitude") {
    const auto counter = std::make_unique<distinct_counter>();
    CHECK(counter->estimate() == 0);
    std::uint64_t n = 0;
    for (const std::uint64_t size : {1ULL, 10ULL, 100ULL, 1'000ULL, 10'000ULL, 100'000ULL, 1'000'000ULL}) {
        for (; n < size; ++n)
            counter->add(n);  // not random at all: it has to do the mixing itself
        const auto estimate = static_cast<double>(counter->estimate());
        // Five standard errors; small numbers are exact.
        const double tolerance = size <= 10 ? 0 : 0.08 * static_cast<double>(size);
        CHECK(estimate >= static_cast<double>(size) - tolerance);
        CHECK(estimate <= static_cast<double>(size) + tolerance);
    }
}

TEST_CASE("distinct_counter: seeing things again changes nothing") {
    const auto once = std::make_unique<distinct_counter>();
    const auto often = std::make_unique<distinct_counter>();
    for (std::uint64_t i = 0; i < 5'000; ++i) {
        once->add(i * i);
        for (int again = 0; again < 3; ++again)
            often->add(i * i);
    }
    CHECK(once->estimate() == often->estimate());
}

TEST_CASE("distinct_counter: merged is as if one had seen everything") {
    const auto a = std::make_unique<distinct_counter>();
    const auto b = std::make_unique<distinct_counter>();
    const auto all = std::make_unique<distinct_counter>();
    for (std::uint64_t i = 0; i < 20'000; ++i) {
        (i % 3 == 0 ? a : b)->add(i);
        all->add(i);
    }
    a->merge(*b);
    CHECK(a->estimate() == all->estimate());
}
