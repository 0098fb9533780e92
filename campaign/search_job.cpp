#include "campaign/search_job.hpp"

#include <algorithm>
#include <exception>

#include <fmt/format.h>

#include "runtime/random.hpp"

namespace tenthrule::searching {

namespace {

// Looking at the clock takes time, too, compared with a short execution.
constexpr std::uint64_t clock_interval = 64;

// One thread writes, so reading and writing need not be one step.
template <typename T>
void add(std::atomic<T>& to, T n) {
    to.store(to.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
}

}  // namespace

void job::run() {
    try {
        search();
    } catch (const std::exception& e) {
        give_up(fmt::format("an execution threw an exception: {}", e.what()));
    } catch (...) {
        give_up("an execution threw an exception of unknown type");
    }
    const std::lock_guard lock(all_.mutex);
    --all_.running;
    all_.finished.notify_one();
}

void job::search() {
    const search_options& o = all_.options;
    execution machine;
    const std::unique_ptr<program> instance = all_.what->instantiate();
    const std::unique_ptr<strategy> how = make_strategy(o.strategy).made;
    run_options run = all_.what->options();
    run.log = false;
    if (o.points_max != 0) {
        run.points_max = o.points_max;
    }
    const std::uint64_t most = ~std::uint64_t{0} - o.first;
    const std::uint64_t end = o.first + (o.schedules_max == 0 ? most : std::min(most, o.schedules_max));
    for (std::uint64_t i = o.first + number_; i < end && may_go_on(i); i += jobs_) {
        const run_result& result = machine.run(*instance, *how, run, execution_seed(o.seed, i));
        if (result.end != verdict::redundant) [[likely]] {
            count(result);
        }
        if (result.statistics.fair != 0 && result.end == verdict::completed && how->watches()) {
            add(step_bounds_, std::uint64_t{1});  // what lies behind was not explored
        }
        if (result.end != verdict::completed) [[unlikely]] {
            note(result, i);
        }
        if (!how->more()) {
            end_ = search_end::complete;
            return;
        }
    }
}

bool job::may_go_on(std::uint64_t index) {
    const search_options& o = all_.options;
    if (index > all_.last_needed.load(std::memory_order_relaxed)) {
        end_ = search_end::found;
        return false;
    }
    if (o.stop != nullptr && o.stop->load(std::memory_order_relaxed)) {
        end_ = search_end::interrupted;
        return false;
    }
    const bool look =
        o.time_max.count() != 0 && executions_.load(std::memory_order_relaxed) % clock_interval == 0;
    if (look && clock::now() - all_.start >= o.time_max) {
        end_ = search_end::time;
        return false;
    }
    return true;
}

void job::count(const run_result& result) {
    const std::uint32_t points = result.statistics.points;
    add(executions_, std::uint64_t{1});
    add(points_, std::uint64_t{points});
    if (points > longest_.load(std::memory_order_relaxed)) {
        longest_.store(points, std::memory_order_relaxed);
    }
    distinct_.add(result.schedule_hash);
}

void job::note(const run_result& result, std::uint64_t index) {
    if (result.end == verdict::violation) {
        note_violation(result, index);
    } else if (result.end == verdict::step_bound) {
        add(step_bounds_, std::uint64_t{1});
    } else if (result.end == verdict::diverged) {
        give_up(
            fmt::format("execution {} went another way than the same decisions did before: the tested "
                        "program does not depend on its schedule alone",
                        index + 1));
    }
}

void job::note_violation(const run_result& result, std::uint64_t index) {
    for (raw_finding& known : findings_) {
        if (known.result.failure.identity == result.failure.identity) {
            ++known.times;
            return;
        }
    }
    findings_.push_back({index, 1, result});
    found_.store(true, std::memory_order_relaxed);
    if (!all_.options.keep_going) {
        std::uint64_t last = all_.last_needed.load();
        while (index < last && !all_.last_needed.compare_exchange_weak(last, index)) {}
    }
}

void job::give_up(std::string why) {
    const std::lock_guard lock(all_.mutex);
    if (all_.internal_error.empty()) {
        all_.internal_error = std::move(why);
    }
    all_.last_needed = 0;
}

void job::add_to(search_progress& sum, distinct_counter& distinct) const {
    sum.schedules += executions_.load(std::memory_order_relaxed);
    sum.points += points_.load(std::memory_order_relaxed);
    sum.step_bounds += step_bounds_.load(std::memory_order_relaxed);
    sum.longest = std::max(sum.longest, longest_.load(std::memory_order_relaxed));
    sum.found = sum.found || found_.load(std::memory_order_relaxed);
    distinct.merge(distinct_);
}

}  // namespace tenthrule::searching
