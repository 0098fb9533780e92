#include "campaign/crew/coordinator.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <poll.h>

#include "campaign/coverage/coverage.hpp"
#include "campaign/crew/bandit.hpp"
#include "campaign/crew/shrink_queue.hpp"
#include "campaign/crew/worker_process.hpp"
#include "shrink/token.hpp"

namespace tenthrule::crew {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t orders_per_worker = 2;  // so that none waits for the coordinator
constexpr std::uint64_t first_count = 256;
constexpr std::uint64_t count_max = 10'000'000;
constexpr unsigned deaths_max = 4;
constexpr std::size_t uncommitted_max = 512;
constexpr auto shrink_time_max = std::chrono::seconds(60);
constexpr auto retry_when_full = std::chrono::seconds(2);
constexpr auto signs_interval = std::chrono::seconds(2);
constexpr auto memory_interval = std::chrono::milliseconds(100);
constexpr auto patience_at_end = std::chrono::milliseconds(1'200);
constexpr std::uint64_t address_space_besides = std::uint64_t{1} << 30U;
constexpr std::uint64_t canary_executions_max = 50'000;
constexpr std::size_t no_arm = ~std::size_t{0};

double since(clock::time_point start) {
    return std::chrono::duration<double>(clock::now() - start).count();
}

// Executions of an arm that somebody has to do.
struct piece {
    std::size_t arm = no_arm;  ///< no_arm: the canary's
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    bool careful = false;
    unsigned deaths = 0;
};

struct assignment {
    std::uint64_t number = 0;
    work what = work::batch;
    piece of;
    shrink_task shrink;
    double expected = 0;  ///< seconds
    bool by_bandit = false;
};

struct live_arm {
    crew_arm of;
    std::uint64_t next = 0;
    std::deque<piece> pending;
    double rate = 0;  ///< executions per second; 0: unknown
    bool retired = false;
};

struct live_subject {
    crew_subject of;
    coverage covered;
    coverage::figures figures;
    bool dirty = false;  ///< coverage that is not committed
};

struct live_worker {
    std::unique_ptr<worker_process> process;
    std::deque<assignment> orders;
    int core = -1;
    std::uint32_t restarts = 0;
    unsigned failed_starts = 0;
    std::string killed_for;  ///< "hang", "memory"; empty: not by us
    // For the watchdog:
    std::uint64_t last_order = 0;
    std::uint64_t last_executions = 0;
    std::uint64_t last_index = 0;
    clock::time_point last_change;
    clock::time_point order_since;
    // For the rate:
    std::uint64_t rate_executions = 0;
    clock::time_point rate_since;
    double rate = 0;
};

class crew {
public:
    crew(campaign_store& store, const campaign_plan& plan, crew_work work, const crew_options& options)
        : store_(store), plan_(plan), options_(options) {
        for (crew_subject& s : work.subjects) {
            subjects_.push_back({std::move(s), {}, {}, false});
        }
        for (crew_arm& a : work.arms) {
            live_arm& arm = arms_.emplace_back();
            arm.of = std::move(a);
            const arm_state& state = arm.of.state;
            arm.next = state.done.empty() ? 0 : state.done.back().first + state.done.back().count;
            for (const execution_range& gap : state.gaps(arm.next)) {
                arm.pending.push_back({arms_.size() - 1, gap.first, gap.count, false, 0});
            }
            arm.rate = state.seconds > 0 ? static_cast<double>(state.executions) / state.seconds : 0;
            bandit_.add(arm.of.share, state.seconds);
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
        workers_.clear();
        outcome_.last = progress();
        close_session();
        return std::move(outcome_);
    }

private:
    // ---- The session

    void begin() {
        earlier_seconds_ = store_.seconds_spent();
        // Also of scenarios that are run no more: they were part of the budget.
        for (const arm_state& a : store_.arms()) {
            executions_ += a.executions;
        }
        start_ = clock::now();
        std::map<subject_id, std::size_t> by_id;
        for (std::size_t i = 0; i < subjects_.size(); ++i) {
            by_id[subjects_[i].of.id] = i;
        }
        for (const stored_subject& s : store_.subjects()) {
            const auto found = by_id.find(s.id);
            if (found == by_id.end() || s.coverage.empty()) {
                continue;
            }
            live_subject& live = subjects_[found->second];
            if (std::optional<coverage> read = coverage::from_bytes(s.coverage)) {
                live.covered = *read;
                live.figures = live.covered.now();
            }
        }
        for (const live_arm& a : arms_) {
            arm_subject_[a.of.state.id] = a.of.subject;
        }
        store_.begin_session(options_.workers);
        session_open_ = true;
        load_findings();
        canary_.name = options_.canary.scenario_name;
        has_canary_ = options_.canary.text != nullptr && !options_.canary.text->empty();
        const std::vector<int> cores = available_cores();
        for (unsigned i = 0; i < options_.workers; ++i) {
            live_worker& w = workers_.emplace_back();
            if (options_.pin && options_.workers <= cores.size()) {
                w.core = cores[i];
            }
            start_worker(w);
        }
    }

    void turn() {
        feed();
        listen(std::chrono::milliseconds(20));
        watch_over();
        commit_if_due();
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
        const bool idle = urgent_.empty() && std::all_of(workers_.begin(), workers_.end(),
                                                         [](const auto& w) { return w.orders.empty(); });
        if (!idle || canary_is_due() || (shrinks_.has_task() && may_shrink())) {
            return false;
        }
        if (executions_spent()) {
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
        for (live_worker& w : workers_) {
            w.process->page()->stop = true;
        }
        const clock::time_point until = clock::now() + patience_at_end;
        const auto busy = [this] {
            return std::any_of(workers_.begin(), workers_.end(),
                               [](const live_worker& w) { return !w.orders.empty(); });
        };
        ending_ = true;
        while (busy() && clock::now() < until) {
            listen(std::chrono::milliseconds(10));
        }
        commit();
    }

    void close_session() {
        if (!session_open_) {
            return;
        }
        const char* how = "budget";
        switch (outcome_.end) {
            case crew_end::budget:
                break;
            case crew_end::nothing:
                how = "complete";
                break;
            case crew_end::interrupted:
                how = "interrupted";
                break;
            case crew_end::failed:
                how = "failed";
                break;
        }
        try {
            if (has_canary_ && (canary_next_ != 0 || !store_.canary())) {
                store_.set_canary(canary_);
            }
            store_.set_workers({});
            store_.set_session_seconds(since(start_));
            store_.end_session(outcome_.problem.empty() ? how : fmt::format("{}: {}", how, outcome_.problem));
        } catch (const store_error& e) {
            if (outcome_.problem.empty()) {
                outcome_.end = crew_end::failed;
                outcome_.problem = e.what();
            }
        }
    }

    bool time_is_up() const {
        return plan_.budget.time.count() != 0 &&
               earlier_seconds_ + since(start_) >= std::chrono::duration<double>(plan_.budget.time).count();
    }
    std::uint64_t executions_left() const {
        const std::uint64_t taken = executions_ + outstanding_;
        return plan_.budget.executions == 0
                   ? ~std::uint64_t{0}
                   : plan_.budget.executions - std::min(plan_.budget.executions, taken);
    }
    bool executions_spent() const {
        return plan_.budget.executions != 0 && executions_ >= plan_.budget.executions;
    }

    // ---- Handing out work

    void start_worker(live_worker& w) {
        std::vector<std::string> command = options_.worker_command;
        const std::uint64_t memory = plan_.limits.memory;
        command.push_back(fmt::format("{}", memory == 0 ? 0 : memory + address_space_besides));
        w.process = std::make_unique<worker_process>(command, w.core);
        w.killed_for.clear();
        w.last_order = w.last_executions = w.last_index = w.rate_executions = 0;
        w.last_change = w.order_since = w.rate_since = clock::now();
    }

    void feed() {
        if (uncommitted_.size() > uncommitted_max) {
            return;  // the store cannot take them; see `trouble_`
        }
        // First somebody for everyone, then something to go on with.
        for (std::size_t depth = 1; depth <= orders_per_worker; ++depth) {
            for (live_worker& w : workers_) {
                if (w.orders.size() < depth && !give_work(w)) {
                    return;
                }
            }
        }
    }

    bool give_work(live_worker& w) {
        if (canary_is_due()) {
            canary_ordered_ = true;
            return give_piece(w, {no_arm, canary_next_, first_count * 4, false, 0}, false, 0);
        }
        if (!urgent_.empty()) {
            const piece p = urgent_.front();
            urgent_.pop_front();
            outstanding_ -= p.count;  // give_piece counts it
            return give_piece(w, p, false, 0);
        }
        if (shrinks_.has_task() && may_shrink()) {
            return give_shrink(w, shrinks_.take());
        }
        if (bandit_.empty() || executions_left() == 0) {
            return false;
        }
        const double expected = std::chrono::duration<double>(options_.batch).count();
        const std::size_t arm = bandit_.choose(expected);
        const std::optional<piece> p = next_piece(arms_[arm], arm);
        if (!p) {
            bandit_.take_back(arm, expected);
            retire(arm, "all of its executions are done");
            return true;
        }
        return give_piece(w, *p, true, expected);
    }

    std::optional<piece> next_piece(live_arm& arm, std::size_t number) {
        std::uint64_t count = first_count;
        if (arm.rate > 0) {
            const double wanted = arm.rate * std::chrono::duration<double>(options_.batch).count();
            count = static_cast<std::uint64_t>(std::clamp(wanted, 16.0, static_cast<double>(count_max)));
        }
        count = std::min(count, executions_left());
        if (!arm.pending.empty()) {
            piece p = arm.pending.front();
            if (p.count > count) {
                arm.pending.front().first += count;
                arm.pending.front().count -= count;
                p.count = count;
            } else {
                arm.pending.pop_front();
            }
            return p;
        }
        count = std::min(count, ~std::uint64_t{0} / 2 - arm.next);
        if (count == 0) {
            return std::nullopt;
        }
        const piece p{number, arm.next, count, false, 0};
        arm.next += count;
        return p;
    }

    bool give_piece(live_worker& w, const piece& p, bool by_bandit, double expected) {
        work_order o;
        o.number = ++orders_;
        o.what = p.careful ? work::careful : work::batch;
        o.first = p.first;
        o.count = p.count;
        o.points_max = plan_.limits.points_max;
        o.coverage = options_.coverage;
        if (p.arm == no_arm) {
            o.subject = options_.canary.key;
            o.scenario_text = *options_.canary.text;
            o.strategy = default_strategy;
            o.coverage = false;
        } else {
            const live_arm& arm = arms_[p.arm];
            const crew_subject& subject = subjects_[arm.of.subject].of;
            o.subject = subject.key;
            o.scenario_text = *subject.text;
            o.strategy = arm.of.state.strategy;
            o.seed = arm.of.state.seed;
            outstanding_ += p.count;
        }
        w.orders.push_back({o.number, o.what, p, {}, expected, by_bandit});
        (void)w.process->talk().send(to_bytes(o));  // if it is gone, that will be noticed by its silence
        return true;
    }

    bool give_shrink(live_worker& w, shrink_task task) {
        const auto arm = arm_subject_.find(task.arm);
        if (arm == arm_subject_.end()) {
            shrinks_.give_up(task);  // of a scenario that is not part of this session
            return true;
        }
        const crew_subject& subject = subjects_[arm->second].of;
        work_order o;
        o.number = ++orders_;
        o.what = work::shrink;
        o.subject = subject.key;
        o.scenario_text = *subject.text;
        o.points_max = plan_.limits.points_max;
        o.token = task.token;
        o.identity = task.identity;
        ++shrinking_;
        w.orders.push_back({o.number, o.what, {}, std::move(task), 0, false});
        (void)w.process->talk().send(to_bytes(o));
        return true;
    }

    // A share of the workers' time; of the whole campaign's, if its length is known, because a failure found
    // early is shrunk early.
    bool may_shrink() const {
        const double share = plan_.budget.shrink_share;
        if (share <= 0 || shrinking_ >= std::max(1U, options_.workers / 2)) {
            return false;
        }
        const double planned = std::chrono::duration<double>(plan_.budget.time).count();
        const double seconds = options_.workers * std::max(earlier_seconds_ + since(start_), planned);
        constexpr double credit = 20;
        return shrink_seconds_ <= share * seconds + credit;
    }

    bool canary_is_due() const {
        return has_canary_ && !canary_.found && !canary_ordered_ && canary_problem_.empty() &&
               canary_next_ < canary_executions_max;
    }

    // ---- What comes back

    void listen(std::chrono::milliseconds longest) {
        std::vector<pollfd> ends;
        for (live_worker& w : workers_) {
            ends.push_back({w.process->talk().fd(), POLLIN, 0});
        }
        if (poll(ends.data(), ends.size(), static_cast<int>(longest.count())) <= 0) {
            return;
        }
        for (std::size_t i = 0; i < workers_.size(); ++i) {
            if (ends[i].revents == 0) {
                continue;
            }
            live_worker& w = workers_[i];
            const bool alive = w.process->talk().read_available();
            while (const std::optional<std::string> message = w.process->talk().take()) {
                if (const std::optional<work_report> r = report_from(*message)) {
                    take_report(w, *r);
                }
            }
            if (!alive) {
                bury(w);
            }
        }
    }

    void take_report(live_worker& w, const work_report& r) {
        if (w.orders.empty() || w.orders.front().number != r.number) {
            return;
        }
        const assignment a = std::move(w.orders.front());
        w.orders.pop_front();
        w.failed_starts = 0;
        if (a.what == work::shrink) {
            take_shrunk(w, a, r);
        } else if (a.of.arm == no_arm) {
            take_canary(r);
        } else {
            take_batch(a, r);
        }
    }

    void take_canary(const work_report& r) {
        canary_ordered_ = false;
        canary_.seconds += r.seconds;
        canary_next_ += std::max<std::uint64_t>(1, r.batch.count);
        canary_.found = !r.batch.seen.empty();
        canary_problem_ = r.problem;
    }

    void take_batch(const assignment& a, const work_report& r) {
        const piece& p = a.of;
        live_arm& arm = arms_[p.arm];
        outstanding_ -= p.count;
        if (!r.problem.empty()) {
            settle(a, 0, r.seconds);
            retire(p.arm, r.problem);
            return;
        }
        batch_result b = r.batch;
        b.arm = arm.of.state.id;
        b.count = std::min(b.count, p.count);
        if (b.count < p.count) {
            arm.pending.push_front({p.arm, p.first + b.count, p.count - b.count, false, 0});
        }
        if (b.count == 0) {
            settle(a, 0, r.seconds);
            return;
        }
        executions_ += b.count;
        arm.rate = static_cast<double>(b.count) / std::max(b.seconds, 1e-6);
        arm.of.state.executions += b.count;
        arm.of.state.seconds += b.seconds;
        live_subject& subject = subjects_[arm.of.subject];
        coverage::news news;
        if (const std::optional<coverage> more = coverage::from_bytes(b.coverage)) {
            news = subject.covered.merge(*more);
            subject.figures = subject.covered.now();
            subject.dirty = true;
        }
        b.coverage.clear();  // what is committed is all of it: see commit()
        const bool new_failure = note_failures(subject.of, b, r.seen_points);
        b.anything_new = new_failure || news.classes + news.pairs + news.states != 0;
        settle(a, worth(new_failure, news, b.count), b.seconds);
        uncommitted_.push_back(std::move(b));
        must_commit_ = must_commit_ || new_failure;
    }

    void settle(const assignment& a, double reward, double seconds) {
        bandit_.reward(a.of.arm, a.by_bandit ? reward : 0, a.expected, seconds);
    }

    // Of a batch, between 0 and 1. A failure is what all this is for; a state that was never reached and a
    // pair of operations that never met promise one; new classes are as many as there are executions, in a
    // large scenario, so they only count by their share.
    static double worth(bool new_failure, const coverage::news& news, std::uint64_t count) {
        if (new_failure) {
            return 1;
        }
        const double watched =
            std::max(1.0, static_cast<double>(count) / static_cast<double>(coverage::watch_interval));
        const double states = news.states != 0 ? 0.5 : 0;
        const double pairs = 0.4 * (1 - std::exp(-static_cast<double>(news.pairs) / 8));
        const double classes = 0.2 * std::min(1.0, static_cast<double>(news.classes) / watched);
        return std::min(0.9, std::max(states, pairs) + classes);
    }

    bool note_failures(const crew_subject& subject, const batch_result& b,
                       const std::vector<std::uint32_t>& points) {
        bool any_new = false;
        for (std::size_t i = 0; i < b.seen.size(); ++i) {
            const failure_seen& seen = b.seen[i];
            any_new = known_.emplace(subject.scenario, seen.identity).second || any_new;
            if (seen.crash.empty()) {
                const std::uint32_t size = i < points.size() ? points[i] : ~std::uint32_t{0};
                shrinks_.offer({subject.scenario, seen.identity, b.arm, seen.token, size});
            }
        }
        findings_changed_ = findings_changed_ || any_new;
        return any_new;
    }

    void take_shrunk(live_worker& w, const assignment& a, const work_report& r) {
        --shrinking_;
        shrink_seconds_ += r.seconds;
        if (!ending_) {
            w.process->page()->stop = false;
        }
        if (!r.problem.empty()) {
            note(fmt::format("{} ({}) could not be shrunk: {}", a.shrink.identity, w.process->pid(),
                             r.problem));
            shrinks_.give_up(a.shrink);
            return;
        }
        commit();  // the finding may not be in the store yet
        try {
            for (const stored_finding& f : store_.findings()) {
                if (f.scenario == a.shrink.scenario && f.identity == a.shrink.identity) {
                    store_.offer_reproducer(f.id, r.reproducer);
                }
            }
        } catch (const store_error& e) {
            wait_for_space(e);
            shrinks_.put_back(a.shrink);
            return;
        }
        shrinks_.done(a.shrink, r.reproducer.complete);
        findings_changed_ = true;
    }

    void retire(std::size_t arm, const std::string& why) {
        live_arm& a = arms_[arm];
        if (!std::exchange(a.retired, true)) {
            bandit_.retire(arm);
            const crew_subject& s = subjects_[a.of.subject].of;
            outcome_.given_up.push_back(
                fmt::format("{} on {}{} with {} is not run any more: {}", s.scenario_name, s.key.kernel,
                            s.key.variation.empty() ? "" : ", " + s.key.variation, a.of.state.strategy, why));
            note(outcome_.given_up.back());
        }
    }

    // ---- Workers that end, hang, or grow

    void bury(live_worker& w) {
        const std::string status = w.process->wait();
        shared_page& page = w.process->page();
        std::string cause = w.killed_for;
        if (cause.empty()) {
            cause = page->out_of_memory.load() ? "memory" : status;
        }
        const bool from_outside = w.killed_for.empty() && w.process->was_killed();
        std::deque<assignment> orders = std::move(w.orders);
        w.orders.clear();
        const std::uint64_t doing = page->order.load();
        for (assignment& a : orders) {
            const bool culprit = a.number == doing;
            if (a.what == work::shrink) {
                --shrinking_;
                if (culprit && !from_outside) {
                    shrinks_.give_up(a.shrink);
                    note(fmt::format("shrinking of {} was given up: the worker ended ({})", a.shrink.identity,
                                     cause));
                } else {
                    shrinks_.put_back(a.shrink);
                }
            } else if (a.of.arm == no_arm) {
                canary_ordered_ = false;
                if (culprit && !from_outside && ++canary_deaths_ == 3) {
                    canary_problem_ = cause;
                }
            } else if (culprit) {
                settle(a, 0, since(w.order_since));
                blame(a.of, page, cause, from_outside);
            } else {
                if (a.by_bandit) {
                    bandit_.take_back(a.of.arm, a.expected);
                }
                urgent_.push_back(a.of);
            }
        }
        w.failed_starts = doing == 0 && !from_outside ? w.failed_starts + 1 : 0;
        if (w.failed_starts > deaths_max) {
            throw std::system_error(std::make_error_code(std::errc::io_error),
                                    fmt::format("workers end as soon as they are started ({})", status));
        }
        ++w.restarts;
        if (!ending_) {
            start_worker(w);
        }
    }

    // The worker ended in the middle of a piece. Done again with care, it either was an accident or shows
    // which execution is to blame.
    void blame(piece p, shared_page& page, const std::string& cause, bool from_outside) {
        const std::uint64_t index = page->index.load();
        ++p.deaths;
        const bool known = p.careful && index > p.first && index <= p.first + p.count;
        if (!known || (from_outside && p.deaths <= deaths_max)) {
            if (p.deaths > 2 * deaths_max) {
                outstanding_ -= p.count;
                retire(p.arm,
                       fmt::format("its worker ended again and again, between executions ({})", cause));
                return;
            }
            p.careful = true;  // in one piece: another piece would be other executions
            urgent_.push_back(p);
            return;
        }
        const std::uint64_t guilty = index - 1;
        // What came before the guilty one was lost with the worker.
        if (guilty > p.first) {
            urgent_.push_back({p.arm, p.first, guilty - p.first, false, 0});
        }
        if (p.first + p.count > guilty + 1) {
            urgent_.push_back({p.arm, guilty + 1, p.first + p.count - guilty - 1, false, 0});
        }
        outstanding_ -= 1;
        record_crash(p.arm, guilty, page, cause);
    }

    void record_crash(std::size_t number, std::uint64_t index, shared_page& page, const std::string& cause) {
        live_arm& arm = arms_[number];
        const crew_subject& subject = subjects_[arm.of.subject].of;
        failure_seen seen;
        seen.crash = cause;
        seen.rule = cause == "hang" || cause == "memory" ? cause : "crash";
        seen.identity = cause == "hang" || cause == "memory" ? cause : "crash|" + cause;
        seen.first_index = index;
        seen.message = cause == "hang" ? fmt::format("an execution did not come to its end within {} s",
                                                     std::chrono::duration<double>(plan_.limits.hang).count())
                       : cause == "memory"
                           ? fmt::format("an execution needed more than {} MB", plan_.limits.memory >> 20U)
                           : fmt::format("an execution ended its process: {}", cause);
        token t;
        t.case_digest = subject.key.digest;
        t.selection = subject.key.selection;
        if (plan_.limits.points_max != 0) {
            t.points_max = plan_.limits.points_max;
        }
        t.taken_away = subject.key.codes;
        const std::uint32_t count =
            std::min(page->decisions_count.load(std::memory_order_acquire), page_contents::decisions_max);
        t.decisions.assign(page->decisions.begin(), page->decisions.begin() + count);
        seen.token = encode(t);
        batch_result b;
        b.arm = arm.of.state.id;
        b.first = index;
        b.count = 1;
        (cause == "hang" ? b.hangs : b.crashes) = 1;
        b.seen.push_back(std::move(seen));
        b.anything_new = note_failures(subject, b, {});
        executions_ += 1;
        arm.of.state.executions += 1;
        note(fmt::format("{} on {}: {}", subject.scenario_name, subject.key.kernel, b.seen[0].message));
        uncommitted_.push_back(std::move(b));
        must_commit_ = true;
    }

    void watch_over() {
        const clock::time_point now = clock::now();
        const bool look_at_memory = plan_.limits.memory != 0 && now >= next_memory_;
        if (look_at_memory) {
            next_memory_ = now + memory_interval;
        }
        for (live_worker& w : workers_) {
            shared_page& page = w.process->page();
            const std::uint64_t order = page->order.load();
            const std::uint64_t executions = page->executions.load();
            const std::uint64_t index = page->index.load();
            if (order != w.last_order) {
                w.order_since = now;
            }
            if (order != w.last_order || executions != w.last_executions || index != w.last_index) {
                w.last_order = order;
                w.last_executions = executions;
                w.last_index = index;
                w.last_change = now;
            }
            if (order == 0 || !w.killed_for.empty()) {
                continue;
            }
            if (look_at_memory && w.process->resident_bytes() > plan_.limits.memory) {
                w.killed_for = "memory";
                w.process->kill();
                continue;
            }
            const bool is_shrink = !w.orders.empty() && w.orders.front().what == work::shrink;
            if (is_shrink && now - w.order_since > shrink_time_max) {
                page->stop = true;
            }
            const bool stuck = is_shrink ? now - w.order_since > shrink_time_max + 2 * plan_.limits.hang
                                         : now - w.last_change > plan_.limits.hang;
            if (stuck) {
                w.killed_for = "hang";
                w.process->kill();
            }
        }
    }

    // ---- Making results safe

    void commit_if_due() {
        const clock::time_point now = clock::now();
        if (now >= next_commit_ && (must_commit_ || now >= last_commit_ + options_.commit)) {
            commit();
        }
        if (now >= next_signs_ && trouble_.empty()) {
            next_signs_ = now + signs_interval;
            try {
                store_.set_session_seconds(since(start_));
                store_.set_workers(signs());
            } catch (const store_error& e) {
                wait_for_space(e);
            }
        }
    }

    void commit() try {
        last_commit_ = clock::now();
        store_.set_session_seconds(since(start_));
        if (!uncommitted_.empty()) {
            // Of each subject the whole coverage goes with its last batch.
            std::set<std::size_t> written;
            for (std::size_t i = uncommitted_.size(); i-- > 0;) {
                const std::size_t s = arm_subject_.at(uncommitted_[i].arm);
                uncommitted_[i].coverage.clear();
                if (subjects_[s].dirty && written.insert(s).second) {
                    uncommitted_[i].coverage = subjects_[s].covered.to_bytes();
                }
            }
            const growth_sample now = growth_now();
            store_.commit(uncommitted_, &now);
            uncommitted_.clear();
            for (const std::size_t s : written) {
                subjects_[s].dirty = false;
            }
            growth_.push_back(now);
            if (growth_.size() > 512) {
                for (std::size_t i = 1; i < growth_.size() / 2; ++i) {
                    growth_[i] = growth_[2 * i];
                }
                growth_.resize(growth_.size() / 2);
            }
        }
        must_commit_ = false;
        trouble_.clear();
        if (std::exchange(findings_changed_, false)) {
            load_findings();
        }
    } catch (const store_error& e) {
        wait_for_space(e);
    }

    // Called while `e` is handled. Nothing is lost: the batches are still here, and nobody is given more than
    // can be kept.
    void wait_for_space(const store_error& e) {
        if (e.problem() != store_problem::full || ending_) {
            throw;
        }
        if (trouble_.empty()) {
            note(fmt::format("{}; the campaign waits for space", e.what()));
        }
        trouble_ = e.what();
        next_commit_ = clock::now() + retry_when_full;
    }

    void load_findings() {
        findings_.clear();
        std::map<scenario_id, std::string> names;
        for (const live_subject& s : subjects_) {
            names[s.of.scenario] = s.of.scenario_name;
        }
        finding_counts_.clear();
        for (const stored_finding& f : store_.findings()) {
            known_.emplace(f.scenario, f.identity);
            const auto name = names.find(f.scenario);
            findings_.push_back(
                {name == names.end() ? "" : name->second, f.identity, f.rule, f.crash, f.shrunk});
            ++finding_counts_[f.scenario];
            if (f.crash.empty() && !(f.shrunk && f.best.complete) && !f.occurrences.empty()) {
                shrinks_.offer({f.scenario, f.identity, f.occurrences.front().arm,
                                f.occurrences.front().token, ~std::uint32_t{0}});
            } else if (f.shrunk) {
                shrinks_.knows({f.scenario, f.identity, 0, "", f.best.original.points});
            }
        }
    }

    growth_sample growth_now() const {
        growth_sample g;
        g.seconds = earlier_seconds_ + since(start_);
        g.executions = executions_;
        for (const live_subject& s : subjects_) {
            g.classes += s.figures.classes;
            g.pairs += s.figures.pairs;
            g.states += s.figures.states;
        }
        g.findings = known_.size();
        return g;
    }

    // ---- Saying how it goes

    void note(const std::string& words) const {
        if (options_.on_note) {
            options_.on_note(words);
        }
    }

    std::string doing(const live_worker& w) const {
        if (w.orders.empty()) {
            return "idle";
        }
        return w.orders.front().what == work::shrink ? "shrink" : "search";
    }

    std::vector<worker_sign> signs() {
        measure_rates();
        std::vector<worker_sign> all;
        for (std::size_t i = 0; i < workers_.size(); ++i) {
            const live_worker& w = workers_[i];
            worker_sign s;
            s.number = static_cast<unsigned>(i);
            s.pid = w.process->pid();
            s.doing = w.killed_for.empty() ? doing(w) : "stuck";
            if (!w.orders.empty() && w.orders.front().of.arm != no_arm) {
                s.arm = arms_[w.orders.front().of.arm].of.state.id;
            }
            s.executions = w.last_executions;
            s.rate = w.rate;
            s.restarts = w.restarts;
            s.at = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
            all.push_back(std::move(s));
        }
        return all;
    }

    void measure_rates() {
        const clock::time_point now = clock::now();
        for (live_worker& w : workers_) {
            const double seconds = std::chrono::duration<double>(now - w.rate_since).count();
            const std::uint64_t executions = w.process->page()->executions.load();
            if (seconds >= 0.5) {
                w.rate = static_cast<double>(executions - std::min(executions, w.rate_executions)) / seconds;
                w.rate_executions = executions;
                w.rate_since = now;
            }
        }
    }

    void report_progress() {
        const clock::time_point now = clock::now();
        if (options_.on_progress && now >= next_progress_) {
            next_progress_ = now + options_.progress_interval;
            options_.on_progress(progress());
        }
    }

    crew_progress progress() {
        measure_rates();
        crew_progress p;
        p.seconds = earlier_seconds_ + since(start_);
        p.executions = executions_;
        p.now = growth_now();
        p.growth = growth_;
        p.findings = findings_;
        p.canary = canary_;
        p.has_canary = has_canary_;
        p.trouble = trouble_;
        for (const live_worker& w : workers_) {
            crew_progress::worker view;
            view.doing = doing(w);
            view.rate = w.rate;
            view.restarts = w.restarts;
            if (!w.orders.empty() && w.orders.front().of.arm != no_arm) {
                view.scenario = subjects_[arms_[w.orders.front().of.arm].of.subject].of.scenario_name;
            }
            p.rate += w.rate;
            p.workers.push_back(std::move(view));
        }
        add_scenarios(p);
        if (plan_.budget.time.count() != 0) {
            p.seconds_left =
                std::max(0.0, std::chrono::duration<double>(plan_.budget.time).count() - p.seconds);
        }
        if (plan_.budget.executions != 0 && p.rate > 0) {
            const double left = static_cast<double>(plan_.budget.executions -
                                                    std::min(plan_.budget.executions, executions_)) /
                                p.rate;
            p.seconds_left = p.seconds_left < 0 ? left : std::min(p.seconds_left, left);
        }
        return p;
    }

    void add_scenarios(crew_progress& p) const {
        std::map<scenario_id, std::size_t> rows;
        std::vector<double> watched;
        std::vector<double> unseen;
        const auto row_of = [&](const crew_subject& s) {
            const auto [at, fresh] = rows.emplace(s.scenario, p.scenarios.size());
            if (fresh) {
                p.scenarios.push_back({s.scenario_name, 0, 0, 1, 0, 0});
                const auto found = finding_counts_.find(s.scenario);
                p.scenarios.back().findings = found == finding_counts_.end() ? 0 : found->second;
                watched.push_back(0);
                unseen.push_back(0);
            }
            return at->second;
        };
        for (const live_subject& s : subjects_) {
            const std::size_t row = row_of(s.of);
            const auto n = static_cast<double>(s.figures.watched);
            p.scenarios[row].classes += s.figures.classes;
            watched[row] += n;
            unseen[row] += n * s.figures.unseen.good_turing;
        }
        for (std::size_t i = 0; i < p.scenarios.size(); ++i) {
            p.scenarios[i].good_turing = watched[i] > 0 ? unseen[i] / watched[i] : 1;
        }
        for (const live_arm& a : arms_) {
            crew_progress::scenario& row = p.scenarios[row_of(subjects_[a.of.subject].of)];
            row.executions += a.of.state.executions;
            row.seconds += a.of.state.seconds;
        }
    }

    campaign_store& store_;
    const campaign_plan& plan_;
    const crew_options& options_;
    crew_outcome outcome_;
    clock::time_point start_ = clock::now();
    double earlier_seconds_ = 0;
    bool session_open_ = false;
    bool ending_ = false;

    std::vector<live_subject> subjects_;
    std::vector<live_arm> arms_;
    std::map<arm_id, std::size_t> arm_subject_;
    bandit bandit_;
    std::deque<piece> urgent_;  ///< to be done again; counted in outstanding_
    shrink_queue shrinks_;
    std::deque<live_worker> workers_;

    std::uint64_t orders_ = 0;
    std::uint64_t executions_ = 0;   ///< done, in all sessions
    std::uint64_t outstanding_ = 0;  ///< handed out
    double shrink_seconds_ = 0;
    unsigned shrinking_ = 0;

    std::vector<batch_result> uncommitted_;
    bool must_commit_ = false;
    clock::time_point last_commit_;
    clock::time_point next_commit_;
    clock::time_point next_signs_;
    clock::time_point next_memory_;
    clock::time_point next_progress_;
    std::string trouble_;

    std::set<std::pair<scenario_id, std::string>> known_;
    std::vector<crew_progress::finding> findings_;
    std::map<scenario_id, std::uint64_t> finding_counts_;
    bool findings_changed_ = false;
    std::vector<growth_sample> growth_;

    canary_state canary_;
    bool has_canary_ = false;
    bool canary_ordered_ = false;
    unsigned canary_deaths_ = 0;
    std::uint64_t canary_next_ = 0;
    std::string canary_problem_;
};

}  // namespace

crew_outcome run_crew(campaign_store& store, const campaign_plan& plan, crew_work work,
                      const crew_options& options) {
    return crew(store, plan, std::move(work), options).run();
}

}  // namespace tenthrule::crew
