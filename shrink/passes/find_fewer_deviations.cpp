#include "shrink/explore.hpp"
#include "shrink/passes/reduce_case.hpp"

namespace tenthrule::shrinking {

namespace {

// No limit but the budget: beyond this no budget suffices.
constexpr std::uint32_t deviations_max = 32;

}  // namespace

bool find_fewer_deviations(case_shrinker& s, std::uint64_t executions_max) {
    const pass_account count(s, "find_fewer_deviations");
    exploration_bounds bounds;
    bounds.deviations_max = deviations_max;
    bounds.executions_max = executions_max;
    bounds.go_on = true;
    bounds.limit = s.best().weight();
    bounds.cost_max = bounds.limit.cost;
    if (!cheaper(bounds.cost_max)) {
        return false;
    }
    exploration explored = explore(s.lab(), s.best().in, bounds);
    return explored.found && s.adopt(std::move(explored.best), std::move(explored.recorded));
}

}  // namespace tenthrule::shrinking
