// What is each fiber's own, whoever else runs in between.

#include <array>
#include <cfenv>
#include <cstddef>
#include <cstdint>

#include <doctest/doctest.h>

#include "tests/runtime/small_program.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

// Computed when it is run, with the rounding mode of then: once in SSE's registers, once in the x87's.
bool third_is_rounded_up() {
    volatile double one = 1;
    volatile double three = 3;
    const double third = one / three;
    return third > 0x1.5555555555555p-2;
}
bool third_is_rounded_up_in_x87() {
    volatile long double one = 1;
    volatile long double three = 3;
    volatile long double third = one / three;
    return third * three > one;
}

}  // namespace

TEST_CASE("fibers: each has a rounding mode of its own") {
    REQUIRE(std::fegetround() == FE_TONEAREST);
    small_program p([](small_program& q) {
        for (const int mode : {FE_UPWARD, FE_DOWNWARD}) {
            q.task({}, [mode] {
                CHECK(std::fegetround() == FE_TONEAREST);
                std::fesetround(mode);
                for (int i = 0; i < 3; ++i) {
                    small_program::step("rounding");
                    CHECK(std::fegetround() == mode);
                    CHECK(third_is_rounded_up() == (mode == FE_UPWARD));
                    CHECK(third_is_rounded_up_in_x87() == (mode == FE_UPWARD));
                }
            });
        }
        q.task({}, [] {
            small_program::step("not rounding");
            CHECK(std::fegetround() == FE_TONEAREST);
        });
    });
    const search_result found = explore(p);
    CHECK(found.complete);
    CHECK(found.verdicts == std::set<verdict>{verdict::completed});
    CHECK(std::fegetround() == FE_TONEAREST);
}

TEST_CASE("fibers: local variables outlast what others do, in as many registers as there are") {
    small_program p([](small_program& q) {
        for (int t = 1; t <= 2; ++t) {
            q.task({}, [t] {
                constexpr std::size_t size = 14;
                volatile int drawn = t;
                std::array<int, size> whole{};
                std::array<double, size> broken{};
                for (std::size_t i = 0; i < size; ++i) {
                    whole[i] = drawn * static_cast<int>(i + 1);
                    broken[i] = drawn / static_cast<double>(i + 1);
                }
                for (int i = 0; i < 3; ++i) {
                    small_program::step("one of many");
                    int sum = 0;
                    for (std::size_t k = 0; k < size; ++k) {
                        sum += whole[k];
                        CHECK(broken[k] == t / static_cast<double>(k + 1));
                    }
                    CHECK(sum == t * 105);
                }
            });
        }
    });
    const search_result found = explore(p);
    CHECK(found.complete);
    CHECK(found.verdicts == std::set<verdict>{verdict::completed});
}

TEST_CASE("fibers: the stack is aligned as functions expect it") {
    small_program p([](small_program& q) {
        for (int t = 0; t < 3; ++t) {
            q.task({}, [] {
                alignas(std::max_align_t) std::array<char, sizeof(std::max_align_t)> local{};
                volatile auto address = reinterpret_cast<std::uintptr_t>(local.data());
                CHECK(address % alignof(std::max_align_t) == 0);
            });
        }
    });
    CHECK(follow(p).end == verdict::completed);
}
