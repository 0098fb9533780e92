// How fast the engine is beside Relacy, on the same four programs, and by the targets that it has. Absolute
// figures of virtual machines swing by a factor of two from one minute to the next, so everything is measured
// in turns and ratios are formed within a turn.
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
// second as Relacy's random scheduler. `jumps/point`: a scheduling point's time as multiples of a jump of
// Boost.Context, measured in the same turn; beginning and end of the execution are in it.

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/relacy/measure.hpp"
#include "bench/relacy/programs.hpp"
#include "bench/relacy/relacy_side.hpp"
#include "bench/relacy/targets.hpp"
#include "scheduler/make_strategy.hpp"

namespace {

using namespace tenthrule;
using namespace tenthrule::comparison;

constexpr const char* strategies[] = {"random", "pct:depth=3", "pos", "surw", "exhaustive", "dpor"};

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
    const auto p = std::find_if(programs().begin(), programs().end(),
                                [&](const compared& one) { return one.name == a.program; });
    if (p == programs().end() || !make_strategy(a.strategy).made) {
        throw std::invalid_argument("--program and --strategy go together, and name one each");
    }
    engine here(p->test, a.strategy);
    const std::uint64_t points = here.run(a.executions);
    fmt::print("{} executions, {} points\n", a.executions, points);
}

// ---- Measuring

figures::row measure(const compared& p, const char* strategy, const arguments& a) {
    engine here(p.test, strategy);
    here.run(a.executions / 10 + 1);
    std::vector<double> rates;
    std::vector<double> ratios;
    std::vector<double> points;
    std::vector<double> jumps;
    for (std::uint64_t turn = 0; turn < a.turns; ++turn) {
        const double jump = raw_jump_ns();
        const double relacy = seconds([&] { run_on_relacy(p.name, a.executions); });
        std::uint64_t passed = 0;
        const double ours = seconds([&] { passed = here.run(a.executions); });
        rates.push_back(static_cast<double>(a.executions) / ours);
        ratios.push_back(relacy / ours);
        points.push_back(1e9 * ours / static_cast<double>(passed));
        jumps.push_back(points.back() / jump);
    }
    return {p.name, strategy, median(rates), median(ratios), median(points), median(jumps)};
}

void measure_jumps(figures& f, const arguments& a) {
    std::vector<double> jumps;
    std::vector<double> without_switch;
    std::vector<double> without_choice;
    for (std::uint64_t turn = 0; turn < a.turns; ++turn) {
        jumps.push_back(raw_jump_ns());
        without_switch.push_back(point_without_switch_ns(true) / jumps.back());
        without_choice.push_back(point_without_switch_ns(false) / jumps.back());
    }
    f.jump_ns = median(jumps);
    f.jumps_without_switch = median(without_switch);
    f.jumps_without_choice = median(without_choice);
}

void measure_programs(figures& f, const arguments& a) {
    fmt::print("{:<10} {:<12} {:>12} {:>10} {:>10} {:>12}\n", "program", "strategy", "executions/s",
               "x Relacy", "ns/point", "jumps/point");
    for (const compared& p : programs()) {
        std::vector<double> there;
        for (std::uint64_t turn = 0; turn < a.turns; ++turn) {
            there.push_back(seconds([&] { run_on_relacy(p.name, a.executions); }));
        }
        fmt::print("{:<10} {:<12} {:>12.0f} {:>10}\n", p.name, "Relacy",
                   static_cast<double>(a.executions) / median(there), "1.00");
        for (const char* strategy : strategies) {
            const figures::row& r = f.rows.emplace_back(measure(p, strategy, a));
            fmt::print("{:<10} {:<12} {:>12.0f} {:>10.2f} {:>10.1f} {:>12.2f}\n", p.name, strategy,
                       r.executions_per_second, r.times_relacy, r.ns_per_point, r.jumps_per_point);
            std::fflush(stdout);
        }
    }
}

void measure_orders(figures& f, const arguments& a) {
    f.order_executions = 50 * a.executions;
    f.small_order_executions = 1'000'000;
    forget_orders();
    engine walk(fadd_of(10), "random");
    const double ours = seconds([&] { walk.run(f.order_executions); });
    f.orders = orders_seen();
    const double theirs = seconds([&] { f.orders_in_relacy = distinct_on_relacy(f.order_executions); });
    f.orders_per_second_times_relacy =
        static_cast<double>(f.orders) / ours / (static_cast<double>(f.orders_in_relacy) / theirs);
    forget_orders();
    engine(fadd_of(8), "random").run(f.small_order_executions);
    f.small_orders = orders_seen();
    fmt::print("\ndistinct orders under random\n");
    fmt::print(
        "  2 x 10 additions, {} executions: {} of 184756, {} in Relacy; per second {:.0f} times as many\n",
        f.order_executions, f.orders, f.orders_in_relacy, f.orders_per_second_times_relacy);
    fmt::print("  2 x  8 additions, {} executions: {} of 12870\n", f.small_order_executions, f.small_orders);
}

