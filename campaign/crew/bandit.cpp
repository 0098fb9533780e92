#include "campaign/crew/bandit.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

namespace tenthrule::crew {

std::size_t bandit::add(double share, double seconds) {
    arms_.push_back({share, seconds, 0, 0, false});
    ++left_;
    share_ += share;
    seconds_ += seconds;
    return arms_.size() - 1;
}

// What part of its floor an arm has not had: 1 is all of it.
double bandit::lack(const state& a) const {
    const double due = floor_share * seconds_ * a.share / share_;
    return due > 0 ? 1 - a.seconds / due : (a.seconds > 0 ? 0 : 1);
}

double bandit::bound(const state& a, double plays) const {
    constexpr double half_range = 0.5;
    constexpr double xi = 0.6;
    if (a.plays < 1e-9) {
        return std::numeric_limits<double>::infinity();
    }
    const double bonus = 2 * half_range * std::sqrt(xi * std::max(0.0, std::log(plays)) / a.plays);
    return a.rewards / a.plays + bonus;
}

std::size_t bandit::choose(double seconds_expected) {
    assert(!empty());
    double plays = 0;
    for (const state& a : arms_) {
        plays += a.plays;
    }
    std::size_t poorest = arms_.size();
    std::size_t best = arms_.size();
    double most_lacked = 0;
    double best_bound = -1;
    for (std::size_t i = 0; i < arms_.size(); ++i) {
        const state& a = arms_[i];
        if (a.retired) {
            continue;
        }
        if (const double l = lack(a); l > most_lacked) {
            most_lacked = l;
            poorest = i;
        }
        if (const double b = bound(a, plays); b > best_bound) {
            best_bound = b;
            best = i;
        }
    }
    const std::size_t chosen = poorest != arms_.size() ? poorest : best;
    for (state& a : arms_) {
        a.plays *= discount;
        a.rewards *= discount;
    }
    arms_[chosen].plays += 1;
    arms_[chosen].seconds += seconds_expected;
    seconds_ += seconds_expected;
    return chosen;
}

void bandit::reward(std::size_t arm, double reward, double seconds_expected, double seconds) {
    state& a = arms_[arm];
    a.rewards = std::min(a.plays, a.rewards + std::clamp(reward, 0.0, 1.0));
    a.seconds += seconds - seconds_expected;
    seconds_ += a.retired ? 0 : seconds - seconds_expected;
}

void bandit::take_back(std::size_t arm, double seconds_expected) {
    state& a = arms_[arm];
    a.plays = std::max(0.0, a.plays - 1);
    a.rewards = std::min(a.plays, a.rewards);
    a.seconds -= seconds_expected;
    seconds_ -= a.retired ? 0 : seconds_expected;
}

bool bandit::retire(std::size_t arm) {
    state& a = arms_[arm];
    if (std::exchange(a.retired, true)) {
        return false;
    }
    --left_;
    share_ -= a.share;
    seconds_ -= a.seconds;
    return true;
}

}  // namespace tenthrule::crew
