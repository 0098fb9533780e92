#include "campaign/crew/overview.hpp"

#include <algorithm>
#include <chrono>
#include <map>

namespace tenthrule::crew {

namespace {

// The arm that a worker searches; nothing if it does something else.
const search_job* search_of(const crew_member& m) {
    return m.idle() ? nullptr : std::get_if<search_job>(&m.current().what);
}

}  // namespace

crew_progress overview::progress_at(double seconds) const {
    crew_progress p;
    p.seconds = seconds;
    p.executions = ledger.executions();
    p.now.seconds = seconds;
    p.now.executions = ledger.executions();
    p.now.findings = findings.count();
    results.add_coverage_to(p.now);
    p.growth = results.growth();
    p.findings = findings.list();
    p.trouble = results.trouble();
    add_members(p);
    add_scenarios(p);
    p.seconds_left = seconds_left(seconds, p.rate);
    return p;
}

double overview::seconds_left(double seconds, double rate) const {
    double left = -1;
    if (plan.budget.time.count() != 0) {
        left = std::max(0.0, std::chrono::duration<double>(plan.budget.time).count() - seconds);
    }
    if (plan.budget.executions != 0 && rate > 0) {
        const std::uint64_t rest =
            plan.budget.executions - std::min(plan.budget.executions, ledger.executions());
        const double until_spent = static_cast<double>(rest) / rate;
        left = left < 0 ? until_spent : std::min(left, until_spent);
    }
    return left;
}

const crew_subject* overview::subject_of(const crew_member& m) const {
    const search_job* const search = search_of(m);
    return search == nullptr ? nullptr : &work.subjects[work.arms[search->of.arm].subject];
}

void overview::add_members(crew_progress& p) const {
    for (const crew_member& m : members) {
        crew_progress::worker view;
        view.doing = m.doing();
        view.rate = m.rate();
        view.restarts = m.restarts();
        if (const crew_subject* const s = subject_of(m)) {
            view.scenario = s->scenario_name;
        }
        p.rate += view.rate;
        p.workers.push_back(std::move(view));
    }
}

void overview::add_scenarios(crew_progress& p) const {
    struct watched_of {
        double executions = 0;
        double unseen = 0;
    };
    std::map<scenario_id, std::size_t> rows;
    std::vector<watched_of> watched;
    for (std::size_t i = 0; i < work.subjects.size(); ++i) {
        const crew_subject& s = work.subjects[i];
        const auto [row, fresh] = rows.emplace(s.scenario, p.scenarios.size());
        if (fresh) {
            p.scenarios.push_back({s.scenario_name, 0, 0, 1, 0, findings.count_of(s.scenario)});
            watched.emplace_back();
        }
        const coverage::figures& f = results.figures(i);
        p.scenarios[row->second].classes += f.classes;
        watched[row->second].executions += static_cast<double>(f.watched);
        watched[row->second].unseen += static_cast<double>(f.watched) * f.unseen.good_turing;
    }
    for (std::size_t i = 0; i < p.scenarios.size(); ++i) {
        if (watched[i].executions > 0) {
            p.scenarios[i].good_turing = watched[i].unseen / watched[i].executions;
        }
    }
    for (std::size_t a = 0; a < work.arms.size(); ++a) {
        crew_progress::scenario& row = p.scenarios[rows.at(work.subjects[work.arms[a].subject].scenario)];
        row.executions += ledger.executions_of(a);
        row.seconds += ledger.seconds_of(a);
    }
}

std::vector<worker_sign> overview::signs() const {
    std::vector<worker_sign> all;
    for (const crew_member& m : members) {
        worker_sign s;
        s.number = static_cast<unsigned>(all.size());
        s.pid = m.pid();
        s.doing = m.was_killed() ? "stuck" : m.doing();
        if (const search_job* const search = search_of(m)) {
            s.arm = work.arms[search->of.arm].state.id;
        }
        s.executions = m.executions();
        s.rate = m.rate();
        s.restarts = m.restarts();
        s.at = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
        all.push_back(std::move(s));
    }
    return all;
}

}  // namespace tenthrule::crew