void count_executions(figures& f) {
    constexpr std::uint64_t most = 1'000'000;
    struct counted {
        const char* name;
        std::uint64_t traces;
        std::function<void()> test;
    };
    const std::vector<counted> all{{"fadd 2x2", 6, fadd_of(2)},         {"fadd 2x4", 70, fadd_of(4)},
                                   {"fadd 2x10", 184'756, fadd_of(10)}, {"mutex 3x1", 6, mutex_of(1)},
                                   {"mutex 3x2", 90, mutex_of(2)},      {"mutex 3x3", 1'680, mutex_of(3)},
                                   {"mutex 3x4", 34'650, mutex_of(4)}};
    fmt::print("\nexecutions of a complete search; orders of dependent steps are what there is to find\n");
    fmt::print("{:<10} {:>8} {:>12} {:>8} {:>10}\n", "program", "orders", "exhaustive", "dpor", "given up");
    for (const counted& c : all) {
        const searched plain = search_all(c.test, "exhaustive", most);
        const searched reduced = search_all(c.test, "dpor", most);
        f.counts.push_back(
            {c.name, c.traces, "exhaustive", plain.executions, plain.given_up, plain.complete});
        f.counts.push_back(
            {c.name, c.traces, "dpor", reduced.executions, reduced.given_up, reduced.complete});
        fmt::print("{:<10} {:>8} {:>12} {:>8} {:>10}\n", c.name, c.traces,
                   fmt::format("{}{}", plain.complete ? "" : "> ", plain.executions),
                   fmt::format("{}{}", reduced.complete ? "" : "> ", reduced.executions), reduced.given_up);
    }
}

// ---- Telling

void print(const std::vector<target>& targets) {
    fmt::print("\n{:<68} {:<22} {:>10}\n", "target", "wanted", "measured");
    for (const target& t : targets) {
        fmt::print("{:<68} {:<22} {:>10}  {}\n", t.figure, t.wanted, t.measured, t.met ? "met" : "missed");
    }
}

nlohmann::json to_json(const figures& f, const std::vector<target>& targets) {
    nlohmann::json rows = nlohmann::json::array();
    for (const figures::row& r : f.rows) {
        rows.push_back({{"program", r.program},
                        {"strategy", r.strategy},
                        {"executions_per_second", r.executions_per_second},
                        {"times_relacy", r.times_relacy},
                        {"ns_per_point", r.ns_per_point},
                        {"jumps_per_point", r.jumps_per_point}});
    }
    nlohmann::json counts = nlohmann::json::array();
    for (const figures::count& c : f.counts) {
        counts.push_back({{"program", c.program},
                          {"strategy", c.strategy},
                          {"orders", c.traces},
                          {"executions", c.executions},
                          {"given_up", c.given_up},
                          {"complete", c.complete}});
    }
    nlohmann::json judged = nlohmann::json::array();
    for (const target& t : targets) {
        judged.push_back(
            {{"figure", t.figure}, {"wanted", t.wanted}, {"measured", t.measured}, {"met", t.met}});
    }
    return {{"jump_ns", f.jump_ns},
            {"jumps_per_point_without_switch", f.jumps_without_switch},
            {"jumps_per_point_without_choice", f.jumps_without_choice},
            {"programs", rows},
            {"orders_of_2x10",
             {{"executions", f.order_executions},
              {"distinct", f.orders},
              {"distinct_in_relacy", f.orders_in_relacy},
              {"per_second_times_relacy", f.orders_per_second_times_relacy}}},
            {"orders_of_2x8", {{"executions", f.small_order_executions}, {"distinct", f.small_orders}}},
            {"complete_searches", counts},
            {"targets", judged}};
}

void run(const arguments& a) {
    figures f;
    measure_jumps(f, a);
    fmt::print(
        "a jump of Boost.Context: {:.1f} ns\na point without a switch: {:.2f} jumps with a choice, {:.2f} "
        "without\n\n",
        f.jump_ns, f.jumps_without_switch, f.jumps_without_choice);
    measure_programs(f, a);
    measure_orders(f, a);
    count_executions(f);
    const std::vector<target> targets = judge(f);
    print(targets);
    if (!a.json.empty()) {
        std::ofstream out(a.json);
        out << to_json(f, targets).dump(2) << '\n';
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
