#include "shrink/attempts.hpp"

#include <algorithm>

namespace tenthrule::shrinking {

specimen::specimen(std::shared_ptr<const test_case> what, std::uint32_t points_max)
    : of(std::move(what)), instance(of->instantiate()), options(of->options()), size(of->size()), key(0) {
    options.log = false;
    if (points_max != 0) {
        options.points_max = points_max;
    }
    for (const std::uint32_t code : of->taken_away()) {
        key = mix(key, code + 1U);
    }
}

bool simpler(const candidate& a, const candidate& b) {
    const weight of_a = a.weight();
    const weight of_b = b.weight();
    return of_a == of_b ? comes_first(a.decisions, b.decisions) : of_a < of_b;
}

attempts::attempts(std::string identity, std::uint64_t executions_max, std::uint32_t points_max,
                   const std::atomic<bool>* stop)
    : identity_(std::move(identity)), limit_(executions_max), points_max_(points_max), stop_(stop) {}

const run_result& attempts::run(specimen& in, strategy& how, std::uint64_t seed) {
    ++executions_;
    last_ = &machine_.run(*in.instance, how, in.options, seed);
    if (last_->end == verdict::violation && !same_failure()) {
        keep_aside(in);
    }
    return *last_;
}

bool attempts::same_failure() const {
    return last_->end == verdict::violation && last_->failure.identity == identity_;
}

void attempts::keep_aside(specimen& in) {
    // The specimen may go away before the failure does, and it is not ours to own: make another.
    const auto own = [&] { return prepare(in.of); };
    for (other_failure& other : others_) {
        if (other.failure.identity != last_->failure.identity) {
            continue;
        }
        ++other.times;
        const weight here = weigh(last_->statistics, in.size, last_->decisions);
        if (here < other.smallest.weight()) {
            other.failure = last_->failure;
            other.smallest = {other.smallest.in->key == in.key ? other.smallest.in : own(), last_->decisions,
                              last_->statistics};
        }
        return;
    }
    others_.push_back({last_->failure, {own(), last_->decisions, last_->statistics}, 1});
}

std::uint64_t hash_of(const schedule& s, std::uint64_t start) {
    std::uint64_t hash = mix(start, s.size());
    for (const deviation& d : s) {
        hash = mix(hash, (std::uint64_t{d.choice} << 8U) | d.value);
    }
    return hash;
}

}  // namespace tenthrule::shrinking
