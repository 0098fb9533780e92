#include "campaign/verification.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "campaign/search.hpp"
#include "campaign/verification_file.hpp"
#include "shrink/subtree_search.hpp"
#include "worker/make_finding.hpp"

#ifndef TENTHRULE_VERSION
#define TENTHRULE_VERSION "unknown"
#endif

namespace tenthrule {

namespace {

using clock = std::chrono::steady_clock;
using verifying::counts;
using verifying::row;
using verifying::subtree_search;

// Enough for several threads to share them out evenly. The choices before them are explored without any
// reduction but sleep sets, so there must not be too many.
constexpr std::size_t subtrees_wanted = 64;
constexpr std::uint32_t decisions_max = 16;

class whole_verification {
public:
    whole_verification(const std::shared_ptr<const test_case>& what, const verification_options& options)
        : what_(what), options_(options), run_(what->options()), start_(clock::now()) {
        run_.log = false;
        if (options.points_max != 0) {
            run_.points_max = options.points_max;
        }
    }

    verification_outcome run() {
        std::uint32_t bound = 0;
        if (!options_.resume.empty()) {
            outcome_.input_error = restore(bound);
        }
        if (outcome_.input_error.empty() && !options_.save.empty()) {
            // What cannot be written is to be known now and not in the morning.
            outcome_.input_error = verifying::write_verification(options_.save, saved(bound));
        }
        if (!outcome_.input_error.empty()) {
            return std::move(outcome_);
        }
        if (!options_.bound && options_.resume.empty() && look_quickly()) {
            return std::move(outcome_);
        }
        if (!options_.bound) {
            search(std::nullopt);
        }
        for (; options_.bound && bound <= *options_.bound; ++bound) {
            outcome_.all_of_them = false;
            if (!search(bound)) {
                break;
            }
            outcome_.bound_done = bound;
            outcome_.bound_executions = level_.executions;
            if (outcome_.all_of_them || bound == *options_.bound) {
                break;
            }
            before_.add(level_);
            units_.clear();
        }
        outcome_.totals = progress_now();
        if (outcome_.end != verification_end::verified && outcome_.end != verification_end::found) {
            save();
        }
        return std::move(outcome_);
    }

private:
    struct unit {
        unit(const subtree& of, std::optional<std::uint32_t> b) : search(of, b) {}
        subtree_search search;
        std::mutex mutex;  ///< of what follows, which others may read while the search goes on
        counts so_far;
        double share = 0;
        bool done = false;
    };

    // One bound, or everything. False if there is no point in going on to the next one.
    bool search(std::optional<std::uint32_t> bound) {
        bound_ = bound;
        first_failure_ = ~std::size_t{0};
        if (units_.empty()) {
            find_subtrees();
        }
        if (outcome_.internal_error.empty() && !beginning_->failure()) {
            explore_subtrees();
        }
        level_ = sum();
        outcome_.end = how_it_ended();
        report_failure();
        return outcome_.end == verification_end::verified;
    }

    // True if that was enough.
    bool look_quickly() {
        if (options_.quick_look == 0) {
            return false;
        }
        search_options o;
        o.schedules_max = options_.quick_look;
        o.time_max = options_.time_max;
        o.points_max = options_.points_max;
        o.selection = options_.selection;
        o.shrink = options_.shrink;
        o.stop = options_.stop;
        o.on_found = options_.on_found;
        search_outcome found = tenthrule::search(what_, o);
        outcome_.internal_error = found.internal_error;
        if (!found.violation()) {
            return !outcome_.internal_error.empty();
        }
        outcome_.end = verification_end::found;
        outcome_.failure = std::move(found.findings.front());
        outcome_.found_by = fmt::format("{}, seed {}", found.strategy, o.seed);
        outcome_.totals.executions = found.totals.schedules;
        outcome_.totals.points = found.totals.points;
        outcome_.totals.longest = found.totals.longest;
        outcome_.totals.seconds = found.totals.seconds;
        return true;
    }

    // The same ones each time, so that going on later finds them again.
    void find_subtrees() {
        execution machine;
        const std::unique_ptr<program> instance = what_->instantiate();
        for (std::uint32_t decisions = 2; decisions <= decisions_max; decisions += 2) {
            beginning_ = std::make_unique<subtree_search>(dpor::frontier{decisions}, bound_);
            while (beginning_->step(machine, *instance, run_) && !stop_requested()) {}
            const std::size_t found = beginning_->subtrees().size();
            if (beginning_->finished() && (found == 0 || found >= subtrees_wanted || beginning_->failure())) {
                break;
            }
        }
        if (beginning_->diverged()) {
            note_divergence();
        }
        for (const subtree& s : beginning_->subtrees()) {
            units_.push_back(std::make_unique<unit>(s, bound_));
        }
    }

