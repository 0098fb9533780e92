#include "worker/coverage/class_sample.hpp"

#include <algorithm>
#include <cmath>

#include "runtime/random.hpp"

namespace tenthrule {

std::uint64_t class_sample::scramble(std::uint64_t hash) {
    std::uint64_t state = hash;
    return splitmix64(state);
}

void class_sample::add_scrambled(std::uint64_t scrambled, std::uint64_t times) {
    if (!takes(scrambled)) {
        return;
    }
    seen_[scrambled] += times;
    shrink_to_fit();
}

void class_sample::shrink_to_fit() {
    while (seen_.size() > classes_max && level_ < level_max) {
        set_level(level_ + 1);
    }
}

void class_sample::set_level(unsigned level) {
    level_ = std::max(level_, std::min(level, level_max));
    if (level_ != 0) {
        seen_.erase(seen_.lower_bound(std::uint64_t{1} << (64U - level_)), seen_.end());
    }
}

void class_sample::merge(const class_sample& other) {
    set_level(other.level_);
    for (const auto& [hash, times] : other.seen_) {
        add_scrambled(hash, times);
    }
}

void class_sample::merge_overlapping(const class_sample& other) {
    set_level(other.level_);
    for (const auto& [hash, times] : other.seen_) {
        if (takes(hash)) {
            std::uint64_t& here = seen_[hash];
            here = std::max(here, times);
            shrink_to_fit();
        }
    }
}

unseen_estimate class_sample::unseen(std::uint64_t classes) const {
    double once = 0;
    double twice = 0;
    double total = 0;
    for (const auto& [hash, times] : seen_) {
        once += times == 1 ? 1 : 0;
        twice += times == 2 ? 1 : 0;
        total += static_cast<double>(times);
    }
    unseen_estimate u;
    if (total == 0) {
        return u;
    }
    const double all = level_ == 0 ? static_cast<double>(seen_.size()) : static_cast<double>(classes);
    const double of_sample = (total - 1) / total * once * (once - 1) / (2 * (twice + 1));
    u.good_turing = once / total;
    u.chao1 = all + std::ldexp(of_sample, static_cast<int>(level_));
    return u;
}

}  // namespace tenthrule
