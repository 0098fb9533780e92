// Executions per second beside Relacy's, on the same four programs. Absolute figures of virtual machines
// swing by a factor of two from one minute to the next, so everything is measured in turns and ratios are
// formed within a turn.
//
//   bench_relacy [--turns=9] [--executions=20000] [--json=FILE] [--program=NAME] [--strategy=NAME]
//
// With --program and --strategy only that one is run, and without Relacy: to be looked at by a profiler.
//
//   fadd      2 threads x 10 fetch_add on one integer
//   peterson  2 threads, one critical section each
//   mutex     3 threads x 4 critical sections
//   treiber   3 threads, 2 pushes and 2 pops each on a lock-free stack
//
// All of it sequentially consistent, with race detection. `x Relacy`: how many times as many executions per
// second as Relacy's random scheduler. `distinct`: of the 184,756 orders of fadd's operations, how many came.

#include <algorithm>
#include <array>
#include <bitset>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/relacy/relacy_side.hpp"
#include "library/atomic.hpp"
#include "library/mutex.hpp"
#include "library/test_program.hpp"
#include "library/thread.hpp"
#include "library/var.hpp"
#include "runtime/random.hpp"
#include "scheduler/make_strategy.hpp"

namespace {

using namespace tenthrule;

constexpr const char* strategies[] = {"random", "pct:depth=3", "pos", "surw", "exhaustive"};

std::uint32_t order;
std::bitset<std::size_t{1} << 21U> orders;

void fadd() {
    atomic<int> x(0);
    order = 1;
    const auto work = [&x](unsigned me) {
        for (int i = 0; i < 10; ++i) {
            x.fetch_add(1);
            order = 2 * order + me;
        }
    };
    thread a(work, 0U);
    thread b(work, 1U);
    a.join();
    b.join();
    orders.set(order);
}

void peterson() {
    std::array<atomic<int>, 2> wants{0, 0};
    atomic<int> turn(0);
    var<int> inside(0);
    const auto work = [&](unsigned me) {
        const unsigned other = 1 - me;
        wants.at(me).store(1);
        turn.store(static_cast<int>(other));
        while (wants.at(other).load() == 1 && turn.load() == static_cast<int>(other)) {
            this_thread::yield();
        }
        ++inside;
        wants.at(me).store(0);
    };
    thread a(work, 0U);
    thread b(work, 1U);
    a.join();
    b.join();
}

void locked() {
    mutex m;
    var<int> n(0);
    const auto work = [&] {
        for (int i = 0; i < 4; ++i) {
            m.lock();
            ++n;
            m.unlock();
        }
    };
    thread a(work);
    thread b(work);
    thread c(work);
    a.join();
    b.join();
    c.join();
}

void treiber() {
    atomic<int> head(-1);
    std::array<atomic<int>, 6> next;
    const auto link = [&next](int cell) -> atomic<int>& { return next.at(static_cast<std::size_t>(cell)); };
    const auto work = [&](int me) {
        for (int mine = 2 * me; mine < 2 * me + 2; ++mine) {
            int top = head.load();
            do {
                link(mine).store(top);
            } while (!head.compare_exchange_strong(top, mine));
        }
        for (int i = 0; i < 2; ++i) {
            int top = head.load();
            while (top >= 0 && !head.compare_exchange_strong(top, link(top).load())) {}
        }
    };
    thread a(work, 0);
    thread b(work, 1);
    thread c(work, 2);
    a.join();
    b.join();
    c.join();
}

struct compared {
    const char* name;
    std::function<void()> test;
};

const std::array programs{compared{"fadd", fadd}, compared{"peterson", peterson}, compared{"mutex", locked},
                          compared{"treiber", treiber}};

class engine {
public:
    engine(const std::function<void()>& test, const char* strategy_name)
        : test_(test, options_),
          program_(test_.instantiate()),
          run_(test_.options()),
          name_(strategy_name),
          strategy_(make_strategy(name_).made) {}

