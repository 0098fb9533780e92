#include <algorithm>
#include <initializer_list>

#include "shrink/passes/reduce_case.hpp"

namespace tenthrule::shrinking {

namespace {

// For a replay that has the failure but is not simpler yet.
constexpr std::uint64_t shrinking_executions = 1'500;

// The number of pairs grows with the square of that of the reductions.
constexpr std::size_t distance_max = 64;

bool try_plan(case_shrinker& s, const std::shared_ptr<specimen>& in, follower& how) {
    if (s.lab().out_of_budget()) {
        return false;
    }
    const run_result& result = s.lab().run(*in, how);
    if (!s.lab().same_failure()) {
        return false;
    }
    candidate found{in, result.decisions, result.statistics};
    trace recorded = how.recorded();
    remember_places(recorded);
    return s.adopt_shrunk(std::move(found), std::move(recorded), shrinking_executions);
}

// The case without all of these; nullptr if that does not exist.
std::shared_ptr<const test_case> without(const test_case& c, std::initializer_list<std::uint32_t> codes) {
    std::shared_ptr<const test_case> rest;
    for (const std::uint32_t code : codes) {
        rest = (rest == nullptr ? c : *rest).reduced(code);
        if (rest == nullptr) {
            return nullptr;
        }
    }
    return rest;
}

bool try_reduction(case_shrinker& s, std::initializer_list<std::uint32_t> codes) {
    std::shared_ptr<const test_case> reduced = without(*s.best().in->of, codes);
    if (reduced == nullptr) {
        return false;
    }
    const auto in = s.lab().prepare(std::move(reduced));
    if (!s.lab().is_new(hash_of(s.best().decisions, mix(in->key, s.best().in->key)))) {
        return false;
    }
    const schedule plan = s.best().decisions;
    const trace& before = s.current().best_trace();
    const anchored_schedule anchored = anchor(plan, before);
    const turn_list turns = turns_of(before);

    by_place places;
    places.follow(anchored, by_place::counting::ever);
    if (try_plan(s, in, places)) {
        return true;
    }
    places.follow(anchored, by_place::counting::since_last);
    if (try_plan(s, in, places)) {
        return true;
    }
    by_number numbers;
    numbers.follow(plan);
    if (try_plan(s, in, numbers)) {
        return true;
    }
    numbers.follow(plan, by_number::misfit::deferred);
    if (try_plan(s, in, numbers)) {
        return true;
    }
    by_turn in_turn;
    in_turn.follow(turns);
    return try_plan(s, in, in_turn);
}

}  // namespace

bool reduce_by_replay(case_shrinker& s) {
    const pass_account count(s, "reduce_by_replay");
    std::vector<reduction> offered = s.best().in->of->reductions();
    for (std::size_t i = 0; i < offered.size() && !s.lab().out_of_budget();) {
        if (try_reduction(s, {offered[i].code})) {
            offered = s.best().in->of->reductions();
        } else {
            ++i;
        }
    }
    return count.progress();
}

bool reduce_pairs_by_replay(case_shrinker& s) {
    const pass_account count(s, "reduce_pairs_by_replay");
    std::vector<reduction> offered = s.best().in->of->reductions();
    for (std::size_t i = 0; i < offered.size(); ++i) {
        for (std::size_t j = i + 1; j < std::min(offered.size(), i + distance_max);) {
            if (s.lab().out_of_budget()) {
                return count.progress();
            }
            if (try_reduction(s, {offered[i].code, offered[j].code})) {
                offered = s.best().in->of->reductions();
            } else {
                ++j;
            }
        }
    }
    return count.progress();
}

}  // namespace tenthrule::shrinking
