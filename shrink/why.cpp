#include "shrink/why.hpp"

#include <algorithm>

#include "shrink/followers.hpp"

namespace tenthrule::shrinking {

namespace {

class counterfactuals {
public:
    counterfactuals(const candidate& what, const std::string& identity, std::uint64_t executions_max)
        : in_(*what.in), identity_(identity), left_(executions_max) {}

    bool fails(strategy& how) {
        if (left_ == 0) {
            return false;
        }
        --left_;
        ++executions_;
        const run_result& r = machine_.run(*in_.instance, how, in_.options);
        return r.end == verdict::violation && r.failure.identity == identity_;
    }
    std::uint64_t executions() const {
        return executions_;
    }

private:
    specimen& in_;
    const std::string& identity_;
    std::uint64_t left_;
    std::uint64_t executions_ = 0;
    execution machine_;
};

// The rest of a plan has to be fitted to an execution in which choice points have other numbers.
bool fails_without(counterfactuals& runs, const schedule& plan, const trace& recorded, std::size_t without) {
    schedule part = plan;
    anchored_schedule anchored = anchor(plan, recorded);
    part.erase(part.begin() + static_cast<std::ptrdiff_t>(without));
    anchored.erase(anchored.begin() + static_cast<std::ptrdiff_t>(without));
    by_number numbers;
    numbers.follow(part);
    by_place places;
    places.follow(anchored, by_place::counting::ever);
    return runs.fails(numbers) || runs.fails(places);
}

schedule with(const schedule& plan, deviation extra) {
    schedule more = plan;
    const auto at =
        std::find_if(more.begin(), more.end(), [&](const deviation& d) { return d.choice > extra.choice; });
    more.insert(at, extra);
    return more;
}

// Whether every other way to go at a choice point leads to the same failure.
bool is_free(counterfactuals& runs, const schedule& plan, const trace& recorded, std::uint32_t choice) {
    const choice_point& at = recorded[choice];
    for (std::uint32_t n = 0; n < at.possibilities(); ++n) {
        const std::uint8_t value = at.possibility(n);
        if (value == at.taken) {
            continue;
        }
        by_number numbers;
        numbers.follow(with(plan, {choice, value}));
        by_place places;
        places.follow(anchor(with(plan, {choice, value}), recorded), by_place::counting::ever);
        if (!runs.fails(numbers) && !runs.fails(places)) {
            return false;
        }
    }
    return true;
}

}  // namespace

explanation explain(const candidate& what, const std::string& identity, std::uint64_t executions_max) {
    explanation result;
    counterfactuals runs(what, identity, executions_max);
    by_number how;
    how.follow(what.decisions);
    if (!runs.fails(how)) {
        return result;
    }
    trace recorded = how.recorded();
    remember_places(recorded);
    for (std::size_t i = 0; i < what.decisions.size(); ++i) {
        const deviation& d = what.decisions[i];
        result.deviations.push_back(
            {d.choice, recorded[d.choice].points, d.value, fails_without(runs, what.decisions, recorded, i)});
    }
    for (std::uint32_t c = 0; c < recorded.size(); ++c) {
        if (recorded[c].taken == recorded[c].standard()) {
            ++result.defaults;
            result.free_defaults += is_free(runs, what.decisions, recorded, c) ? 1U : 0U;
        }
    }
    result.executions = runs.executions();
    return result;
}

}  // namespace tenthrule::shrinking
