#include "scheduler/replay.hpp"

namespace tenthrule {

void replay::begin(std::uint64_t /*seed*/) {
    next_ = 0;
    choice_ = 0;
    replaced_ = 0;
    diverged_.reset();
}

const deviation* replay::planned(std::uint32_t choice) {
    if (next_ == plan_.size() || plan_[next_].choice != choice) [[likely]] {
        return nullptr;
    }
    return &plan_[next_++];
}

actor replay::pick(const situation& where) {
    choice_ = where.choice + 1;
    const deviation* const wanted = planned(where.choice);
    if (wanted == nullptr) {
        return where.fallback;
    }
    const bool possible = wanted->value < actors_max && where.enabled.contains(wanted->value);
    if (possible) {
        return wanted->value;
    }
    if (!diverged_) diverged_ = divergence{*wanted, where.enabled, 0};
    if (how_ == mode::strict) {
        return no_actor;
    }
    ++replaced_;
    return where.fallback;
}

std::uint32_t replay::choose(std::uint32_t n) {
    const deviation* const wanted = planned(choice_++);
    if (wanted == nullptr) {
        return 0;
    }
    if (wanted->value < n) {
        return wanted->value;
    }
    if (!diverged_) diverged_ = divergence{*wanted, {}, n};
    if (how_ == mode::strict) {
        return n;
    }
    ++replaced_;
    return 0;
}

}  // namespace tenthrule
