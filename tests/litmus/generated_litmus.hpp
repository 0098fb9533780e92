#pragma once

/// Litmus tests nobody thought of.

#include <array>
#include <cstdint>
#include <vector>

#include "runtime/random.hpp"
#include "tests/litmus/litmus.hpp"

namespace tenthrule::test {

struct litmus_shape {
    unsigned threads = 2;
    unsigned length = 3;  ///< of a thread, at most
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
                i.order =
                    pick(std::memory_order_acquire, std::memory_order_release, std::memory_order_acq_rel);
            }
            test.threads.back().push_back(i);
        }
    }
    return test;
}

/// A test with a cycle of conflicts through all its threads, as nearly every known litmus test has: each
/// thread ends at an object at which the next one begins, and one of the two writes it. Whether the cycle can
/// close is up to the orders and fences in between. `threads` is at least 2.
inline litmus generated_cycle(std::uint64_t seed, unsigned threads) {
    random_source random(seed);
    const auto below = [&random](unsigned n) { return static_cast<unsigned>(random.below(n)); };
    // A test mixes two orders of each kind at most: many different ones seldom go together.
    const bool sequential = below(3) != 0;
    const auto order = [&](std::memory_order weak) {
        return sequential && below(2) == 0 ? std::memory_order_seq_cst
               : below(2) == 0             ? std::memory_order_relaxed
                                           : weak;
    };
    const unsigned fences = below(3);  // the more, the more often
    int value = 0;
    const auto access = [&](unsigned location, bool writes) {
        instruction i;
        i.location = location;
        if (below(6) == 0) {
            i.what = instruction::kind::add;
            i.value = 10 * ++value;
            i.order = order(std::memory_order_acq_rel);
        } else if (writes) {
            i.what = instruction::kind::store;
            i.value = ++value;
            i.order = order(std::memory_order_release);
        } else {
            i.order = order(std::memory_order_acquire);
        }
        return i;
    };

    litmus test;
    // Which side of each conflict writes; its location is that of the thread it leaves.
    std::vector<bool> out_writes;
    std::vector<bool> in_writes;
    for (unsigned t = 0; t < threads; ++t) {
        const unsigned which = below(3);
        out_writes.push_back(which != 0);
        in_writes.push_back(which != 1);
    }
    unsigned locations = 0;
    std::vector<unsigned> location(threads);
    std::vector<bool> single(threads);
    for (unsigned t = 0; t < threads; ++t) {
        // A thread of one access hands its location on.
        single[t] = t != 0 && t + 1 != threads && below(3) == 0;
        location[t] = single[t] ? location[t - 1] : locations++;
    }
    test.locations = locations;
    for (unsigned t = 0; t < threads; ++t) {
        const unsigned before = (t + threads - 1) % threads;
        std::vector<instruction> code;
        code.push_back(access(location[before], in_writes[before] || (single[t] && out_writes[t])));
        if (!single[t]) {
            if (below(3) < fences) {
                instruction f;
                f.what = instruction::kind::fence;
                f.order = below(2) == 0   ? std::memory_order_seq_cst
                          : below(2) == 0 ? std::memory_order_acq_rel
                          : below(2) == 0 ? std::memory_order_release
                                          : std::memory_order_acquire;
                code.push_back(f);
            }
            if (below(8) == 0) code.push_back(access(code.front().location, below(2) == 0));
            if (below(8) == 0) code.push_back(access(location[t], below(2) == 0));
            code.push_back(access(location[t], out_writes[t]));
        }
        test.threads.push_back(code);
    }
    return test;
}

}  // namespace tenthrule::test
