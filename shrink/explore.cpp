#include "shrink/explore.hpp"

#include <algorithm>
#include <vector>

namespace tenthrule::shrinking {

namespace {

// A schedule as a path in the tree of all schedules: the one of `parent`, and one deviation more.
struct node {
    std::uint32_t parent;
    std::uint32_t choice;
    std::uint32_t depth;
    std::uint8_t value;
};

void path_to(const std::vector<node>& tree, std::uint32_t at, schedule& path) {
    path.resize(tree[at].depth);
    for (std::size_t i = path.size(); i-- > 0; at = tree[at].parent) {
        path[i] = {tree[at].choice, tree[at].value};
    }
}

}  // namespace

bool cheaper(cost& c) {
    constexpr std::uint32_t any = ~std::uint32_t{0};
    if (c.interleavings > 0) {
        --c.interleavings;
    } else if (c.events > 0) {
        c = {c.preemptions, c.events - 1, any};
    } else if (c.preemptions > 0) {
        c = {c.preemptions - 1, any, any};
    } else {
        return false;
    }
    return true;
}

exploration explore(attempts& lab, const std::shared_ptr<specimen>& in, const exploration_bounds& bounds) {
    const attempts::allowance share(lab, bounds.executions_max);
    exploration result;
    weight limit = bounds.limit;
    cost cost_max = bounds.cost_max;
    by_number how;
    how.set_cost_max(cost_max);
    schedule plan;
    std::vector<node> tree{{0, 0, 0, 0}};
    bool cut = false;     // some node was not executed, or not put into the tree, for want of budget
    bool deeper = false;  // some node has descendants beyond deviations_max
    for (std::uint32_t at = 0; at < tree.size(); ++at) {
        if (lab.out_of_budget()) {
            cut = true;
            break;
        }
        const std::uint32_t depth = tree[at].depth;
        result.levels_done = depth;
        path_to(tree, at, plan);
        how.follow(plan);
        const run_result& run = lab.run(*in, how);
        if (lab.same_failure() && weigh(run.statistics, in->size, run.decisions) < limit) {
            result.found = true;
            result.best = {in, run.decisions, run.statistics};
            result.recorded = how.recorded();
            remember_places(result.recorded);
            limit = result.best.weight();
            cost_max = limit.cost;
            if (!bounds.go_on) {
                return result;
            }
            if (!cheaper(cost_max)) {
                break;
            }
            how.set_cost_max(cost_max);
        }
        const trace& open = how.recorded();
        const std::size_t first = depth == 0 ? 0 : tree[at].choice + std::size_t{1};
        for (std::size_t c = first; c < open.size(); ++c) {
            for (std::uint32_t n = 0; n < open[c].possibilities(); ++n) {
                const std::uint8_t value = open[c].possibility(n);
                if (value == open[c].standard() || cost_after(open[c], value) > cost_max) {
                    continue;
                }
                if (depth == bounds.deviations_max) {
                    deeper = true;
                } else if (tree.size() - at > lab.left()) {
                    cut = true;  // there would be no execution left for it
                } else {
                    tree.push_back({at, static_cast<std::uint32_t>(c), depth + 1, value});
                }
            }
        }
    }
    if (!cut) {
        result.levels_done = bounds.deviations_max + 1;
        result.exhausted = !deeper;
    }
    return result;
}

}  // namespace tenthrule::shrinking
