#pragma once

#include <cstdint>

#include "runtime/random.hpp"
#include "runtime/strategy.hpp"
#include "scheduler/about_to_touch.hpp"
#include "scheduler/lots.hpp"

namespace tenthrule {

/// `pos`: partial order sampling (Yuan, Yang and Gu, "Partial Order Aware Concurrency Sampling", CAV 2018).
/// What each actor is about to do has a random priority, drawn when it becomes the actor's next step; the
/// enabled one of the highest priority is done. After that the actor's next step gets a new priority, and so
/// does whatever others are about to do that conflicts with what was done: the order in which it was not
/// chosen says nothing about what comes then. So every partial order of conflicting steps has a probability
/// that pays only for the races its steps lose, not for the length of the execution.
///
/// Needs to know nothing beforehand and learns nothing.
///
/// Where it deviates from the paper:
/// - Two steps conflict if their published operations do: see `dependent` in runtime/types.hpp. Readers do
///   not conflict with readers.
/// - Events (timers, arrivals, signals) have priorities as tasks have, drawn when they appear. They conflict
///   with nothing, so one that is passed over keeps its priority: it lets at least j steps of one task come
///   first with probability 1/(j + 1).
/// - Who yields in a retry loop gets a priority below all others three times in four.
/// - Whoever could have stepped but was passed over at 1,000 to 2,000 choices gets a new priority.
class pos final : public strategy {
public:
    void begin(std::uint64_t seed) override;
    void appear(actor a) override;
    actor pick(const situation& where) override;
    std::uint32_t choose(std::uint32_t n) override {
        return random_.below(n);
    }
    bool follows() const override {
        return true;
    }
    void followed(actor next, const operation* pending) override;

private:
    random_source random_;
    about_to_touch touched_;
    lots lots_;
};

}  // namespace tenthrule
