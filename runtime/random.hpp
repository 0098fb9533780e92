#pragma once

/// The one random number generator of the project. A seed means the same schedule on every machine, so
/// the generator is specified here and must never change: xoshiro256** 1.0 seeded through splitmix64
/// (Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM TOMS 2021).

#include <bit>
#include <cstdint>

#include "runtime/types.hpp"

namespace tenthrule {

/// One step of splitmix64; also used to derive independent seeds.
constexpr std::uint64_t splitmix64(std::uint64_t& state) {
    std::uint64_t z = (state += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
}

/// The seed of execution `index` of a search seeded with `seed`.
constexpr std::uint64_t execution_seed(std::uint64_t seed, std::uint64_t index) {
    std::uint64_t state = seed ^ (index * 0xd1342543de82ef95U);
    (void)splitmix64(state);
    return splitmix64(state);
}

class random_source {
public:
    constexpr explicit random_source(std::uint64_t seed = 0) {
        reseed(seed);
    }

    constexpr void reseed(std::uint64_t seed) {
        for (std::uint64_t& word : state_) {
            word = splitmix64(seed);
        }
    }

    constexpr std::uint64_t next() {
        const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
        const std::uint64_t t = state_[1] << 17U;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= t;
        state_[3] = std::rotl(state_[3], 45);
        return result;
    }

    /// A value in [0, n). REQUIRES: n > 0. The high half of a 32x32 multiplication; for the n of this
    /// project (below 2^20) the bias is under 2^-12 of one part in n.
    constexpr std::uint32_t below(std::uint32_t n) {
        return static_cast<std::uint32_t>(((next() >> 32U) * n) >> 32U);
    }

private:
    std::uint64_t state_[4] = {};
};

/// One of its members, each as likely as the others. REQUIRES: at least two of them.
constexpr actor draw_one(const actor_set& set, random_source& random) {
    const task_bits first = set.tasks & (~set.tasks + 1);
    const task_bits others = set.tasks ^ first;
    if (set.events == 0 && (others & (others - 1)) == 0) [[likely]] {
        return first_task(random.below(2) == 0 ? first : others);
    }
    return set.nth(random.below(set.count()));
}

}  // namespace tenthrule
