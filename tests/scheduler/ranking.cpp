#include "scheduler/ranking.hpp"

#include <array>

#include <doctest/doctest.h>

#include "runtime/random.hpp"
#include "tests/support/effort.hpp"

using namespace tenthrule;

namespace {

actor highest_one_by_one(const std::array<int, 128>& numbers, actor_set set) {
    actor best = set.first();
    for (; !set.empty(); set.erase(set.first())) {
        if (numbers[set.first()] > numbers[best]) best = set.first();
    }
    return best;
}

}  // namespace

// Numbers are few, so that many are equal; sets grow, shrink, and are asked about again.
TEST_CASE("ranking: the highest is the one that a look at each of them finds") {
    random_source random(11);
    for (std::uint64_t run = 0; run < test::repetitions(200); ++run) {
        const std::uint32_t actors = 1 + random.below(128);
        ranking<int> fast;
        std::array<int, 128> numbers{};
        actor_set set;
        for (int step = 0; step < 500; ++step) {
            for (std::uint32_t changes = random.below(4); changes > 0; --changes) {
                const auto a = static_cast<actor>(random.below(actors));
                numbers[a] = static_cast<int>(random.below(50)) - 25;
                fast.set(a, numbers[a]);
            }
            for (std::uint32_t changes = random.below(step == 0 ? 200 : 3); changes > 0; --changes) {
                set.insert(static_cast<actor>(random.below(actors)));
                set.erase(static_cast<actor>(random.below(actors)));
            }
            if (set.empty()) continue;
            REQUIRE(fast.highest(set) == highest_one_by_one(numbers, set));
        }
    }
}
