#include "scheduler/surw.hpp"

#include <algorithm>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "tests/scheduler/frequencies.hpp"
#include "tests/support/effort.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

constexpr std::uint32_t x = 1;
constexpr listed_access write_x{x, access::write};
constexpr listed_access read_x{x, access::read};
constexpr listed_access write_y{2, access::write};
constexpr listed_access read_z{3, access::read};
constexpr listed_access elsewhere{0, access::write};

std::map<step_order, std::uint64_t> count_orders(listed_runner& runner, std::uint64_t executions) {
    surw strategy_of_test;
    (void)runner.run(strategy_of_test, 0);  // it has to know the counts
    std::map<step_order, std::uint64_t> counts;
    for (std::uint64_t i = 0; i < executions; ++i) {
        ++counts[runner.run(strategy_of_test, execution_seed(3, i))];
    }
    return counts;
}

// All orders of `left`, which says how many accesses each task makes.
void collect_orders(step_order& order, std::string left, std::set<step_order>& orders) {
    if (left.empty()) orders.insert(order);
    for (std::size_t i = 0; i < left.size(); ++i) {
        if (i != 0 && left[i] == left[i - 1]) continue;
        std::string rest = left;
        rest.erase(i, 1);
        order += left[i];
        collect_orders(order, rest, orders);
        order.pop_back();
    }
}

std::map<step_order, double> all_orders_alike(const std::string& accesses, std::size_t expected_count) {
    std::set<step_order> orders;
    step_order order;
    collect_orders(order, accesses, orders);
    REQUIRE(orders.size() == expected_count);
    std::map<step_order, double> alike;
    for (const step_order& o : orders) {
        alike[o] = 1.0 / static_cast<double>(orders.size());
    }
    return alike;
}