    /// Gives the number of scheduling points.
    std::uint64_t run(std::uint64_t executions) {
        std::uint64_t points = 0;
        for (std::uint64_t i = 0; i < executions; ++i) {
            if (!strategy_->more()) strategy_ = make_strategy(name_).made;
            const run_result& r = machine_.run(*program_, *strategy_, run_, execution_seed(1, done_++));
            if (r.end == verdict::violation) throw std::runtime_error(r.failure.message);
            points += r.statistics.points;
        }
        return points;
    }

private:
    const detail::terminate_guard guard_;
    explore_options options_;
    detail::written_test test_;
    std::unique_ptr<program> program_;
    run_options run_;
    const char* name_;
    std::unique_ptr<strategy> strategy_;
    execution machine_;
    std::uint64_t done_ = 0;
};

template <typename F>
double seconds(F f) {
    const auto begin = std::chrono::steady_clock::now();
    f();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values.at(values.size() / 2);
}

struct arguments {
    std::uint64_t turns = 9;
    std::uint64_t executions = 20'000;
    std::string json;
    std::string program;
    std::string strategy;
};

arguments read_arguments(int count, char** texts) {
    arguments a;
    for (int i = 1; i < count; ++i) {
        const std::string_view text = texts[i];
        const std::string_view option = text.substr(0, text.find('='));
        const std::string_view value = option == text ? "" : text.substr(option.size() + 1);
        std::string* const words = option == "--json"       ? &a.json
                                   : option == "--program"  ? &a.program
                                   : option == "--strategy" ? &a.strategy
                                                            : nullptr;
        if (words != nullptr && !value.empty()) {
            *words = value;
            continue;
        }
        std::uint64_t* const to = option == "--turns"        ? &a.turns
                                  : option == "--executions" ? &a.executions
                                                             : nullptr;
        const char* const end = value.data() + value.size();
        if (to == nullptr || value.empty() || std::from_chars(value.data(), end, *to).ptr != end ||
            *to == 0) {
            throw std::invalid_argument(fmt::format(
                "cannot make sense of '{}' (known: --turns=N, --executions=N, --json=FILE, --program=NAME, "
                "--strategy=NAME)",
                text));
        }
    }
    return a;
}

// For a profiler.
void run_one(const arguments& a) {
    const auto* const p = std::find_if(programs.begin(), programs.end(),
                                       [&](const compared& one) { return one.name == a.program; });
    if (p == programs.end() || !make_strategy(a.strategy).made) {
        throw std::invalid_argument("--program and --strategy go together, and name one each");
    }
    engine here(p->test, a.strategy.c_str());
    const std::uint64_t points = here.run(a.executions);
    fmt::print("{} executions, {} points\n", a.executions, points);
}

void run(const arguments& a) {
    nlohmann::json rows = nlohmann::json::array();
    fmt::print("{:<10} {:<12} {:>12} {:>10} {:>10}\n", "program", "strategy", "executions/s", "x Relacy",
               "ns/point");
    const auto n = static_cast<double>(a.executions);
    for (const compared& p : programs) {
        std::vector<double> there;
        for (std::uint64_t turn = 0; turn < a.turns; ++turn) {
            there.push_back(seconds([&] { comparison::run_on_relacy(p.name, a.executions); }));
        }
        fmt::print("{:<10} {:<12} {:>12.0f} {:>10} {:>10}\n", p.name, "Relacy", n / median(there), "1.00",
                   "");
        for (const char* strategy : strategies) {
            engine here(p.test, strategy);
            here.run(a.executions / 10 + 1);
            std::vector<double> ratios;
            std::vector<double> times;
            std::vector<double> points;
            for (std::uint64_t turn = 0; turn < a.turns; ++turn) {
                const double relacy = seconds([&] { comparison::run_on_relacy(p.name, a.executions); });
                std::uint64_t passed = 0;
                const double ours = seconds([&] { passed = here.run(a.executions); });
                ratios.push_back(relacy / ours);
                times.push_back(ours);
                points.push_back(1e9 * ours / static_cast<double>(passed));
            }
            fmt::print("{:<10} {:<12} {:>12.0f} {:>10.2f} {:>10.1f}\n", p.name, strategy, n / median(times),
                       median(ratios), median(points));
            std::fflush(stdout);
            rows.push_back({{"program", p.name},
                            {"strategy", strategy},
                            {"executions_per_second", n / median(times)},
                            {"times_relacy", median(ratios)},
                            {"ns_per_point", median(points)}});
        }
    }
    const std::uint64_t many = 50 * a.executions;
    orders.reset();
    engine walk(programs[0].test, "random");
    walk.run(many);
    const std::uint64_t theirs = comparison::distinct_on_relacy(many);
    fmt::print("\ndistinct orders of fadd in {} executions: {} under random, {} in Relacy\n", many,
               orders.count(), theirs);
    rows.push_back({{"program", "fadd"},
                    {"executions", many},
                    {"distinct", orders.count()},
                    {"distinct_in_relacy", theirs}});
    if (!a.json.empty()) {
        std::ofstream out(a.json);
        out << rows.dump(2) << '\n';
        if (!out) throw std::runtime_error("cannot write " + a.json);
    }
}

}  // namespace

int main(int count, char** texts) {
    try {
        const arguments a = read_arguments(count, texts);
        a.program.empty() && a.strategy.empty() ? run(a) : run_one(a);
    } catch (const std::exception& e) {
        fmt::print(stderr, "bench_relacy: {}\n", e.what());
        return 2;
    }
}
