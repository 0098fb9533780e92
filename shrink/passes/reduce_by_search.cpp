#include "runtime/random.hpp"
#include "scheduler/make_strategy.hpp"
#include "shrink/explore.hpp"
#include "shrink/passes/reduce_case.hpp"

namespace tenthrule::shrinking {

namespace {

// Any fixed number will do; with it, the same failure always shrinks to the same reproducer.
constexpr std::uint64_t random_seed = 0x7e47'41e5;

// A random find that cannot be made simpler than the best is no reason to give up at once.
constexpr unsigned finds_max = 3;

// With fewer executions for each pair of reductions, not even all schedules with one deviation are covered.
constexpr std::uint64_t pair_executions_min = 20;

bool search_at_random(case_shrinker& s, const std::shared_ptr<specimen>& in, const char* name,
                      std::uint64_t executions_max, const search_effort& effort) {
    const std::unique_ptr<strategy> how = make_strategy(name).made;
    unsigned finds = 0;
    for (std::uint64_t i = 0; i < executions_max && finds < finds_max && !s.lab().out_of_budget(); ++i) {
        s.lab().run(*in, *how, execution_seed(random_seed, i));
        if (!s.lab().same_failure()) {
            continue;
        }
        ++finds;
        by_number again;
        again.follow(s.lab().last().decisions);
        const run_result& result = s.lab().run(*in, again);
        trace recorded = again.recorded();
        remember_places(recorded);
        if (s.adopt_shrunk({in, result.decisions, result.statistics}, std::move(recorded),
                           effort.shrinking_executions)) {
            return true;
        }
    }
    return false;
}

// The failure, anew, in a reduced case, among all schedules with few deviations. `exhausted`: there is none.
bool search_systematically(case_shrinker& s, const std::shared_ptr<specimen>& in,
                           std::uint64_t executions_max, std::uint32_t deviations_max, bool& exhausted) {
    exploration_bounds bounds;
    bounds.deviations_max = deviations_max;
    bounds.executions_max = executions_max;
    bounds.limit = s.best().weight();
    bounds.cost_max = bounds.limit.cost;
    exploration explored = explore(s.lab(), in, bounds);
    exhausted = explored.exhausted;
    return explored.found && s.adopt(std::move(explored.best), std::move(explored.recorded));
}

bool try_reduction(case_shrinker& s, std::uint32_t code, const search_effort& effort) {
    std::shared_ptr<const test_case> reduced = s.best().in->of->reduced(code);
    if (reduced == nullptr) {
        return false;
    }
    const auto in = s.lab().prepare(std::move(reduced));
    bool exhausted = false;
    if (search_systematically(s, in, effort.systematic_executions, effort.deviations_max, exhausted)) {
        return true;
    }
    return !exhausted && (search_at_random(s, in, "pct:depth=3", effort.random_executions / 2, effort) ||
                          search_at_random(s, in, "random:stay=7/8", effort.random_executions / 2, effort));
}

bool try_pair(case_shrinker& s, std::uint32_t first, std::uint32_t second, std::uint64_t executions_max) {
    const std::shared_ptr<const test_case> halfway = s.best().in->of->reduced(first);
    std::shared_ptr<const test_case> reduced = halfway == nullptr ? nullptr : halfway->reduced(second);
    if (reduced == nullptr) {
        return false;
    }
    bool exhausted = false;
    return search_systematically(s, s.lab().prepare(std::move(reduced)), executions_max, 2, exhausted);
}

}  // namespace

bool reduce_by_search(case_shrinker& s, const search_effort& effort) {
    const pass_account count(s, "reduce_by_search");
    std::vector<reduction> offered = s.best().in->of->reductions();
    for (std::size_t i = 0; i < offered.size() && !s.lab().out_of_budget();) {
        if (try_reduction(s, offered[i].code, effort)) {
            offered = s.best().in->of->reductions();
        } else {
            ++i;
        }
    }
    return count.progress();
}

bool reduce_pairs_by_search(case_shrinker& s, std::uint64_t executions_max) {
    const pass_account count(s, "reduce_pairs_by_search");
    const attempts::allowance share(s.lab(), executions_max);
    std::vector<reduction> offered = s.best().in->of->reductions();
    const std::uint64_t pairs = offered.size() * (offered.size() - 1) / 2;
    if (offered.size() < 2 || executions_max / pairs < pair_executions_min) {
        return false;
    }
    for (std::size_t i = 0; i < offered.size(); ++i) {
        for (std::size_t j = i + 1; j < offered.size();) {
            if (s.lab().out_of_budget()) {
                return count.progress();
            }
            if (try_pair(s, offered[i].code, offered[j].code, executions_max / pairs)) {
                offered = s.best().in->of->reductions();
            } else {
                ++j;
            }
        }
    }
    return count.progress();
}

}  // namespace tenthrule::shrinking