    void explore_subtrees() {
        next_ = 0;
        running_ = options_.jobs;
        std::vector<std::thread> threads;
        for (unsigned i = 0; i < options_.jobs; ++i) {
            threads.emplace_back([this] { work(); });
        }
        clock::time_point last_save = clock::now();
        {
            std::unique_lock lock(mutex_);
            while (!finished_.wait_for(lock, options_.progress_interval, [this] { return running_ == 0; })) {
                lock.unlock();
                if (options_.on_progress) {
                    options_.on_progress(progress_now());
                }
                if (clock::now() - last_save > std::chrono::seconds(30)) {
                    save();
                    last_save = clock::now();
                }
                lock.lock();
            }
        }
        for (std::thread& t : threads) {
            t.join();
        }
    }

    void work() {
        try {
            execution machine;
            const std::unique_ptr<program> instance = what_->instantiate();
            for (std::size_t i = next_++; i < units_.size() && i <= first_failure_ && !stop_requested();
                 i = next_++) {
                explore(i, machine, *instance);
            }
        } catch (const std::exception& e) {
            const std::lock_guard lock(mutex_);
            outcome_.internal_error = fmt::format("an execution threw an exception: {}", e.what());
            ended_.store(true);
        }
        const std::lock_guard lock(mutex_);
        --running_;
        finished_.notify_one();
    }

    void explore(std::size_t number, execution& machine, program& instance) {
        unit& u = *units_[number];
        constexpr unsigned look_interval = 64;
        bool more = !u.search.finished();
        for (unsigned i = 1; more; ++i) {
            more = u.search.step(machine, instance, run_);
            if (options_.executions_max != 0 && ++executed_ >= options_.executions_max) {
                limit_reached_ = true;
                ended_.store(true);
            }
            if (i % look_interval == 0 || !more) {
                publish(u);
                if (stop_requested() || number > first_failure_) {
                    break;
                }
            }
        }
        publish(u);
        if (u.search.diverged()) {
            note_divergence();
        }
        if (u.search.failure()) {
            std::size_t first = first_failure_;
            while (number < first && !first_failure_.compare_exchange_weak(first, number)) {}
        }
    }

    // What the main thread shows and saves: the search itself belongs to its thread while that works on it.
    void publish(unit& u) {
        const std::lock_guard lock(u.mutex);
        u.so_far = u.search.so_far();
        u.share = u.search.share();
        u.done = u.search.finished();
    }

    void note_divergence() {
        const std::lock_guard lock(mutex_);
        outcome_.internal_error =
            "an execution went another way than the same decisions did before: the tested program does not "
            "depend "
            "on its schedule alone";
        ended_.store(true);
    }

    bool stop_requested() const {
        return ended_.load(std::memory_order_relaxed) ||
               (options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed)) ||
               (options_.time_max.count() != 0 && clock::now() - start_ >= options_.time_max);
    }

    counts sum() const {
        counts all;
        if (beginning_ != nullptr) {
            all = beginning_->so_far();
        }
        all.redundant -= std::min<std::uint64_t>(all.redundant, units_.size());  // those that found a subtree
        for (std::size_t i = 0; i < units_.size() && i <= first_failure_; ++i) {
            const std::lock_guard lock(units_[i]->mutex);
            all.add(units_[i]->so_far);
        }
        return all;
    }

    verification_progress progress_now() {
        const counts all = sum();
        verification_progress p;
        p.executions = all.executions;
        p.redundant = all.redundant;
        p.cuts = all.cuts;
        p.points = all.points;
        p.longest = all.longest;
        p.bound = bound_.value_or(0);
        p.subtrees = units_.size();
        for (const std::unique_ptr<unit>& u : units_) {
            const std::lock_guard lock(u->mutex);
            p.subtrees_done += u->done ? 1U : 0U;
            p.share += u->share / static_cast<double>(units_.size());
        }
        const bool all_done =
            beginning_ != nullptr && beginning_->finished() && p.subtrees_done == p.subtrees;
        p.share = all_done ? 1 : p.share;
        p.seconds = std::chrono::duration<double>(clock::now() - start_).count();
        return p;
    }

    verification_end how_it_ended() {
        if (!outcome_.internal_error.empty()) {
            return verification_end::failed;
        }
        if (beginning_->failure() || first_failure_ != ~std::size_t{0}) {
            return verification_end::found;
        }
        const auto finished = [](const std::unique_ptr<unit>& u) { return u->search.finished(); };
        if (beginning_->finished() && std::all_of(units_.begin(), units_.end(), finished)) {
            bool left_out = beginning_->left_out();
            for (const std::unique_ptr<unit>& u : units_) {
                left_out = left_out || u->search.left_out();
            }
            outcome_.all_of_them = !left_out;
            return level_.cuts == 0 ? verification_end::verified : verification_end::cut;
        }
        if (limit_reached_) {
            return verification_end::executions;
        }
        return options_.stop != nullptr && options_.stop->load() ? verification_end::interrupted
                                                                 : verification_end::time;
    }

