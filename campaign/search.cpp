#include "campaign/search.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "campaign/search_job.hpp"
#include "worker/make_finding.hpp"

namespace tenthrule {

namespace {

using searching::common;
using searching::job;
using searching::raw_finding;

class whole_search {
public:
    whole_search(const std::shared_ptr<const test_case>& what, const search_options& options)
        : all_(what, options) {
        strategy_or_error made = make_strategy(options.strategy);
        if (made.made == nullptr) {
            throw std::invalid_argument(made.error);
        }
        outcome_.strategy = made.canonical;
        outcome_.jobs = is_systematic(made.canonical) ? 1 : options.jobs;
    }

    search_outcome run() {
        for (unsigned w = 0; w < outcome_.jobs; ++w) {
            jobs_.push_back(std::make_unique<job>(all_, w, outcome_.jobs));
        }
        run_jobs();
        outcome_.internal_error = all_.internal_error;
        outcome_.totals = progress_now();
        outcome_.totals.rate =
            static_cast<double>(outcome_.totals.schedules) / std::max(outcome_.totals.seconds, 1e-9);
        outcome_.end = how_it_ended();
        for (const raw_finding& raw : merged_findings()) {
            report(raw);
        }
        return std::move(outcome_);
    }

private:
    void run_jobs() {
        all_.running = outcome_.jobs;
        std::vector<std::thread> threads;
        threads.reserve(jobs_.size());
        for (const std::unique_ptr<job>& j : jobs_) {
            threads.emplace_back([&j] { j->run(); });
        }
        const search_options& o = all_.options;
        {
            std::unique_lock lock(all_.mutex);
            const auto all_finished = [this] { return all_.running == 0; };
            while (!all_.finished.wait_for(lock, o.progress_interval, all_finished)) {
                if (!o.on_progress) {
                    all_.finished.wait(lock, all_finished);
                    break;
                }
                lock.unlock();
                o.on_progress(progress_now());
                lock.lock();
            }
        }
        for (std::thread& t : threads) {
            t.join();
        }
    }

    search_progress progress_now() {
        search_progress now;
        distinct_counter distinct;
        for (const std::unique_ptr<job>& j : jobs_) {
            j->add_to(now, distinct);
        }
        // An estimate may exceed what it estimates; there are not more schedules than executions.
        now.distinct = std::min(distinct.estimate(), now.schedules);
        now.seconds = std::chrono::duration<double>(searching::clock::now() - all_.start).count();
        const double interval = now.seconds - last_report_.seconds;
        now.rate = interval > 0 ? static_cast<double>(now.schedules - last_report_.schedules) / interval : 0;
        const search_options& o = all_.options;
        if (o.time_max.count() != 0) {
            now.seconds_left = std::max(0.0, std::chrono::duration<double>(o.time_max).count() - now.seconds);
        }
        if (o.schedules_max != 0 && now.rate > 0) {
            const double left =
                static_cast<double>(o.schedules_max - std::min(o.schedules_max, now.schedules)) / now.rate;
            now.seconds_left = now.seconds_left < 0 ? left : std::min(left, now.seconds_left);
        }
        last_report_ = now;
        return now;
    }

    search_end how_it_ended() const {
        if (!all_.internal_error.empty()) {
            return search_end::failed;
        }
        search_end end = jobs_.front()->end();
        for (const std::unique_ptr<job>& j : jobs_) {
            if (j->end() != search_end::schedules) {
                end = j->end();
            }
        }
        const bool found = all_.last_needed.load() != ~std::uint64_t{0};
        return found && end != search_end::interrupted ? search_end::found : end;
    }

    // Each identity once, with the first execution that had it, in the order of these.
    std::vector<raw_finding> merged_findings() {
        std::vector<raw_finding> merged;
        for (const std::unique_ptr<job>& j : jobs_) {
            for (raw_finding& one : j->findings()) {
                const auto same = std::find_if(merged.begin(), merged.end(), [&one](const raw_finding& m) {
                    return m.result.failure.identity == one.result.failure.identity;
                });
                if (same == merged.end()) {
                    merged.push_back(std::move(one));
                    continue;
                }
                const std::uint64_t times = same->times + one.times;
                if (one.index < same->index) {
                    *same = std::move(one);
                }
                same->times = times;
            }
        }
        std::sort(merged.begin(), merged.end(),
                  [](const raw_finding& a, const raw_finding& b) { return a.index < b.index; });
        if (!all_.options.keep_going && merged.size() > 1) {
            merged.erase(merged.begin() + 1, merged.end());
        }
        return merged;
    }

    void report(const raw_finding& raw) {
        const search_options& o = all_.options;
        finding f;
        std::string error = searching::confirm(all_.what, raw, o, f);
        if (error.empty()) {
            if (o.on_found) {
                o.on_found(f);
            }
            if (o.shrink) {
                error = searching::shrink_finding(f, o);
            }
            outcome_.findings.push_back(std::move(f));
        }
        if (!error.empty()) {
            outcome_.end = search_end::failed;
            outcome_.internal_error = std::move(error);
        }
    }

    common all_;
    std::vector<std::unique_ptr<job>> jobs_;
    search_progress last_report_;
    search_outcome outcome_;
};

}  // namespace

search_outcome search(const std::shared_ptr<const test_case>& what, const search_options& options) {
    return whole_search(what, options).run();
}

}  // namespace tenthrule
