#include <fmt/format.h>

#include "campaign/actor_roles.hpp"
#include "campaign/reproducer.hpp"
#include "campaign/scenario_case.hpp"

namespace tenthrule {

namespace {

std::string name_of(const std::vector<actor_role>& roles, actor who) {
    return who < roles.size() && !roles[who].name.empty() ? roles[who].name : std::string("somebody else");
}

std::string names_of(const std::vector<actor_role>& roles, const actor_set& set) {
    std::string names;
    for (unsigned i = 0; i < set.count(); ++i) {
        names += (i == 0 ? "" : ", ") + name_of(roles, set.nth(i));
    }
    return names;
}

std::string step_of(const std::vector<actor_role>& roles, actor who, const std::string& words) {
    return words.empty() ? fmt::format("a step of {}", name_of(roles, who))
                         : fmt::format("{}: {}", name_of(roles, who), words);
}

divergence in_words(const follow_script::mismatch& m, const std::vector<actor_role>& roles,
                    const run_result& result) {
    divergence d;
    d.step = m.point;
    d.expected = step_of(roles, m.expected, m.expected_words);
    if (m.actual) {
        d.actual = step_of(roles, m.actual->who, step_words(*m.actual));
    } else if (m.enabled.empty()) {
        d.actual = ending_in_words(result);
    } else {
        d.actual = fmt::format("that cannot be; those who can step are {}", names_of(roles, m.enabled));
    }
    d.message = fmt::format("at step {}: the file says: {}; but now: {}", d.step, d.expected, d.actual);
    return d;
}

}  // namespace

replay_report replay_reproducer(const reproducer& r) {
    const scenario_case what(r.what);
    follow_script how(r.schedule);
    replay_report report{run_logged(what, how, r.points_max), std::nullopt};
    const run_result& result = report.run.result;
    if (const auto mismatch = how.first_mismatch(result)) {
        report.diverged = in_words(*mismatch, roles_of(r.what), result);
    } else if (result.end != verdict::violation || result.failure.identity != r.identity) {
        divergence d;
        d.step = result.statistics.points;
        d.expected = r.identity;
        d.actual = ending_in_words(result);
        d.message = fmt::format("all steps are those of the file, but it says that they end with {}, and {}",
                                d.expected, d.actual);
        report.diverged = std::move(d);
    }
    return report;
}

}  // namespace tenthrule
