#include "worker/coverage/operation_pairs.hpp"

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

void operation_pairs::begin() {
    if (++execution_ == 0) {  // the marks of four billion executions ago would be taken for new ones
        places_.clear();
        execution_ = 1;
    }
}

operation_pairs::place& operation_pairs::at(place_number where) {
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

void operation_pairs::step(actor who, std::uint64_t operation, std::span<const touch> touched,
                           std::vector<std::uint64_t>& pairs) {
    const earlier now{who, operation};
    for (const touch& t : touched) {
        const place& p = at(t.where);
        const auto add = [&](const earlier& before) {
            if (before.who != no_actor && before.who != who) {
                pairs.push_back(mix(mix(before.operation, t.where), operation));
            }
        };
        add(p.writer);
        if (t.writes) {
            std::for_each_n(p.readers.begin(), std::min<std::size_t>(p.readers_count, p.readers.size()), add);
        }
    }
    // A place that was read and written is there twice, in this order.
    for (const touch& t : touched) {
        place& p = at(t.where);
        if (t.writes) {
            p.writer = now;
            p.readers_count = 0;
        } else {
            p.readers[p.readers_count++ % p.readers.size()] = now;
        }
    }
}

}  // namespace tenthrule
