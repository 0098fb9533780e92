#include "scheduler/happens_before.hpp"

#include <algorithm>
#include <utility>

namespace tenthrule {

std::uint8_t happens_before::column_of(actor who) {
    if (columns_[who] == no_column) [[unlikely]] {
        columns_[who] = static_cast<std::uint8_t>(columns_used_);
        if (++columns_used_ > width_) {
            for (entry& s : steps_) {
                std::fill_n(s.clock.begin() + width_, columns_at_once, std::uint16_t{0});
            }
            width_ += columns_at_once;
        }
    }
    return columns_[who];
}

// Of each actor only the last such step can be a race: the others come before that one.
void happens_before::depend_on(const visit& earlier, std::uint8_t column) {
    if (earlier.column == column) {
        return;
    }
    std::uint32_t& step = found_step_[earlier.column];
    if (step == 0) {
        found_.push_back(earlier.column);
    }
    step = std::max<std::uint32_t>(step, earlier.step + 1U);
}

const std::vector<std::uint32_t>& happens_before::add(actor who, std::span<const touch> touched) {
    if (size_ == steps_.size()) {
        steps_.emplace_back();
    }
    const std::uint8_t column = column_of(who);
    entry& s = steps_[size_];
    s.who = who;
    s.column = column;
    s.previous = last_[column];
    s.touched.assign(touched.begin(), touched.end());
    s.gives_back = false;
    for (const touch& t : touched) {
        if (t.where >= visits_.size()) [[unlikely]] {
            visits_.resize(std::max<std::size_t>(t.where + 1, 2 * visits_.size()));
        }
        // The last writer of the place, and if the new step writes it, too, everybody who has read it since.
        std::vector<visit>& past = visits_[t.where];
        const auto number = static_cast<std::uint32_t>(past.size());
        const std::uint32_t written = number == 0 ? 0 : past[number - 1].written;
        if (t.writes) {
            for (std::uint32_t i = number; i > written; --i) {
                depend_on(past[i - 1], column);
            }
        }
        if (written != 0) {
            depend_on(past[written - 1], column);
        }
        past.push_back({t.writes ? number + 1 : written, static_cast<std::uint16_t>(size_), column});
        s.gives_back = s.gives_back || places::is_given_back(t.where);
    }
    if (s.previous != 0) {
        std::copy_n(steps_[s.previous - 1].clock.begin(), width_, s.clock.begin());
    } else {
        std::fill_n(s.clock.begin(), width_, std::uint16_t{0});
    }
    find_races(s);
    s.clock[column] = static_cast<std::uint16_t>(++size_);
    last_[column] = size_;
    return races_;
}

// Latest first: whatever lies between an earlier one and this step is then known.
void happens_before::find_races(entry& s) {
    races_.clear();
    while (!found_.empty()) {
        auto latest = found_.begin();
        for (auto f = found_.begin() + 1; f != found_.end(); ++f) {
            latest = found_step_[*f] > found_step_[*latest] ? f : latest;
        }
        const std::uint8_t column = *latest;
        const std::uint32_t step = std::exchange(found_step_[column], 0) - 1;
        *latest = found_.back();
        found_.pop_back();
        if (s.clock[column] > step) {
            continue;
        }
        races_.push_back(step);
        const times& other = steps_[step].clock;
        for (unsigned from = 0; from < width_; from += columns_at_once) {
            for (unsigned i = from; i < from + columns_at_once; ++i) {
                s.clock[i] = std::max(s.clock[i], other[i]);
            }
        }
    }
}

void happens_before::shorten(std::uint32_t n) {
    while (size_ > n) {
        const entry& s = steps_[--size_];
        last_[s.column] = s.previous;
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
    std::vector<actor> actors;
    for (unsigned a = 0; a < columns_.size(); ++a) {
        if (columns_[a] != no_column) actors.push_back(static_cast<actor>(a));
    }
    std::vector<std::uint32_t> number(size_);
    std::array<std::uint32_t, actors_max> count{};
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < size_; ++i) {
        const entry& s = steps_[i];
        number[i] = ++count[s.who];
        std::uint64_t hash = mix(s.who, number[i]);
        for (const actor a : actors) {
            if (const std::uint16_t last = s.clock[columns_[a]]; last != 0 && a != s.who) {
                hash = mix(hash, (std::uint64_t{a} << 32U) | number[last - 1U]);
            }
        }
        sum += hash;
    }
    return sum;
}

}  // namespace tenthrule
