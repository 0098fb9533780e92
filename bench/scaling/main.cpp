// How the cost of an execution grows with its length, and with its tasks.
//
//   bench_scaling [FILE.svg]
//
// Threads add to one integer each. Once two threads and ever more additions; once some thousand additions in
// all and ever more threads; and once those all add to the same integer, so that every step conflicts with
// everybody's. Of each, the fastest of several rounds. With a file, draws the curves into it.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/scaling/plot.hpp"
#include "library/atomic.hpp"
#include "library/test_program.hpp"
#include "library/thread.hpp"
#include "runtime/random.hpp"
#include "scheduler/make_strategy.hpp"

namespace {

using namespace tenthrule;

constexpr unsigned rounds = 15;
constexpr std::uint64_t points_of_a_round = 400'000;

struct measured {
    double points;  ///< of an execution
    double ns_per_point;
};

enum class integers { one_each, one_for_all };

measured measure(unsigned threads, unsigned additions, integers which, const char* strategy_name) {
    const std::function<void()> test = [threads, additions, which] {
        std::deque<atomic<int>> words;
        std::deque<thread> all;
        for (unsigned i = 0; i < threads; ++i) {
            if (i == 0 || which == integers::one_each) {
                words.emplace_back(0);
            }
            atomic<int>& mine = words.back();
            all.emplace_back([&mine, additions] {
                for (unsigned k = 0; k < additions; ++k) {
                    mine.fetch_add(1);
                }
            });
        }
        for (thread& t : all) {
            t.join();
        }
    };
    explore_options options;
    options.points_max = 1'000'000;
    options.track_allocations = false;
    const detail::written_test written(test, options);
    const std::unique_ptr<program> p = written.instantiate();
    const std::unique_ptr<strategy> s = make_strategy(strategy_name).made;
    execution machine;
    std::uint64_t done = 0;
    double best = 0;
    double points = 0;
    for (unsigned round = 0; round < rounds; ++round) {
        std::uint64_t passed = 0;
        std::uint64_t executions = 0;
        const auto begin = std::chrono::steady_clock::now();
        for (; passed < points_of_a_round; ++executions) {
            const run_result& r = machine.run(*p, *s, written.options(), execution_seed(1, done++));
            if (r.end != verdict::completed) throw std::runtime_error("an execution did not complete");
            passed += r.statistics.points;
        }
        const double ns =
            std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count();
        const double each = ns / static_cast<double>(passed);
        best = round == 0 ? each : std::min(best, each);
        points = static_cast<double>(passed) / static_cast<double>(executions);
    }
    return {points, best};
}

scaling::curve by_number_of_tasks(integers which, const char* strategy) {
    scaling::curve tasks{strategy, {}, {}};
    for (const unsigned threads : {1U, 3U, 7U, 15U, 31U, 63U}) {
        const measured m = measure(threads, 4'000 / threads, which, strategy);
        tasks.x.push_back(threads + 1);  // the test itself is one
        tasks.y.push_back(m.ns_per_point);
        fmt::print("{:<12} {:>7} tasks   {:>25.1f} ns/point{}\n", strategy, threads + 1, m.ns_per_point,
                   which == integers::one_for_all ? ", all in conflict" : "");
    }
    return tasks;
}

void run(const std::string& file) {
    scaling::panel by_length{.title = "Cost of an execution, by its length",
                             .x_axis = "scheduling points",
                             .y_axis = "µs per execution",
                             .x_ticks = {10, 100, 1'000, 10'000},
                             .y_ticks = {0.1, 1, 10, 100, 1'000},
                             .curves = {}};
    scaling::panel by_tasks{.title = "Cost of a scheduling point, by tasks",
                            .x_axis = "tasks",
                            .y_axis = "ns per scheduling point",
                            .x_ticks = {2, 4, 8, 16, 32, 64},
                            .y_ticks = {3, 10, 30, 100, 300, 1'000, 3'000},
                            .curves = {}};
    scaling::panel in_conflict = by_tasks;
    in_conflict.title = "The same, all steps in conflict";
    for (const char* strategy : {"random", "pct:depth=3", "pos", "surw"}) {
        scaling::curve length{strategy, {}, {}};
        for (const unsigned additions : {5U, 15U, 50U, 150U, 500U, 1'500U, 4'900U}) {
            const measured m = measure(2, additions, integers::one_each, strategy);
            length.x.push_back(m.points);
            length.y.push_back(m.points * m.ns_per_point / 1'000);
            fmt::print("{:<12} {:>7.0f} points  {:>9.2f} us  {:>6.1f} ns/point\n", strategy, m.points,
                       length.y.back(), m.ns_per_point);
        }
        by_tasks.curves.push_back(by_number_of_tasks(integers::one_each, strategy));
        in_conflict.curves.push_back(by_number_of_tasks(integers::one_for_all, strategy));
        by_length.curves.push_back(std::move(length));
    }
    if (!file.empty()) {
        std::ofstream out(file);
        out << scaling::to_svg({by_length, by_tasks, in_conflict});
        if (!out) throw std::runtime_error("cannot write " + file);
    }
}

}  // namespace

int main(int count, char** texts) {
    try {
        run(count > 1 ? texts[1] : "");
    } catch (const std::exception& e) {
        fmt::print(stderr, "bench_scaling: {}\n", e.what());
        return 2;
    }
}
