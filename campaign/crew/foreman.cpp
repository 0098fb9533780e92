#include "campaign/crew/foreman.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "campaign/crew/crash_report.hpp"
#include "campaign/crew/reward.hpp"

namespace tenthrule::crew {

foreman::foreman(campaign_store& store, const campaign_plan& plan, const crew_work& work,
                 results_keeper& results, std::uint64_t executions_before, foreman_options options)
    : store_(store),
      plan_(plan),
      work_(work),
      results_(results),
      options_(std::move(options)),
      ledger_(plan.budget.executions, executions_before),
      shrinking_(plan.budget.shrink_share, options_.workers,
                 std::chrono::duration<double>(plan.budget.time).count()) {
    for (std::size_t i = 0; i < work_.arms.size(); ++i) {
        const crew_arm& a = work_.arms[i];
        ledger_.add(a.state);
        bandit_.add(a.share, a.state.seconds);
        arm_of_[a.state.id] = i;
    }
    if (options_.canary != nullptr) {
        canary_ = canary_watch(options_.canary->scenario_name);
    }
}

// ---- Orders

bool foreman::has_work(double seconds) const {
    return ledger_.has_urgent() || canary_.is_due() || shrink_is_due(seconds);
}

std::optional<foreman::task> foreman::next(double seconds) {
    if (canary_.is_due()) {
        return search_canary();
    }
    if (const std::optional<piece> p = ledger_.take_urgent()) {
        return search({*p, 0, false});
    }
    while (shrink_is_due(seconds)) {
        if (std::optional<task> t = shrink(findings_.to_shrink().take())) {
            return t;
        }
    }
    while (!bandit_.empty() && ledger_.executions_left() != 0) {
        const double expected = options_.batch_seconds;
        const std::size_t arm = bandit_.choose(expected);
        if (const std::optional<piece> p = ledger_.take(arm, expected)) {
            return search({*p, expected, true});
        }
        bandit_.take_back(arm, expected);
        retire(arm, "all of its executions are done");
    }
    return std::nullopt;
}

work_order foreman::order_about(work what, const crew_subject& subject) {
    work_order o;
    o.number = ++orders_;
    o.what = what;
    o.subject = subject.key;
    o.scenario_text = *subject.text;
    o.points_max = plan_.limits.points_max;
    return o;
}

foreman::task foreman::search(const search_job& job) {
    const crew_arm& arm = work_.arms[job.of.arm];
    const crew_subject& subject = subject_of(job.of.arm);
    work_order o = order_about(job.of.careful ? work::careful : work::batch, subject);
    o.strategy = arm.state.strategy;
    o.seed = arm.state.seed;
    o.first = job.of.first;
    o.count = job.of.count;
    o.coverage = options_.coverage;
    const std::uint64_t number = o.number;
    return {std::move(o), {number, job, &subject}};
}

foreman::task foreman::search_canary() {
    work_order o = order_about(work::batch, *options_.canary);
    o.strategy = default_strategy;
    o.first = canary_.order();
    o.count = canary_watch::batch;
    o.coverage = false;
    const std::uint64_t number = o.number;
    return {std::move(o), {number, canary_job{}, options_.canary}};
}

std::optional<foreman::task> foreman::shrink(shrink_job job) {
    const auto arm = arm_of_.find(job.arm);
    if (arm == arm_of_.end()) {
        findings_.to_shrink().give_up(job);  // of a scenario that is not part of this session
        return std::nullopt;
    }
    const crew_subject& subject = subject_of(arm->second);
    work_order o = order_about(work::shrink, subject);
    o.token = job.token;
    o.identity = job.identity;
    shrinking_.begin();
    const std::uint64_t number = o.number;
    return task{std::move(o), {number, std::move(job), &subject}};
}

// ---- Reports

void foreman::reported(const assignment& a, const work_report& r) {
    if (const auto* const job = std::get_if<search_job>(&a.what)) {
        searched(*job, r);
    } else if (const auto* const shrink = std::get_if<shrink_job>(&a.what)) {
        shrunk(*shrink, r);
    } else {
        canary_.reported(r.batch.count, !r.batch.seen.empty(), !r.problem.empty(), r.seconds);
    }
}

// REQUIRES: nothing is wrong with the report.
void foreman::searched(const search_job& job, const work_report& r) {
    const piece& p = job.of;
    if (!r.problem.empty()) {
        ledger_.lost(p);
        settle(job, 0, r.seconds);
        retire(p.arm, r.problem);
        return;
    }
    batch_result b = r.batch;
    b.arm = work_.arms[p.arm].state.id;
    ledger_.done(p, b.count, b.seconds);
    if (b.count == 0) {
        settle(job, 0, r.seconds);
        return;
    }
    const coverage::news news = results_.cover(work_.arms[p.arm].subject, b.coverage);
    const bool new_failure = findings_.note(subject_of(p.arm).scenario, b, r.seen_points);
    findings_changed_ = findings_changed_ || new_failure;
    b.anything_new = new_failure || news.classes + news.pairs + news.states != 0;
    settle(job, worth(new_failure, news, b.count), b.seconds);
    results_.add(std::move(b), new_failure);
}

void foreman::settle(const search_job& job, double reward, double seconds) {
    bandit_.reward(job.of.arm, job.by_bandit ? reward : 0, job.expected, seconds);
}

// REQUIRES: the finding is in the store, if there was space for it.
void foreman::shrunk(const shrink_job& job, const work_report& r) {
    shrinking_.end(r.seconds);
    if (!r.problem.empty()) {
        options_.note(fmt::format("{} could not be shrunk: {}", job.identity, r.problem));
        findings_.to_shrink().give_up(job);
        return;
    }
    const bool stored = results_.attempt([&] {
        for (const stored_finding& f : store_.findings()) {
            if (f.scenario == job.scenario && f.identity == job.identity) {
                store_.offer_reproducer(f.id, r.reproducer);
            }
        }
    });
    if (!stored) {
        findings_.to_shrink().put_back(job);
        return;
    }
    findings_.to_shrink().done(job, r.reproducer.complete);
    findings_changed_ = true;
}

void foreman::retire(std::size_t arm, const std::string& why) {
    if (!bandit_.retire(arm)) {
        return;
    }
    const crew_subject& s = subject_of(arm);
    given_up_.push_back(fmt::format("{} on {}{} with {} is not run any more: {}", s.scenario_name,
                                    s.key.kernel, s.key.variation.empty() ? "" : ", " + s.key.variation,
                                    work_.arms[arm].state.strategy, why));
    options_.note(given_up_.back());
}

// ---- Deaths

void foreman::died(const death& d) {
    for (const assignment& a : d.orders) {
        const bool culprit = a.number == d.doing;
        if (const auto* const job = std::get_if<search_job>(&a.what)) {
            mourn(*job, culprit, d);
        } else if (const auto* const shrink = std::get_if<shrink_job>(&a.what)) {
            mourn(*shrink, culprit && !d.from_outside, d);
        } else {
            canary_.worker_ended(culprit && !d.from_outside);
        }
    }
    for (const assignment& a : d.untold) {
        give_back(a);
    }
}

void foreman::give_back(const assignment& a) {
    if (const auto* const job = std::get_if<search_job>(&a.what)) {
        give_back(*job);
    } else if (const auto* const shrink = std::get_if<shrink_job>(&a.what)) {
        give_back(*shrink);
    } else {
        canary_.worker_ended(false);
    }
}

void foreman::give_back(const search_job& job) {
    if (job.by_bandit) {
        bandit_.take_back(job.of.arm, job.expected);
    }
    ledger_.not_begun(job.of);
}

void foreman::give_back(const shrink_job& job) {
    shrinking_.end();
    findings_.to_shrink().put_back(job);
}

void foreman::mourn(const shrink_job& job, bool culprit, const death& d) {
    if (!culprit && !d.never_worked) {
        give_back(job);
        return;
    }
    shrinking_.end();
    findings_.to_shrink().give_up(job);
    options_.note(fmt::format("shrinking of {} was given up: the worker ended ({})", job.identity, d.cause));
}

void foreman::mourn(const search_job& job, bool culprit, const death& d) {
    if (!culprit && !d.never_worked) {
        give_back(job);
        return;
    }
    if (!culprit) {
        if (job.by_bandit) {
            bandit_.take_back(job.of.arm, job.expected);
        }
        ledger_.lost(job.of);
        retire(job.of.arm, fmt::format("its program does nothing that could be used ({})", d.cause));
        return;
    }
    settle(job, 0, d.seconds);
    using sentence = work_ledger::judgement::sentence;
    const work_ledger::judgement j = ledger_.died(job.of, d.index, d.from_outside);
    if (j.is == sentence::hopeless) {
        retire(job.of.arm, fmt::format("its worker ended again and again, between executions ({})", d.cause));
    } else if (j.is == sentence::guilty) {
        record_crash(job.of.arm, j.index, d);
    }
}

void foreman::record_crash(std::size_t arm, std::uint64_t index, const death& d) {
    const crew_subject& subject = subject_of(arm);
    batch_result b;
    b.arm = work_.arms[arm].state.id;
    b.first = index;
    b.count = 1;
    (d.cause == "hang" ? b.hangs : b.crashes) = 1;
    b.seen.push_back(crash_seen(d, index, subject, plan_.limits));
    b.anything_new = findings_.note(subject.scenario, b, {});
    findings_changed_ = findings_changed_ || b.anything_new;
    if (b.anything_new) {
        options_.note(
            fmt::format("{} on {}: {}", subject.scenario_name, subject.key.kernel, b.seen[0].message));
    }
    results_.add(std::move(b), true);
}

// ---- The store

void foreman::read_findings() {
    findings_.read(store_, work_);
}

void foreman::save(double seconds, double session_seconds) {
    growth_sample now;
    now.seconds = seconds;
    now.executions = ledger_.executions();
    results_.add_coverage_to(now);
    now.findings = findings_.count();
    if (results_.save(now, session_seconds) && std::exchange(findings_changed_, false)) {
        read_findings();
    }
}

}  // namespace tenthrule::crew
