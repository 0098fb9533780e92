#include "shrink/schedule_shrinker.hpp"

#include <utility>

namespace tenthrule::shrinking {

namespace {

// So that equal numbers mean different plans in different hands.
enum class kind_of_plan : std::uint8_t { numbers, deferred, places, places_ever, turns };

std::uint64_t begin_hash(const specimen& in, kind_of_plan kind) {
    return mix(in.key, static_cast<std::uint64_t>(kind));
}

}  // namespace

schedule_shrinker::schedule_shrinker(attempts& lab, candidate start, trace recorded)
    : lab_(lab), best_(std::move(start)), trace_(std::move(recorded)) {
    lab_.is_new(hash_of(best_.decisions, begin_hash(*best_.in, kind_of_plan::numbers)));
}

bool schedule_shrinker::try_numbers(const schedule& plan, by_number::misfit rule) {
    by_number_.follow(plan, rule);
    const kind_of_plan kind =
        rule == by_number::misfit::dropped ? kind_of_plan::numbers : kind_of_plan::deferred;
    return attempt(by_number_, hash_of(plan, begin_hash(*best_.in, kind)));
}

bool schedule_shrinker::try_places(const anchored_schedule& plan, by_place::counting how) {
    const bool ever = how == by_place::counting::ever;
    std::uint64_t hash = begin_hash(*best_.in, ever ? kind_of_plan::places_ever : kind_of_plan::places);
    for (const anchored_deviation& a : plan) {
        hash = mix(hash, a.place);
        hash = mix(hash, ever ? a.nth_ever : a.nth_after);
        hash = mix(hash, a.value);
    }
    by_place_.follow(plan, how);
    return attempt(by_place_, hash);
}

bool schedule_shrinker::try_turns(const turn_list& plan) {
    std::uint64_t hash = begin_hash(*best_.in, kind_of_plan::turns);
    for (const turn& t : plan.turns) {
        hash = mix(hash, (std::uint64_t{t.steps} << 8U) | t.who);
    }
    for (const std::uint8_t value : plan.values) {
        hash = mix(hash, value);
    }
    by_turn_.follow(plan);
    return attempt(by_turn_, hash);
}

bool schedule_shrinker::try_part(const std::vector<bool>& keep) {
    schedule part;
    anchored_schedule anchored = anchor(best_.decisions, trace_);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < keep.size(); ++i) {
        if (keep[i]) {
            part.push_back(best_.decisions[i]);
            anchored[kept++] = anchored[i];
        }
    }
    anchored.resize(kept);
    return try_numbers(part) || try_places(anchored, by_place::counting::ever) ||
           try_places(anchored, by_place::counting::since_last) ||
           try_numbers(part, by_number::misfit::deferred);
}

bool schedule_shrinker::attempt(follower& how, std::uint64_t plan_hash) {
    if (lab_.out_of_budget() || !lab_.is_new(plan_hash)) {
        return false;
    }
    const run_result& result = lab_.run(*best_.in, how);
    // What it decided may have been tried under that very name, or should not be tried again.
    lab_.is_new(hash_of(result.decisions, begin_hash(*best_.in, kind_of_plan::numbers)));
    candidate found{best_.in, result.decisions, result.statistics};
    if (!lab_.same_failure() || !simpler(found, best_)) {
        return false;
    }
    trace recorded = how.recorded();
    remember_places(recorded);
    return adopt(std::move(found), std::move(recorded));
}

bool schedule_shrinker::adopt(candidate other, trace recorded) {
    if (!simpler(other, best_)) {
        return false;
    }
    best_ = std::move(other);
    trace_ = std::move(recorded);
    ++successes_;
    return true;
}

}  // namespace tenthrule::shrinking
