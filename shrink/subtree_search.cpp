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

namespace {

schedule_bound within(std::optional<std::uint32_t> bound) {
    return {.switches = bound.value_or(schedule_bound::any)};
}

}  // namespace

subtree_search::subtree_search(const subtree& of, std::optional<std::uint32_t> bound)
    : searcher_(of, within(bound)) {}

subtree_search::subtree_search(dpor::frontier where, std::optional<std::uint32_t> bound)
    : searcher_(where, within(bound)) {}

bool subtree_search::step(execution& machine, program& instance, const run_options& options) {
    const run_result& r = machine.run(instance, searcher_, options);
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
    return finished() ? 1 : searcher_.progress();
}

void subtree_search::save(std::vector<std::uint64_t>& to) const {
    for (const std::uint64_t n : {counts_.executions, counts_.redundant, counts_.cuts, counts_.points,
                                  std::uint64_t{counts_.longest}}) {
        to.push_back(n);
    }
    searcher_.save(to);
}

bool subtree_search::restore(std::span<const std::uint64_t> from) {
    if (from.size() < 5) {
        return false;
    }
    counts_ = {from[0], from[1], from[2], from[3], static_cast<std::uint32_t>(from[4])};
    return searcher_.restore(from.subspan(5));
}

}  // namespace tenthrule::verifying
