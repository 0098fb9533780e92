#include "campaign/coverage/partial_order.hpp"

#include <algorithm>

namespace tenthrule {

namespace {

constexpr std::uint64_t mix(std::uint64_t hash, std::uint64_t number) {
    std::uint64_t z = (hash ^ number) + 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31U);
}

}  // namespace

void partial_order::begin() {
    sum_ = 0;
    last_.fill(0);
    if (++execution_ == 0) {  // the marks of four billion executions ago would be taken for new ones
        places_.clear();
        execution_ = 1;
    }
}

partial_order::place& partial_order::at(place_number where) {
    if (where >= places_.size()) {
        places_.resize(std::max<std::size_t>(where + 1, 2 * places_.size()));
    }
    place& p = places_[where];
    if (p.execution != execution_) {
        p = {};
        p.execution = execution_;
    }
    return p;
}

void partial_order::add_pairs(const place& p, const touch& t, const earlier& now,
                              std::vector<std::uint64_t>& pairs) {
    const auto add = [&](const earlier& before) {
        if (before.who != no_actor && before.who != now.who) {
            pairs.push_back(mix(mix(before.operation, t.where), now.operation));
        }
    };
    add(p.writer);
    if (t.writes) {
        const auto known = std::min<std::size_t>(p.readers_count, p.last_readers.size());
        std::for_each_n(p.last_readers.begin(), known, add);
    }
}

void partial_order::step(actor who, std::uint64_t operation, std::span<const touch> touched,
                         std::uint64_t chosen, std::vector<std::uint64_t>* pairs) {
    const earlier now{who, operation};
    std::uint64_t before = 0;
    for (const touch& t : touched) {
        const place& p = at(t.where);
        before += t.writes ? mix(2 * std::uint64_t{t.where} + 1, mix(p.write, p.readers))
                           : mix(2 * std::uint64_t{t.where}, p.write);
        if (pairs != nullptr) {
            add_pairs(p, t, now, *pairs);
        }
    }
    const std::uint64_t hash = mix(mix(mix(last_[who], who), before), chosen);
    last_[who] = hash;
    sum_ += hash;
    // A place that was read and written is there twice, in this order.
    for (const touch& t : touched) {
        place& p = at(t.where);
        if (t.writes) {
            p.write = hash;
            p.writer = now;
            p.readers = 0;
            p.readers_count = 0;
        } else {
            p.readers += hash;
            p.last_readers[p.readers_count++ % p.last_readers.size()] = now;
        }
    }
}

}  // namespace tenthrule
