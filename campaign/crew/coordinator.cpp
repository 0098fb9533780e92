#include "campaign/crew/coordinator.hpp"

#include <algorithm>
#include <deque>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <poll.h>

#include "campaign/crew/crew_member.hpp"
#include "campaign/crew/foreman.hpp"
#include "campaign/crew/overview.hpp"
#include "campaign/crew/results_keeper.hpp"
#include "worker/invitation.hpp"

namespace tenthrule::crew {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t orders_per_worker = 2;  // so that none waits for the coordinator
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

// Who does what: scenarios are run by this program, tests by their own.
class commands {
public:
    commands(const crew_options& options, const campaign_plan& plan)
        : memory_(plan.limits.memory == 0 ? 0 : plan.limits.memory + address_space_besides),
          ours_{options.worker_command, ""} {
        ours_.words.push_back(fmt::format("{}", memory_));
    }
    const worker_command& ours() const {
        return ours_;
    }
    worker_command for_subject(const crew_subject& s) const {
        if (!s.program) {
            return ours_;
        }
        invitation i;
        i.is = invitation::wish::worker;
        i.memory_max = memory_;
        i.digest = s.program->digest;
        return {{std::filesystem::absolute(s.program->program).string()}, to_text(i)};
    }

private:
    std::uint64_t memory_;
    worker_command ours_;
};

// The loop: who thinks is the foreman.
class crew {
public:
    crew(campaign_store& store, const campaign_plan& plan, const crew_work& work, const crew_options& options)
        : store_(store),
          plan_(plan),
          work_(work),
          options_(options),
          earlier_seconds_(store.seconds_spent()),
          results_(store, work, options.commit, [this](const std::string& words) { note(words); }),
          foreman_(store, plan, work, results_, executions_of_all(store), options_of_foreman()),
          commands_(options, plan),
          progress_due_(options.progress_interval) {}

    crew_outcome run() {
        try {
            begin();
            while (!finished()) {
                turn();
            }
            end();
        } catch (const store_error& e) {
            fail(e.what());
        } catch (const std::system_error& e) {
            fail(e.what());
        }
        members_.clear();
        outcome_.last = progress();
        outcome_.given_up = foreman_.take_given_up();
        close_session();
        return std::move(outcome_);
    }

private:
    foreman_options options_of_foreman() {
        const bool has_canary = options_.canary.text != nullptr && !options_.canary.text->empty();
        return {options_.workers, seconds_in(options_.batch), options_.coverage,
                has_canary ? &options_.canary : nullptr, [this](const std::string& words) { note(words); }};
    }

    void fail(const std::string& why) {
        outcome_.end = crew_end::failed;
        outcome_.problem = why;
    }

    // ---- The session

    void begin() {
        store_.begin_session(options_.workers);
        session_open_ = true;
        foreman_.read_findings();
        const std::vector<int> cores = available_cores();
        const bool pinned = options_.pin && options_.workers <= cores.size();
        const watchdog::limits limits{plan_.limits.hang, plan_.limits.memory};
        for (unsigned i = 0; i < options_.workers; ++i) {
            members_.emplace_back(pinned ? cores[i] : -1, limits).start(commands_.ours());
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
        if (busy() || foreman_.has_work(seconds())) {
            return false;
        }
        if (foreman_.budget_is_spent()) {
            outcome_.end = crew_end::budget;
            return true;
        }
        if (foreman_.all_retired()) {
            outcome_.end = crew_end::nothing;
            return true;
        }
        return false;
    }

    // Everybody gets a moment to say how far he is.
    void end() {
        for (crew_member& m : members_) {
            m.forget_unsent();
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
            if (foreman_.canary().exists() && (foreman_.canary().was_tried() || !store_.canary())) {
                store_.set_canary(foreman_.canary().state());
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

    // ---- Workers

    void feed() {
        if (results_.is_full()) {
            return;  // the store cannot take them
        }
        // First somebody for everyone, then something to go on with.
        for (std::size_t depth = 1; depth <= orders_per_worker; ++depth) {
            for (crew_member& m : members_) {
                if (m.orders() >= depth) {
                    continue;
                }
                std::optional<foreman::task> t = foreman_.next(seconds());
                if (!t) {
                    return;
                }
                const worker_command by = commands_.for_subject(*t->about.subject);
                m.order(by, t->order, std::move(t->about));
            }
        }
    }

    void listen(std::chrono::milliseconds longest) {
        std::vector<pollfd> ends;
        std::vector<crew_member*> heard;
        for (crew_member& m : members_) {
            if (m.alive()) {
                ends.push_back({m.socket(), POLLIN, 0});
                heard.push_back(&m);
            }
        }
        poll(ends.data(), ends.size(), static_cast<int>(longest.count()));
        for (std::size_t i = 0; i < ends.size(); ++i) {
            crew_member& m = *heard[i];
            if (ends[i].revents == 0 && !m.has_ended()) {
                continue;
            }
            m.listen();
            while (const std::optional<crew_member::finished_order> done = m.next_report()) {
                take_report(m, *done);
            }
            if (!m.alive()) {
                bury(m);
            }
        }
    }

    void take_report(crew_member& m, const crew_member::finished_order& done) {
        if (std::holds_alternative<shrink_job>(done.about.what)) {
            if (!ending_) {
                m.allow_to_go_on();
            }
            save();  // the finding may not be in the store yet
        }
        foreman_.reported(done.about, done.report);
    }

    void watch_over() {
        const clock::time_point now = clock::now();
        const bool weigh = plan_.limits.memory != 0 && weigh_due_.is_due(now);
        for (crew_member& m : members_) {
            m.watch(now, weigh);
        }
    }

    void bury(crew_member& m) {
        const death d = m.bury();
        if (d.never_worked && m.command() == commands_.ours()) {
            throw std::system_error(std::make_error_code(std::errc::io_error),
                                    fmt::format("workers end as soon as they are started ({})", d.cause));
        }
        foreman_.died(d);
        if (!ending_) {
            m.start_again();
        }
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
        foreman_.save(seconds(), session_seconds());
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
        return {plan_, work_, foreman_.ledger(), results_, foreman_.findings(), members_};
    }

    crew_progress progress() {
        measure();
        crew_progress p = look().progress_at(seconds());
        p.canary = foreman_.canary().state();
        p.has_canary = foreman_.canary().exists();
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

    results_keeper results_;
    foreman foreman_;
    commands commands_;
    std::deque<crew_member> members_;
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
