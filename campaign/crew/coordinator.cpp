#include "campaign/crew/coordinator.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <poll.h>

#include "campaign/crew/bandit.hpp"
#include "campaign/crew/canary_watch.hpp"
#include "campaign/crew/crash_report.hpp"
#include "campaign/crew/crew_member.hpp"
#include "campaign/crew/findings_known.hpp"
#include "campaign/crew/overview.hpp"
#include "campaign/crew/results_keeper.hpp"
#include "campaign/crew/reward.hpp"
#include "campaign/crew/shrink_share.hpp"
#include "campaign/crew/work_ledger.hpp"

namespace tenthrule::crew {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t orders_per_worker = 2;  // so that none waits for the coordinator
constexpr unsigned failed_starts_max = 4;
constexpr auto signs_interval = std::chrono::seconds(2);
constexpr auto weigh_interval = std::chrono::milliseconds(100);
constexpr auto patience_at_end = std::chrono::milliseconds(1'200);
constexpr std::uint64_t address_space_besides = std::uint64_t{1} << 30U;

double seconds_in(std::chrono::nanoseconds n) {
    return std::chrono::duration<double>(n).count();
}

// True once in an interval.
class every {
public:
    explicit every(std::chrono::milliseconds interval) : interval_(interval) {}
    bool is_due(clock::time_point now) {
        if (now < next_) {
            return false;
        }
        next_ = now + interval_;
        return true;
    }

private:
    std::chrono::milliseconds interval_;
    clock::time_point next_;
};

std::uint64_t executions_of_all(const campaign_store& store) {
    std::uint64_t sum = 0;
    for (const arm_state& a : store.arms()) {
        sum += a.executions;  // also of scenarios that are run no more: they were part of the budget
    }
    return sum;
}

std::vector<std::string> command_of(const crew_options& options, const campaign_plan& plan) {
    std::vector<std::string> command = options.worker_command;
    const std::uint64_t memory = plan.limits.memory;
    command.push_back(fmt::format("{}", memory == 0 ? 0 : memory + address_space_besides));
    return command;
}

// The loop, and what is said to workers and understood from their answers. Everything else is done by what it
// is made of.
class crew {
public:
    crew(campaign_store& store, const campaign_plan& plan, const crew_work& work, const crew_options& options)
        : store_(store),
          plan_(plan),
          work_(work),
          options_(options),
          earlier_seconds_(store.seconds_spent()),
          ledger_(plan.budget.executions, executions_of_all(store)),
          shrinking_(plan.budget.shrink_share, options.workers, seconds_in(plan.budget.time)),
          results_(store, work, options.commit, [this](const std::string& words) { note(words); }),
          command_(command_of(options, plan)),
          progress_due_(options.progress_interval) {
        for (std::size_t i = 0; i < work_.arms.size(); ++i) {
            const crew_arm& a = work_.arms[i];
            ledger_.add(a.state);
            bandit_.add(a.share, a.state.seconds);
            arm_of_[a.state.id] = i;
        }
        if (options.canary.text != nullptr && !options.canary.text->empty()) {
            canary_ = canary_watch(options.canary.scenario_name);
        }
    }

    crew_outcome run() {
        try {
            begin();
            while (!finished()) {
                turn();
            }
            end();
        } catch (const store_error& e) {
            outcome_.end = crew_end::failed;
            outcome_.problem = e.what();
        } catch (const std::system_error& e) {
            outcome_.end = crew_end::failed;
            outcome_.problem = e.what();
        }
        members_.clear();
        outcome_.last = progress();
        close_session();
        return std::move(outcome_);
    }

private:
    // ---- The session

    void begin() {
        store_.begin_session(options_.workers);
        session_open_ = true;
        findings_.read(store_, work_);
        const std::vector<int> cores = available_cores();
        const bool pinned = options_.pin && options_.workers <= cores.size();
        const watchdog::limits limits{plan_.limits.hang, plan_.limits.memory};
        for (unsigned i = 0; i < options_.workers; ++i) {
            members_.emplace_back(pinned ? cores[i] : -1, limits).start(command_);
        }
    }

    void turn() {
        feed();
        listen(std::chrono::milliseconds(20));
        watch_over();
        save_if_due();
        report_progress();
    }

    bool finished() {
        if (options_.stop != nullptr && options_.stop->load()) {
            outcome_.end = crew_end::interrupted;
            return true;
        }
        if (time_is_up()) {
            outcome_.end = crew_end::budget;
            return true;
        }
        const bool something_to_do = busy() || ledger_.has_urgent() || canary_.is_due() || shrink_is_due();
        if (something_to_do) {
            return false;
        }
        if (ledger_.budget_is_spent()) {
            outcome_.end = crew_end::budget;
            return true;
        }
        if (bandit_.empty()) {
            outcome_.end = crew_end::nothing;
            return true;
        }
        return false;
    }

    // Everybody gets a moment to say how far he is.
    void end() {
        for (crew_member& m : members_) {
            m.ask_to_stop();
        }
        const clock::time_point until = clock::now() + patience_at_end;
        ending_ = true;
        results_.last_chance();
        while (busy() && clock::now() < until) {
            listen(std::chrono::milliseconds(10));
        }
        save();
    }

    void close_session() {
        if (!session_open_) {
            return;
        }
        static constexpr const char* words[] = {"budget", "complete", "interrupted", "failed"};
        const std::string how = words[static_cast<std::size_t>(outcome_.end)];
        try {
            if (canary_.exists() && (canary_.was_tried() || !store_.canary())) {
                store_.set_canary(canary_.state());
            }
            store_.set_workers({});
            store_.set_session_seconds(session_seconds());
            store_.end_session(outcome_.problem.empty() ? how : fmt::format("{}: {}", how, outcome_.problem));
        } catch (const store_error& e) {
            if (outcome_.problem.empty()) {
                outcome_.end = crew_end::failed;
                outcome_.problem = e.what();
            }
        }
    }

    double session_seconds() const {
        return seconds_in(clock::now() - start_);
    }
    double seconds() const {
        return earlier_seconds_ + session_seconds();
    }
    bool time_is_up() const {
        return plan_.budget.time.count() != 0 && seconds() >= seconds_in(plan_.budget.time);
    }
    bool busy() const {
        return std::any_of(members_.begin(), members_.end(), [](const auto& m) { return !m.idle(); });
    }
    bool shrink_is_due() const {
        return findings_.to_shrink().has_task() && shrinking_.allows(seconds());
    }

    // ---- Handing out work

    void feed() {
        if (results_.is_full()) {
            return;  // the store cannot take them
        }
        // First somebody for everyone, then something to go on with.
        for (std::size_t depth = 1; depth <= orders_per_worker; ++depth) {
            for (crew_member& m : members_) {
                if (m.orders().size() < depth && !give_work(m)) {
                    return;
                }
            }
        }
    }

    // False: there is none.
    bool give_work(crew_member& m) {
        if (canary_.is_due()) {
            give_canary(m);
            return true;
        }
        if (const std::optional<piece> p = ledger_.take_urgent()) {
            give_search(m, {*p, 0, false});
            return true;
        }
        if (shrink_is_due()) {
            give_shrink(m, findings_.to_shrink().take());
            return true;
        }
        if (bandit_.empty() || ledger_.executions_left() == 0) {
            return false;
        }
        const double expected = seconds_in(options_.batch);
        const std::size_t arm = bandit_.choose(expected);
        if (const std::optional<piece> p = ledger_.take(arm, expected)) {
            give_search(m, {*p, expected, true});
        } else {
            bandit_.take_back(arm, expected);
            retire(arm, "all of its executions are done");
        }
        return true;
    }

    work_order order_about(work what, const crew_subject& subject) {
        work_order o;
        o.number = ++orders_;
        o.what = what;
        o.subject = subject.key;
        o.scenario_text = *subject.text;
        o.points_max = plan_.limits.points_max;
        return o;
    }

    void give_search(crew_member& m, const search_job& job) {
        const crew_arm& arm = work_.arms[job.of.arm];
        work_order o = order_about(job.of.careful ? work::careful : work::batch, work_.subjects[arm.subject]);
        o.strategy = arm.state.strategy;
        o.seed = arm.state.seed;
        o.first = job.of.first;
        o.count = job.of.count;
        o.coverage = options_.coverage;
        m.order(o, {o.number, job});
    }

    void give_canary(crew_member& m) {
        work_order o = order_about(work::batch, options_.canary);
        o.strategy = default_strategy;
        o.first = canary_.order();
        o.count = canary_watch::batch;
        o.coverage = false;
        m.order(o, {o.number, canary_job{}});
    }

    void give_shrink(crew_member& m, shrink_job job) {
        const auto arm = arm_of_.find(job.arm);
        if (arm == arm_of_.end()) {
            findings_.to_shrink().give_up(job);  // of a scenario that is not part of this session
            return;
        }
        work_order o = order_about(work::shrink, work_.subjects[work_.arms[arm->second].subject]);
        o.token = job.token;
        o.identity = job.identity;
        shrinking_.begin();
        m.order(o, {o.number, std::move(job)});
    }

    // ---- What comes back

    void listen(std::chrono::milliseconds longest) {
        std::vector<pollfd> ends;
        std::vector<crew_member*> heard;
        for (crew_member& m : members_) {
            if (m.alive()) {
                ends.push_back({m.socket(), POLLIN, 0});
                heard.push_back(&m);
            }
        }
        if (poll(ends.data(), ends.size(), static_cast<int>(longest.count())) <= 0) {
            return;
        }
        for (std::size_t i = 0; i < ends.size(); ++i) {
            if (ends[i].revents == 0) {
                continue;
            }
            crew_member& m = *heard[i];
            const bool alive = m.listen();
            while (const std::optional<work_report> r = m.next_report()) {
                take_report(m, *r);
            }
            if (!alive) {
                bury(m);
            }
        }
    }

    void take_report(crew_member& m, const work_report& r) {
        const std::optional<assignment> a = m.finish(r.number);
        if (!a) {
            return;
        }
        if (const auto* const search = std::get_if<search_job>(&a->what)) {
            take_batch(*search, r);
        } else if (const auto* const shrink = std::get_if<shrink_job>(&a->what)) {
            take_shrunk(m, *shrink, r);
        } else {
            canary_.reported(r.batch.count, !r.batch.seen.empty(), !r.problem.empty(), r.seconds);
        }
    }

    void take_batch(const search_job& job, const work_report& r) {
        const piece& p = job.of;
        if (!r.problem.empty()) {
            ledger_.lost(p);
            settle(job, 0, r.seconds);
            retire(p.arm, r.problem);
            return;
        }
        batch_result b = r.batch;
        b.arm = work_.arms[p.arm].state.id;
        b.count = std::min(b.count, p.count);
        ledger_.done(p, b.count, b.seconds);
        if (b.count == 0) {
            settle(job, 0, r.seconds);
            return;
        }
        const std::size_t subject = work_.arms[p.arm].subject;
        const coverage::news news = results_.cover(subject, b.coverage);
        const bool new_failure = findings_.note(work_.subjects[subject].scenario, b, r.seen_points);
        findings_changed_ = findings_changed_ || new_failure;
        b.anything_new = new_failure || news.classes + news.pairs + news.states != 0;
        settle(job, worth(new_failure, news, b.count), b.seconds);
        results_.add(std::move(b), new_failure);
    }

    void settle(const search_job& job, double reward, double seconds) {
        bandit_.reward(job.of.arm, job.by_bandit ? reward : 0, job.expected, seconds);
    }

    void take_shrunk(crew_member& m, const shrink_job& job, const work_report& r) {
        shrinking_.end(r.seconds);
        if (!ending_) {
            m.allow_to_go_on();
        }
        if (!r.problem.empty()) {
            note(fmt::format("{} ({}) could not be shrunk: {}", job.identity, m.pid(), r.problem));
            findings_.to_shrink().give_up(job);
            return;
        }
        save();  // the finding may not be in the store yet
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

    void retire(std::size_t number, const std::string& why) {
        const crew_arm& arm = work_.arms[number];
        if (!bandit_.retire(number)) {
            return;
        }
        const crew_subject& s = work_.subjects[arm.subject];
        outcome_.given_up.push_back(
            fmt::format("{} on {}{} with {} is not run any more: {}", s.scenario_name, s.key.kernel,
                        s.key.variation.empty() ? "" : ", " + s.key.variation, arm.state.strategy, why));
        note(outcome_.given_up.back());
    }

    // ---- Workers that end

    void watch_over() {
        const clock::time_point now = clock::now();
        const bool weigh = plan_.limits.memory != 0 && weigh_due_.is_due(now);
        for (crew_member& m : members_) {
            m.watch(now, weigh);
        }
    }

    void bury(crew_member& m) {
        const death d = m.bury();
        for (const assignment& a : d.orders) {
            const bool culprit = a.number == d.doing;
            if (const auto* const search = std::get_if<search_job>(&a.what)) {
                mourn(*search, culprit, d);
            } else if (const auto* const shrink = std::get_if<shrink_job>(&a.what)) {
                mourn(*shrink, culprit && !d.from_outside, d);
            } else {
                canary_.worker_ended(culprit && !d.from_outside);
            }
        }
        if (m.failed_starts() > failed_starts_max) {
            throw std::system_error(std::make_error_code(std::errc::io_error),
                                    fmt::format("workers end as soon as they are started ({})", d.cause));
        }
        if (!ending_) {
            m.start(command_);
        }
    }

    void mourn(const shrink_job& job, bool culprit, const death& d) {
        shrinking_.end();
        if (culprit) {
            findings_.to_shrink().give_up(job);
            note(fmt::format("shrinking of {} was given up: the worker ended ({})", job.identity, d.cause));
        } else {
            findings_.to_shrink().put_back(job);
        }
    }

    void mourn(const search_job& job, bool culprit, const death& d) {
        if (!culprit) {
            if (job.by_bandit) {
                bandit_.take_back(job.of.arm, job.expected);
            }
            ledger_.not_begun(job.of);
            return;
        }
        settle(job, 0, d.seconds);
        using sentence = work_ledger::judgement::sentence;
        const work_ledger::judgement j = ledger_.died(job.of, d.index, d.from_outside);
        if (j.is == sentence::hopeless) {
            retire(job.of.arm,
                   fmt::format("its worker ended again and again, between executions ({})", d.cause));
        } else if (j.is == sentence::guilty) {
            record_crash(job.of.arm, j.index, d);
        }
    }

    void record_crash(std::size_t arm, std::uint64_t index, const death& d) {
        const crew_subject& subject = work_.subjects[work_.arms[arm].subject];
        batch_result b;
        b.arm = work_.arms[arm].state.id;
        b.first = index;
        b.count = 1;
        (d.cause == "hang" ? b.hangs : b.crashes) = 1;
        b.seen.push_back(crash_seen(d, index, subject, plan_.limits));
        b.anything_new = findings_.note(subject.scenario, b, {});
        findings_changed_ = findings_changed_ || b.anything_new;
        note(fmt::format("{} on {}: {}", subject.scenario_name, subject.key.kernel, b.seen[0].message));
        results_.add(std::move(b), true);
    }

    // ---- Making results safe, and saying how it goes

    void save_if_due() {
        const clock::time_point now = clock::now();
        if (results_.is_due(now)) {
            save();
        }
        if (results_.trouble().empty() && signs_due_.is_due(now)) {
            results_.attempt([this] {
                store_.set_session_seconds(session_seconds());
                measure();
                store_.set_workers(look().signs());
            });
        }
    }

    void save() {
        if (results_.save(look().growth_at(seconds()), session_seconds()) &&
            std::exchange(findings_changed_, false)) {
            findings_.read(store_, work_);
        }
    }

    void note(const std::string& words) const {
        if (options_.on_note) {
            options_.on_note(words);
        }
    }

    void measure() {
        const clock::time_point now = clock::now();
        for (crew_member& m : members_) {
            m.measure(now);
        }
    }

    overview look() const {
        return {plan_, work_, ledger_, results_, findings_, members_};
    }

    crew_progress progress() {
        measure();
        crew_progress p = look().progress_at(seconds());
        p.canary = canary_.state();
        p.has_canary = canary_.exists();
        return p;
    }

    void report_progress() {
        if (options_.on_progress && progress_due_.is_due(clock::now())) {
            options_.on_progress(progress());
        }
    }

    campaign_store& store_;
    const campaign_plan& plan_;
    const crew_work& work_;
    const crew_options& options_;
    crew_outcome outcome_;
    clock::time_point start_ = clock::now();
    double earlier_seconds_;
    bool session_open_ = false;
    bool ending_ = false;

    work_ledger ledger_;
    bandit bandit_;
    findings_known findings_;
    bool findings_changed_ = false;  ///< the store has news that findings_ has not read
    shrink_share shrinking_;
    canary_watch canary_;
    results_keeper results_;

    std::deque<crew_member> members_;
    std::vector<std::string> command_;
    std::map<arm_id, std::size_t> arm_of_;
    std::uint64_t orders_ = 0;
    every weigh_due_{weigh_interval};
    every signs_due_{signs_interval};
    every progress_due_;
};

}  // namespace

crew_outcome run_crew(campaign_store& store, const campaign_plan& plan, const crew_work& work,
                      const crew_options& options) try {
    return crew(store, plan, work, options).run();
} catch (const store_error& e) {
    crew_outcome unread;
    unread.end = crew_end::failed;
    unread.problem = e.what();
    return unread;
}

}  // namespace tenthrule::crew
