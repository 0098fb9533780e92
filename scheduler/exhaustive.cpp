#include "scheduler/exhaustive.hpp"

namespace tenthrule {

std::uint32_t exhaustive::take(std::uint32_t n) {
    if (depth_ == path_.size()) {
        path_.push_back({static_cast<std::uint16_t>(n), 0});
    }
    if (path_[depth_].possibilities != n) {
        return nondeterministic;  // not counted in depth_, so `end` cuts it off
    }
    return path_[depth_++].taken;
}

actor exhaustive::pick(const situation& where) {
    const std::uint32_t number = take(where.enabled.count());
    if (number == nondeterministic) {
        return no_actor;
    }
    if (number == 0) {
        return where.fallback;
    }
    actor_set others = where.enabled;
    others.erase(where.fallback);
    return others.nth(number - 1);
}

std::uint32_t exhaustive::choose(std::uint32_t n) {
    return take(n);
}

void exhaustive::end(const execution_size& /*size*/) {
    path_.resize(depth_);
    while (!path_.empty() && path_.back().taken + 1U == path_.back().possibilities) {
        path_.pop_back();
    }
    if (path_.empty()) {
        done_ = true;
    } else {
        ++path_.back().taken;
    }
}

}  // namespace tenthrule
