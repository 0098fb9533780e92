#pragma once

/// One OS thread's share of a search.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "campaign/search.hpp"
#include "runtime/execution.hpp"
#include "worker/distinct_counter.hpp"
#include "worker/make_finding.hpp"

namespace tenthrule::searching {

using clock = std::chrono::steady_clock;

/// What the jobs of a search share.
struct common {
    common(std::shared_ptr<const test_case> c, const search_options& o)
        : what(std::move(c)), options(o), start(clock::now()) {}

    const std::shared_ptr<const test_case> what;
    const search_options& options;
    const clock::time_point start;
    /// No execution after this one is needed.
    std::atomic<std::uint64_t> last_needed{~std::uint64_t{0}};

    std::mutex mutex;  ///< of what follows
    std::condition_variable finished;
    unsigned running = 0;
    std::string internal_error;
};

class job {
public:
    /// Does every `jobs`-th execution, beginning with `number`. `all` must outlive the job.
    job(common& all, unsigned number, unsigned jobs) : all_(all), number_(number), jobs_(jobs) {}

    /// Returns when its share is done, or no longer needed. Throws nothing.
    void run();

    /// Thread safety: may be called from any thread while `run` is going on.
    void add_to(search_progress& sum, distinct_counter& distinct) const;

    // Once `run` has returned:

    search_end end() const {
        return end_;
    }
    std::vector<raw_finding>& findings() {
        return findings_;
    }

private:
    void search();
    bool may_go_on(std::uint64_t index);
    void count(const run_result& result);
    void note(const run_result& result, std::uint64_t index);
    void note_violation(const run_result& result, std::uint64_t index);
    void give_up(std::string why);

    common& all_;
    unsigned number_;
    unsigned jobs_;
    search_end end_ = search_end::schedules;
    std::vector<raw_finding> findings_;
    // Written by this job only, read by whoever shows progress: hence cache lines of their own.
    alignas(64) std::atomic<std::uint64_t> executions_{0};
    std::atomic<std::uint64_t> points_{0};
    std::atomic<std::uint64_t> step_bounds_{0};
    std::atomic<std::uint32_t> longest_{0};
    std::atomic<bool> found_{false};
    alignas(64) distinct_counter distinct_;
};

}  // namespace tenthrule::searching
