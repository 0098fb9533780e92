#include "shrink/subtree_search.hpp"

#include <algorithm>

namespace tenthrule::verifying {

void counts::add(const counts& more) {
    executions += more.executions;
    redundant += more.redundant;
    cuts += more.cuts;
    points += more.points;
    longest = std::max(longest, more.longest);
}

subtree_search::subtree_search(const subtree& of, std::optional<std::uint32_t> bound) {
    if (bound) {
        bounded_ = std::make_unique<bounded>(schedule_bound{.switches = *bound}, of);
    } else {
        dpor_ = std::make_unique<dpor>(of);
    }
}

subtree_search::subtree_search(dpor::frontier where, std::optional<std::uint32_t> bound) {
    if (bound) {
        bounded_ = std::make_unique<bounded>(schedule_bound{.switches = *bound}, where);
    } else {
        dpor_ = std::make_unique<dpor>(where);
    }
}

bool subtree_search::step(execution& machine, program& instance, const run_options& options) {
    const run_result& r = machine.run(instance, searcher(), options);
    counts_.points += r.statistics.points;
    if (r.end == verdict::redundant) {
        ++counts_.redundant;
    } else {
        ++counts_.executions;
        counts_.longest = std::max(counts_.longest, r.statistics.points);
        if (r.statistics.fair != 0) {
            ++counts_.cuts;
        }
        if (r.end == verdict::violation) {
            failure_ = r;
        }
        diverged_ = diverged_ || r.end == verdict::diverged;
    }
    return !finished() && !diverged_;
}

double subtree_search::share() const {
    if (finished()) {
        return 1;
    }
    return bounded_ != nullptr ? bounded_->progress() : dpor_->progress();
}

void subtree_search::save(std::vector<std::uint64_t>& to) const {
    for (const std::uint64_t n : {counts_.executions, counts_.redundant, counts_.cuts, counts_.points,
                                  std::uint64_t{counts_.longest}}) {
        to.push_back(n);
    }
    bounded_ != nullptr ? bounded_->save(to) : dpor_->save(to);
}

bool subtree_search::restore(std::span<const std::uint64_t> from) {
    if (from.size() < 5) {
        return false;
    }
    counts_ = {from[0], from[1], from[2], from[3], static_cast<std::uint32_t>(from[4])};
    return bounded_ != nullptr ? bounded_->restore(from.subspan(5)) : dpor_->restore(from.subspan(5));
}

}  // namespace tenthrule::verifying
