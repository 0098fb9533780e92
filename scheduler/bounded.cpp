#include "scheduler/bounded.hpp"

#include <algorithm>
#include <utility>

#include "runtime/execution.hpp"

namespace tenthrule {

bounded::bounded(const schedule_bound& most, const subtree& of) : most_(most), given_(of.decisions.size()) {
    for (const std::uint8_t value : of.decisions) {
        path_.push_back({1, 0, value});
    }
}

void bounded::begin(std::uint64_t /*seed*/) {
    depth_ = 0;
    given_up_ = false;
    last_round_ = {};
    values_ = 0;
}

template <typename F>
bool bounded::take(std::uint32_t n, F value_of, std::uint8_t& value) {
    if (depth_ == path_.size()) {
        path_.push_back({static_cast<std::uint16_t>(n), 0, value_of(0)});
    } else if (depth_ >= given_) {
        branch& b = path_[depth_];
        if (b.possibilities != n) {
            return false;
        }
        b.value = value_of(b.taken);
    }
    value = path_[depth_++].value;
    return true;
}

// Whether the current actor has just gone round its retry loop once more, from one retry to the next, while
// nobody else stepped and nothing was open.
bool bounded::goes_in_circles(const situation& where) {
    if (!where.current_retries) {
        return false;
    }
    const round now{where.pending[where.current].label, where.current, where.turns, values_};
    return std::exchange(last_round_, now) == now;
}

actor bounded::pick(const situation& where) {
    if (split_ != 0 && depth_ >= split_) {
        subtrees_.emplace_back();
        for (std::size_t i = 0; i < depth_; ++i) {
            subtrees_.back().decisions.push_back(path_[i].value);
        }
        given_up_ = true;
        return no_actor;
    }
    const run_statistics& so_far = execution::current().statistics();
    if (most_.exceeded_by(so_far)) {
        left_out_ = true;
        given_up_ = true;
        return no_actor;
    }
    const bool circles = waits_ && goes_in_circles(where);
    actor_set possible = most_.affordable(where, so_far);
    left_out_ = left_out_ || possible != where.enabled;
    if (circles) {
        possible.erase(where.current);
    }
    if (possible.empty()) {
        given_up_ = true;
        return no_actor;
    }
    const actor first = possible.contains(where.fallback) ? where.fallback : possible.first();
    possible.erase(first);
    std::uint8_t value = 0;
    const auto value_of = [&](std::uint32_t number) {
        return number == 0 ? first : possible.nth(number - 1);
    };
    if (!take(possible.count() + 1, value_of, value)) {
        return no_actor;
    }
    if (!where.enabled.contains(value)) {
        return no_actor;
    }
    return value;
}

std::uint32_t bounded::choose(std::uint32_t n) {
    ++values_;
    std::uint8_t value = 0;
    const auto value_of = [](std::uint32_t number) { return static_cast<std::uint8_t>(number); };
    return take(n, value_of, value) ? value : n;
}

void bounded::end(const execution_size& /*size*/) {
    path_.resize(std::max(depth_, given_));
    while (path_.size() > given_ && path_.back().taken + 1U == path_.back().possibilities) {
        path_.pop_back();
    }
    if (path_.size() == given_) {
        done_ = true;
    } else {
        ++path_.back().taken;
    }
}

void bounded::save(std::vector<std::uint64_t>& to) const {
    to.push_back((done_ ? 1U : 0U) + (left_out_ ? 2U : 0U));
    to.push_back(given_);
    for (const branch& b : path_) {
        to.push_back((std::uint64_t{b.possibilities} << 32U) | (std::uint64_t{b.taken} << 8U) | b.value);
    }
}

bool bounded::restore(std::span<const std::uint64_t> from) {
    if (from.size() < 2 || from[0] > 3 || from[1] > from.size() - 2) {
        return false;
    }
    done_ = (from[0] & 1U) != 0;
    left_out_ = (from[0] & 2U) != 0;
    given_ = from[1];
    path_.clear();
    for (const std::uint64_t n : from.subspan(2)) {
        path_.push_back({static_cast<std::uint16_t>(n >> 32U),
                         static_cast<std::uint16_t>((n >> 8U) & 0xffffU), static_cast<std::uint8_t>(n)});
    }
    return true;
}

double bounded::progress() const {
    double finished = 0;
    double weight = 1;
    for (std::size_t i = given_; i < path_.size(); ++i) {
        finished += weight * path_[i].taken / path_[i].possibilities;
        weight /= path_[i].possibilities;
    }
    return done_ ? 1 : finished;
}

}  // namespace tenthrule
