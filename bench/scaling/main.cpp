// How the cost of an execution grows with its length, and with its tasks.
//
//   bench_scaling [FILE.svg]
//   bench_scaling --count-points STRATEGY THREADS EXECUTIONS [one_for_all]
//
// Threads add to one integer each. Once two threads and ever more additions; once some thousand additions in
// all and ever more threads; and once those all add to the same integer, so that every step conflicts with
// everybody's. Of each, the fastest of several rounds. With a file, draws the curves into it. The second form
// executes one of them so many times and prints how many points that took: see instructions.sh.

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
constexpr unsigned additions_in_all = 4'000;

struct measured {
    double points;  ///< of an execution
    double ns_per_point;
};

enum class integers { one_each, one_for_all };

class additions {
public:
    additions(unsigned threads, unsigned of_each, integers which, const char* strategy_name)
        : test_([=] { add(threads, of_each, which); }), strategy_(make_strategy(strategy_name).made) {
        if (strategy_ == nullptr) throw std::invalid_argument("there is no such strategy");
    }

    /// Gives the number of scheduling points.
    std::uint64_t execute() {
        const run_result& r =
            machine_.run(*program_, *strategy_, written_.options(), execution_seed(1, done_++));
        if (r.end != verdict::completed) throw std::runtime_error("an execution did not complete");
        return r.statistics.points;
    }

private:
    static void add(unsigned threads, unsigned of_each, integers which) {
        std::deque<atomic<int>> words;
        std::deque<thread> all;
        for (unsigned i = 0; i < threads; ++i) {
            if (i == 0 || which == integers::one_each) {
                words.emplace_back(0);
            }
            atomic<int>& mine = words.back();
            all.emplace_back([&mine, of_each] {
                for (unsigned k = 0; k < of_each; ++k) {
                    mine.fetch_add(1);
                }
            });
        }
        for (thread& t : all) {
            t.join();
        }
    }
    static explore_options options() {
        explore_options o;
        o.points_max = 1'000'000;
        o.track_allocations = false;
        return o;
    }

    std::function<void()> test_;
    explore_options options_ = options();
    detail::written_test written_{test_, options_};
    std::unique_ptr<program> program_ = written_.instantiate();
    std::unique_ptr<strategy> strategy_;
    execution machine_;
    std::uint64_t done_ = 0;
};

measured measure(unsigned threads, unsigned of_each, integers which, const char* strategy_name) {
    additions subject(threads, of_each, which, strategy_name);
    double best = 0;
    double points = 0;
    for (unsigned round = 0; round < rounds; ++round) {
        std::uint64_t passed = 0;
        std::uint64_t executions = 0;
        const auto begin = std::chrono::steady_clock::now();
        for (; passed < points_of_a_round; ++executions) {
            passed += subject.execute();
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
        const measured m = measure(threads, additions_in_all / threads, which, strategy);
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
        for (const unsigned of_each : {5U, 15U, 50U, 150U, 500U, 1'500U, 4'900U}) {
            const measured m = measure(2, of_each, integers::one_each, strategy);
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

unsigned number(const std::string& text) {
    const int n = std::stoi(text);
    if (n < 1) throw std::invalid_argument(fmt::format("'{}' must be at least 1", text));
    return static_cast<unsigned>(n);
}

void count_points(const std::vector<std::string>& what) {
    if (what.size() != 3 && (what.size() != 4 || what[3] != "one_for_all")) {
        throw std::invalid_argument("--count-points takes STRATEGY THREADS EXECUTIONS [one_for_all]");
    }
    const unsigned threads = number(what[1]);
    additions subject(threads, additions_in_all / threads,
                      what.size() == 4 ? integers::one_for_all : integers::one_each, what[0].c_str());
    std::uint64_t points = 0;
    for (unsigned n = number(what[2]); n != 0; --n) {
        points += subject.execute();
    }
    fmt::print("{}\n", points);
}

}  // namespace

int main(int count, char** texts) {
    try {
        const std::vector<std::string> words(texts + 1, texts + count);
        if (!words.empty() && words[0] == "--count-points") {
            count_points({words.begin() + 1, words.end()});
        } else {
            run(words.empty() ? "" : words[0]);
        }
    } catch (const std::exception& e) {
        fmt::print(stderr, "bench_scaling: {}\n", e.what());
        return 2;
    }
}