    // The failure in the first subtree that has one: those before it were explored to their ends.
    void report_failure() {
        if (outcome_.end != verification_end::found) {
            return;
        }
        const subtree_search& in = beginning_->failure() ? *beginning_ : units_[first_failure_]->search;
        searching::raw_finding raw;
        raw.index = before_.executions + level_.executions - 1;
        raw.result = *in.failure();
        search_options o;
        o.points_max = options_.points_max;
        o.selection = options_.selection;
        o.stop = options_.stop;
        finding f;
        outcome_.internal_error = searching::confirm(what_, raw, o, f);
        if (outcome_.internal_error.empty()) {
            if (options_.on_found) {
                options_.on_found(f);
            }
            if (options_.shrink) {
                outcome_.internal_error = searching::shrink_finding(f, o);
            }
            outcome_.failure = std::move(f);
            outcome_.found_by = "verify";
        }
        if (!outcome_.internal_error.empty()) {
            outcome_.end = verification_end::failed;
        }
    }

    // ---- Going on later

    std::string subject() const {
        std::string selection;
        for (const char c : options_.selection) {
            selection += fmt::format("{:02x}", static_cast<unsigned char>(c));
        }
        for (const std::uint32_t code : what_->taken_away()) {
            selection += fmt::format("-{:x}", code);
        }
        return fmt::format("{} {:016x} {} points {} {} version {}", what_->name(), what_->digest(),
                           selection.empty() ? "-" : selection, run_.points_max,
                           options_.bound ? "bounded" : "unbounded", TENTHRULE_VERSION);
    }

    // The first row: bound, and the counts of those before it. Then one for each subtree: 0 if nothing is
    // known of it, else 1 and its search. While threads are at work only finished ones are known.
    verifying::saved_verification saved(std::uint32_t bound) {
        verifying::saved_verification all{subject(), {}};
        all.rows.push_back(
            {bound, before_.executions, before_.redundant, before_.cuts, before_.points, before_.longest});
        if (progress_now().executions == before_.executions) {
            return all;  // perhaps not even all subtrees have been found
        }
        for (const std::unique_ptr<unit>& u : units_) {
            row r{0};
            bool readable = running_ == 0;
            {
                const std::lock_guard lock(u->mutex);
                readable = readable || u->done;
            }
            if (readable) {
                r[0] = 1;
                u->search.save(r);
            }
            all.rows.push_back(std::move(r));
        }
        return all;
    }

    void save() {
        if (options_.save.empty()) {
            return;
        }
        if (const std::string problem =
                verifying::write_verification(options_.save, saved(bound_.value_or(0)));
            !problem.empty() && outcome_.internal_error.empty()) {
            outcome_.internal_error = problem;
        }
    }

    std::string restore(std::uint32_t& bound) {
        verifying::saved_verification all;
        if (std::string problem = verifying::read_verification(options_.resume, subject(), all);
            !problem.empty()) {
            return problem;
        }
        std::string damaged = fmt::format("'{}' is damaged", options_.resume);
        if (all.rows.empty() || all.rows[0].size() != 6) {
            return damaged;
        }
        const row& first = all.rows[0];
        bound = static_cast<std::uint32_t>(first[0]);
        before_ = {first[1], first[2], first[3], first[4], static_cast<std::uint32_t>(first[5])};
        if (options_.bound && bound > 0) {
            outcome_.bound_done = bound - 1;
        }
        if (all.rows.size() == 1) {
            return {};
        }
        bound_ = options_.bound ? std::optional(bound) : std::nullopt;
        find_subtrees();
        if (units_.size() != all.rows.size() - 1) {
            return damaged;
        }
        for (std::size_t i = 0; i < units_.size(); ++i) {
            const row& r = all.rows[i + 1];
            if (r.empty() || (r[0] == 1 && !units_[i]->search.restore(std::span(r).subspan(1)))) {
                return damaged;
            }
            publish(*units_[i]);
        }
        return {};
    }

    std::shared_ptr<const test_case> what_;
    const verification_options& options_;
    run_options run_;
    clock::time_point start_;
    verification_outcome outcome_;

    std::optional<std::uint32_t> bound_;
    std::unique_ptr<subtree_search> beginning_;
    std::vector<std::unique_ptr<unit>> units_;
    counts before_;  ///< under smaller bounds
    counts level_;   ///< under this one
    std::atomic<std::size_t> next_{0};
    std::atomic<std::size_t> first_failure_{~std::size_t{0}};
    std::atomic<bool> ended_{false};
    std::atomic<bool> limit_reached_{false};
    std::atomic<std::uint64_t> executed_{0};  ///< only if there is a limit

    std::mutex mutex_;  ///< of what follows, and of outcome_ while threads are at work
    std::condition_variable finished_;
    unsigned running_ = 0;
};

}  // namespace

verification_outcome verify(const std::shared_ptr<const test_case>& what,
                            const verification_options& options) {
    return whole_verification(what, options).run();
}

}  // namespace tenthrule
