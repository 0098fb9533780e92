#pragma once

#include <cstdint>

#include "runtime/random.hpp"
#include "runtime/strategy.hpp"

namespace tenthrule {

/// `random`: whoever is enabled steps with equal probability, so that an execution with b1, b2, ... bk
/// possibilities at its choice points has probability 1 / (b1 * b2 * ... * bk). The baseline that every
/// other strategy is measured against.
///
/// `random:stay=P/Q`: the current actor goes on with probability P/Q; otherwise one of all enabled
/// actors, the current one included, is drawn uniformly. Lets the others wait for long, which plain random
/// walks hardly ever do. A current actor that cannot go on, or that waits for somebody else in a retry
/// loop, gets no such preference.
class random_walk final : public strategy {
public:
    random_walk() = default;
    /// REQUIRES: stay_p < stay_q.
    random_walk(std::uint32_t stay_p, std::uint32_t stay_q) : stay_p_(stay_p), stay_q_(stay_q) {}

    void begin(std::uint64_t seed) override {
        random_.reseed(seed);
    }
    actor pick(const situation& where) override;
    random_source* draws_from() override {
        return stay_p_ == 0 ? &random_ : nullptr;
    }
    std::uint32_t choose(std::uint32_t n) override {
        return random_.below(n);
    }

private:
    std::uint32_t stay_p_ = 0;
    std::uint32_t stay_q_ = 1;
    random_source random_;
};

}  // namespace tenthrule
