#include <map>
#include <string>

#include <doctest/doctest.h>

#include "scheduler/random_walk.hpp"
#include "tests/runtime/small_program.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

// `tasks` tasks of `steps` visible operations each; `order` receives who stepped, in order.
small_program counting_tasks(unsigned tasks, unsigned steps, std::string& order) {
    return small_program([tasks, steps, &order](small_program& p) {
        order.clear();
        auto* const x = p.make_shared_cell<int>("x");
        for (unsigned t = 0; t < tasks; ++t) {
            p.task({}, [x, t, steps, &order] {
                for (unsigned i = 0; i < steps; ++i) {
                    x->update([](int v) { return v + 1; });
                    order += static_cast<char>('a' + t);
                }
            });
        }
    });
}

std::map<std::string, unsigned> orders_of(small_program& p, strategy& s, std::uint64_t executions_max,
                                          const std::string& order) {
    std::map<std::string, unsigned> seen;
    execution e;
    for (std::uint64_t i = 0; i < executions_max && s.more(); ++i) {
        (void)e.run(p, s, {}, execution_seed(1, i));
        ++seen[order];
    }
    return seen;
}

std::uint64_t factorial(unsigned n) {
    return n < 2 ? 1 : n * factorial(n - 1);
}

}  // namespace

// A task runs up to its first operation in a step of its own, so a task of N operations has N + 1 steps.
// Two tasks: (2N + 2)! / ((N + 1)!)^2 schedules, over which the (2N)! / (N!)^2 orders of the operations
// are spread.
TEST_CASE("exhaustive: two tasks of N operations have exactly the multinomial number of schedules") {
    for (const unsigned n : {1U, 2U, 3U, 4U}) {
        CAPTURE(n);
        std::string order;
        small_program p = counting_tasks(2, n, order);
        exhaustive all;
        execution e;
        std::map<std::string, unsigned> orders;
        std::set<std::uint64_t> schedules;
        std::uint64_t executions = 0;
        while (all.more()) {
            const run_result& r = e.run(p, all, {});
            REQUIRE(r.end == verdict::completed);
            schedules.insert(r.schedule_hash);
            ++orders[order];
            ++executions;
        }
        const std::uint64_t expected = factorial(2 * n + 2) / (factorial(n + 1) * factorial(n + 1));
        CHECK(executions == expected);
        CHECK(schedules.size() == expected);  // none twice
        CHECK(orders.size() == factorial(2 * n) / (factorial(n) * factorial(n)));
    }
}

TEST_CASE("exhaustive: three tasks have the multinomial number of schedules as well") {
    std::string order;
    small_program p = counting_tasks(3, 1, order);
    const search_result found = explore(p);
    CHECK(found.complete);
    CHECK(found.executions == factorial(6) / (2 * 2 * 2));
}

// 2 x 4 operations: 70 orders. The least likely one has probability 2^-9 or more under a random walk (one
// task runs through first: nine points with two enabled, start included), so 10,000 executions miss it with
// probability (1 - 2^-9)^10000 < 4e-9, and any of the 70 with less than 3e-7.
TEST_CASE("exhaustive: a random walk reaches every order of operations that exists") {
    std::string order;
    small_program p = counting_tasks(2, 4, order);
    exhaustive all;
    random_walk walk;
    const auto every = orders_of(p, all, ~std::uint64_t{0}, order);
    const auto reached = orders_of(p, walk, 10'000, order);
    CHECK(every.size() == 70);
    CHECK(reached.size() == every.size());
}

TEST_CASE("exhaustive: values of choose() are enumerated together with the switches") {
    std::vector<std::pair<unsigned, unsigned>> seen;
    small_program p([&](small_program& q) {
        q.task({}, [&] {
            const unsigned a = execution::current().choose(3, "a");
            const unsigned b = a == 2 ? execution::current().choose(2, "b") : 9;
            seen.emplace_back(a, b);
        });
    });
    const search_result found = explore(p);
    CHECK(found.executions == 4);
    CHECK(seen == decltype(seen){{0, 9}, {1, 9}, {2, 0}, {2, 1}});
}

TEST_CASE("exhaustive: the first execution is the default one") {
    std::string order;
    small_program p = counting_tasks(3, 2, order);
    exhaustive all;
    execution e;
    const run_result& r = e.run(p, all, {});
    CHECK(r.decisions.empty());
    CHECK(order == "aabbcc");
}

TEST_CASE("exhaustive: a program without any choice is explored in one execution") {
    std::string order;
    small_program p = counting_tasks(1, 5, order);
    const search_result found = explore(p);
    CHECK(found.complete);
    CHECK(found.executions == 1);
}

TEST_CASE("exhaustive: an execution that ends early is one of the schedules, its tail is not explored") {
    small_program p([](small_program& q) {
        for (int i = 0; i < 2; ++i) {
            q.task({}, [] {
                small_program::step("one");
                execution::current().report(rules::assertion, "always", "always");
            });
        }
    });
    const search_result found = explore(p);
    // Each path ends with the second step of one task: aa, aba, abb, baa, bab, bb.
    CHECK(found.executions == 6);
    CHECK(found.violations == 6);
}

TEST_CASE("exhaustive: a program that is not deterministic is found out") {
    int executions = 0;
    small_program p([&](small_program& q) {
        ++executions;
        for (int i = 0; i < (executions > 1 ? 3 : 2); ++i) {
            q.task({}, [] { small_program::step("one"); });
        }
    });
    const search_result found = search(p, "exhaustive", 100);
    CHECK(found.verdicts.count(verdict::diverged) == 1);
}
