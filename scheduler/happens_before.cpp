#include "scheduler/happens_before.hpp"

#include <algorithm>

namespace tenthrule {

// The last writer of the place, and if the new step writes it, too, everybody who has read it since.
void happens_before::collect(const touch& t, actor who) {
    if (t.where >= visits_.size()) {
        visits_.resize(std::max<std::size_t>(t.where + 1, 2 * visits_.size()));
    }
    const std::vector<visit>& past = visits_[t.where];
    if (past.empty()) {
        return;
    }
    const std::uint32_t written = past.back().written;
    if (t.writes) {
        for (std::size_t i = past.size(); i-- > written;) {
            note(past[i].step, who);
        }
    }
    if (written != 0) {
        note(past[written - 1].step, who);
    }
}

void happens_before::note(std::uint32_t earlier, actor who) {
    if (steps_[earlier].who != who) {
        found_.push_back(earlier);
    }
}

const std::vector<std::uint32_t>& happens_before::add(actor who, std::span<const touch> touched) {
    if (size_ == steps_.size()) {
        steps_.emplace_back();
    }
    found_.clear();
    for (const touch& t : touched) {
        collect(t, who);
    }
    entry& s = steps_[size_];
    s.who = who;
    s.previous = last_[who];
    s.touched.assign(touched.begin(), touched.end());
    if (s.previous != 0) {
        s.clock = steps_[s.previous - 1].clock;
    } else {
        s.clock.fill(0);
    }
    // Latest first: whatever lies between an earlier one and this step is then known.
    std::sort(found_.begin(), found_.end(), std::greater<>());
    races_.clear();
    for (const std::uint32_t f : found_) {
        const entry& other = steps_[f];
        if (s.clock[other.who] > f) {
            continue;
        }
        races_.push_back(f);
        for (std::size_t a = 0; a < s.clock.size(); ++a) {
            s.clock[a] = std::max(s.clock[a], other.clock[a]);
        }
    }
    for (const touch& t : touched) {
        std::vector<visit>& past = visits_[t.where];
        const auto number = static_cast<std::uint32_t>(past.size());
        past.push_back({size_, t.writes ? number + 1 : (number == 0 ? 0 : past.back().written)});
    }
    s.clock[who] = static_cast<std::uint16_t>(++size_);
    last_[who] = size_;
    return races_;
}

void happens_before::shorten(std::uint32_t n) {
    while (size_ > n) {
        const entry& s = steps_[--size_];
        last_[s.who] = s.previous;
        for (const touch& t : s.touched) {
            visits_[t.where].pop_back();
        }
    }
}

std::uint64_t happens_before::trace_hash() const {
    const auto mix = [](std::uint64_t hash, std::uint64_t number) {
        std::uint64_t z = (hash ^ number) + 0x9e3779b97f4a7c15U;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    };
    // A step is told by its actor, its number among that one's steps, and what had to come before it, counted
    // in the steps of each actor: that does not depend on the order of the others.
    std::vector<std::uint32_t> number(size_);
    std::array<std::uint32_t, tasks_max + events_max> count{};
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < size_; ++i) {
        const entry& s = steps_[i];
        number[i] = ++count[s.who];
        std::uint64_t hash = mix(s.who, number[i]);
        for (std::size_t a = 0; a < s.clock.size(); ++a) {
            if (s.clock[a] != 0 && a != s.who) {
                hash = mix(hash, (a << 32U) | number[s.clock[a] - 1U]);
            }
        }
        sum += hash;
    }
    return sum;
}

}  // namespace tenthrule