// Only one object can be selected: every order of the accesses to it is as likely as every other.
void check_uniform(const listed_program& p, const std::string& accesses, std::size_t orders) {
    listed_runner runner(p, x);
    check_frequencies(all_orders_alike(accesses, orders), count_orders(runner, repetitions(60'000)));
}

}  // namespace

// 6!/(1! 2! 3!) = 60 orders.
TEST_CASE("surw: every order of the accesses to one object is equally likely") {
    check_uniform({{{write_x}}, {{write_x, write_x}}, {{write_x, write_x, write_x}}}, "011222", 60);
}

TEST_CASE("surw: other steps, and accesses to objects that cannot be selected, change nothing about that") {
    check_uniform({{{elsewhere, elsewhere, elsewhere, elsewhere, write_x, read_z}},
                   {{write_y, read_x, write_y, write_x, write_y}},
                   {{read_z, write_x, write_x, elsewhere, read_x, read_z}}},
                  "011222", 60);
}

// 14!/(7! 7!) = 3432 orders would be too many to count; of 7 against 1 there are 8, and a random walk has
// all seven come first with probability below 2^-7.
TEST_CASE("surw: nor does it matter that one task makes many more of them") {
    check_uniform({{{write_x, write_x, write_x, write_x, write_x, write_x, write_x}}, {{write_x}}},
                  "00000001", 8);
}

// Task 0 makes one access, then task 1 exists: what task 1 does was task 0's to do before.
TEST_CASE("surw: what a task starts counts as its own until then") {
    listed_runner runner({{.steps = {write_x, write_x}, .releases = 1, .releases_at = 1},
                          {.steps = {write_x, write_x}, .start = start_mode::held}},
                         x);
    check_frequencies({{"0011", 1.0 / 3}, {"0101", 1.0 / 3}, {"0110", 1.0 / 3}},
                      count_orders(runner, repetitions(60'000)));
}

TEST_CASE("surw: a task that is waited for may hand that over to what it starts") {
    listed_program p{{.steps = {elsewhere, write_x}, .releases = 1, .releases_at = 1},
                     {.steps = {write_x}, .start = start_mode::held},
                     {.steps = {write_x}}};
    check_uniform(p, "012", 6);
}

// Who retries is waited for only until it yields, so the two steps of the other come first somewhat more
// often than one time in three. If it were never waited for, they would nine times in ten.
TEST_CASE("surw: a task that retries comes first or second nearly as often as others") {
    step_order order;
    small_program p([&order](small_program& q) {
        const auto write = [&order](char name) {
            execution::current().point(op_kind::store, access::write, x, "step");
            order += name;
        };
        q.task({}, [write] {
            execution::current().retry("once more");
            write('0');
        });
        q.task({}, [write] {
            write('1');
            write('1');
        });
    });
    surw strategy_of_test;
    execution e;
    std::map<step_order, std::uint64_t> counts;
    constexpr std::uint64_t executions = 10'000;
    for (std::uint64_t i = 0; i < executions; ++i) {
        order.clear();
        REQUIRE(e.run(p, strategy_of_test, {}, execution_seed(3, i)).end == verdict::completed);
        ++counts[order];
    }
    CHECK(counts.size() == 3);
    for (const char* each : {"011", "101", "110"}) {
        CAPTURE(each);
        CHECK(counts[each] > executions / 5);
    }
}

TEST_CASE("surw: an event that makes a task runnable counts for what that task does") {
    check_uniform({{{write_x, write_x}}, {.steps = {write_x, write_x}, .start = start_mode::arrives}}, "0011",
                  6);
}

TEST_CASE("surw: without anything to select all orders occur, as in the first execution of any search") {
    listed_runner runner({{{elsewhere, read_z}}, {{read_z, elsewhere}}});
    CHECK(count_orders(runner, 10'000).size() == 20);
    std::set<step_order> first_ones;
    listed_runner with_x({{{write_x, write_x}}, {{write_x, write_x}}});
    for (std::uint64_t i = 0; i < 10'000; ++i) {
        surw fresh;
        first_ones.insert(with_x.run(fresh, execution_seed(1, i)));
    }
    CHECK(first_ones.size() == 20);
}

// Locks block, tasks take different paths, and which object is selected changes: still nothing is impossible.
TEST_CASE("surw: every schedule stays possible") {
    std::string order;
    small_program p([&order](small_program& q) {
        auto* const lock = q.make_lock(inner_kind, "lock");
        auto* const flag = q.make_shared_cell<bool>("flag");
        q.task({}, [=, &order] {
            lock->lock();
            order += 'a';
            lock->unlock();
            order += flag->load() ? 'F' : 'f';
        });
        q.task({}, [=, &order] {
            flag->store(true);
            order += 's';
            lock->lock();
            order += 'b';
            lock->unlock();
        });
    });
    const auto orders_under = [&](strategy& s, std::uint64_t executions_max) {
        std::set<std::string> orders;
        execution e;
        for (std::uint64_t i = 0; s.more() && i < executions_max; ++i) {
            order.clear();
            REQUIRE(e.run(p, s, {}, execution_seed(8, i)).end == verdict::completed);
            orders.insert(order);
        }
        return orders;
    };
    exhaustive all;
    surw strategy_of_test;
    const auto expected = orders_under(all, 1'000'000);
    CHECK(expected.size() > 4);
    CHECK(orders_under(strategy_of_test, 20'000) == expected);
}

TEST_CASE("surw: programs that wait in loops end, whether they say so or not") {
    for (const bool says_so : {true, false}) {
        small_program p([says_so](small_program& q) {
            auto* const turn = q.make_shared_cell<int>("turn");
            auto* const other = q.make_shared_cell<int>("other");
            for (int i = 0; i < 4; ++i) {
                q.task({}, [=] {
                    other->store(i);
                    while (turn->load() != i) {
                        if (says_so) execution::current().retry("my turn");
                    }
                    other->store(i);
                    turn->store(i + 1);
                });
            }
        });
        execution e;
        surw strategy_of_test;
        std::uint32_t most = 0;
        const std::uint64_t executions = repetitions(1'000);
        for (std::uint64_t i = 0; i < executions; ++i) {
            const run_result& r = e.run(p, strategy_of_test, {}, execution_seed(2, i));
            REQUIRE(r.end == verdict::completed);
            REQUIRE(r.statistics.fair == 0);
            most = std::max(most, r.statistics.points);
        }
        CHECK(most < (says_so ? 200U : 10'000U));
    }
}

TEST_CASE("surw: an execution is a function of the seeds so far") {
    listed_runner runner({{{write_x, read_x}}, {{read_x, write_y}}, {{write_y, write_x}}});
    surw first;
    surw second;
    for (std::uint64_t i = 0; i < 300; ++i) {
        CHECK(runner.run(first, execution_seed(9, i)) == runner.run(second, execution_seed(9, i)));
    }
}

TEST_CASE("surw: values are drawn uniformly") {
    surw strategy_of_test;
    strategy_of_test.begin(3);
    std::array<int, 4> counts{};
    for (int i = 0; i < 4'000; ++i) {
        const std::uint32_t v = strategy_of_test.choose(4);
        REQUIRE(v < 4);
        ++counts[v];
    }
    for (const int n : counts) {
        CHECK(n > 860);  // five standard deviations of 27 below 1,000
    }
}
