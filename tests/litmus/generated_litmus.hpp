#pragma once

/// Litmus tests nobody thought of.

#include <array>
#include <cstdint>

#include "runtime/random.hpp"
#include "tests/litmus/litmus.hpp"

namespace tenthrule::test {

struct litmus_shape {
    unsigned threads = 2;
    unsigned length = 3;     ///< of a thread, at most
    unsigned locations = 2;
    // Weights
    unsigned loads = 4;
    unsigned stores = 4;
    unsigned updates = 2;
    unsigned fences = 0;
    unsigned seq_cst = 1;  ///< against one of each weaker order
};

/// A function of the seed. Stored values differ, so that what was read says from where.
inline litmus generated_litmus(std::uint64_t seed, const litmus_shape& shape) {
    random_source random(seed);
    const auto below = [&random](unsigned n) { return static_cast<unsigned>(random.below(n)); };
    const auto pick = [&](auto... orders) {
        const std::array choices{orders...};
        const unsigned n = below(static_cast<unsigned>(choices.size()) + shape.seq_cst);
        return n < choices.size() ? choices[n] : std::memory_order_seq_cst;
    };
    litmus test;
    test.locations = shape.locations;
    int value = 0;
    for (unsigned t = 0; t < shape.threads; ++t) {
        test.threads.emplace_back();
        const unsigned length = 1 + below(shape.length);
        for (unsigned n = 0; n < (length == 1 ? 2 : length); ++n) {
            instruction i;
            i.location = below(shape.locations);
            const unsigned what = below(shape.loads + shape.stores + shape.updates + shape.fences);
            if (what < shape.loads) {
                i.order = pick(std::memory_order_relaxed, std::memory_order_acquire);
            } else if (what < shape.loads + shape.stores) {
                i.what = instruction::kind::store;
                i.order = pick(std::memory_order_relaxed, std::memory_order_release);
                i.value = ++value;
            } else if (what < shape.loads + shape.stores + shape.updates) {
                i.what = below(2) == 0 ? instruction::kind::add : instruction::kind::compare;
                i.order = pick(std::memory_order_relaxed, std::memory_order_acquire,
                               std::memory_order_release, std::memory_order_acq_rel);
                i.value = i.what == instruction::kind::add ? 10 : ++value;
                i.expected = static_cast<int>(below(2));
            } else {
                i.what = instruction::kind::fence;
                i.location = 0;
                i.order = pick(std::memory_order_acquire, std::memory_order_release, std::memory_order_acq_rel);
            }
            test.threads.back().push_back(i);
        }
    }
    return test;
}

}  // namespace tenthrule::test
