#include "scheduler/pct.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "scheduler/random_walk.hpp"
#include "tests/runtime/small_program.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

struct hits {
    std::uint64_t executions = 0;
    std::uint64_t bugs = 0;
    std::uint32_t choices_max = 0;  // the k of the bound
    double rate() const {
        return static_cast<double>(bugs) / static_cast<double>(executions);
    }
    // What the rate may fall short of `probability` by bad luck: five standard deviations.
    double slack(double probability) const {
        return 5 * std::sqrt(probability * (1 - probability) / static_cast<double>(executions));
    }
};

hits count_hits(small_program& p, strategy& s, std::uint64_t executions) {
    execution e;
    hits h;
    for (; h.executions < executions; ++h.executions) {
        const run_result& r = e.run(p, s, {}, execution_seed(21, h.executions));
        h.bugs += r.end == verdict::violation ? 1U : 0U;
        if (r.end == verdict::completed) h.choices_max = std::max(h.choices_max, r.statistics.choices);
    }
    return h;
}

// The number of steps that each task has taken, for programs whose bug is one certain order.
struct progress_of_tasks {
    std::array<unsigned, 8> steps{};
};

void bug() {
    execution::current().report(rules::assertion, "the bug", "the bug");
}

// Of `tasks` tasks with one step each, the last one comes first: one ordering constraint towards each of the
// others, depth 1, and found exactly when it has the highest rank.
small_program depth_one(unsigned tasks) {
    return small_program([tasks](small_program& p) {
        auto* const anybody = p.make_shared_cell<bool>("anybody was here");
        for (unsigned t = 0; t < tasks; ++t) {
            p.task({}, [anybody, last = t + 1 == tasks] {
                small_program::step("one");
                if (last && !anybody->peek()) bug();
                anybody->poke(true);
            });
        }
    });
}

// Tasks a and b of `length` steps each. The bug: b begins when a has taken exactly `a_first` steps (depth 2),
// and then, if `b_then` is not 0, a goes on when b has taken exactly `b_then` (depth 3).
small_program in_between(unsigned length, unsigned a_first, unsigned b_then) {
    return small_program([=](small_program& p) {
        auto* const steps = p.machine().arena().make<progress_of_tasks>();
        p.task({.name = "a"}, [=] {
            for (unsigned i = 0; i < length; ++i) {
                small_program::step("a");
                ++steps->steps[0];
                if (b_then != 0 && i == a_first && steps->steps[1] == b_then && steps->steps[2] == 1) bug();
            }
        });
        p.task({.name = "b"}, [=] {
            for (unsigned i = 0; i < length; ++i) {
                small_program::step("b");
                ++steps->steps[1];
                const bool in_time = i == 0 && steps->steps[0] == a_first;
                if (in_time) steps->steps[2] = 1;
                if (in_time && b_then == 0) bug();
            }
        });
    });
}

situation between(std::initializer_list<unsigned> enabled, unsigned current, std::uint32_t choice,
                  bool yields = false) {
    situation where;
    for (const unsigned a : enabled) {
        where.enabled.insert(static_cast<actor>(a));
    }
    where.current = static_cast<actor>(current);
    where.fallback = where.enabled.first();
    where.choice = choice;
    where.current_yields = yields;
    return where;
}

}  // namespace

// The bound is met with equality here: 1/n. 20,000 executions with p = 1/5: the standard deviation of the
// rate is 0.0028.
TEST_CASE("pct: a bug of depth 1 among n tasks is hit with probability 1/n") {
    small_program p = depth_one(5);
    pct one(1);
    const hits h = count_hits(p, one, 20'000);
    CHECK(h.rate() > 0.2 - h.slack(0.2));
    CHECK(h.rate() < 0.2 + h.slack(0.2));
}

// n = 2, k is at most 2 * (10 + 1) - 1 = 21 choice points, so at least 1/42 of all executions, less five
// standard deviations (0.0011 each) for luck.
TEST_CASE("pct: a bug of depth 2 is hit with probability at least 1/(n k)") {
    small_program p = in_between(10, 7, 0);
    pct two(2);
    const hits h = count_hits(p, two, 20'000);
    CHECK(h.choices_max <= 21);
    const double bound = 1.0 / (2.0 * h.choices_max);
    CHECK(h.rate() > bound - h.slack(bound));

    pct one(1);
    CHECK(count_hits(p, one, 5'000).bugs == 0);  // it takes a change point
}

// n = 2, k at most 13: at least 1/(2 * 13^2) = 1/338; over 60,000 executions the standard deviation is
// 0.00022.
TEST_CASE("pct: a bug of depth 3 is hit with probability at least 1/(n k^2)") {
    small_program p = in_between(6, 3, 4);
    pct three(3);
    const hits h = count_hits(p, three, 60'000);
    CHECK(h.choices_max <= 13);
    const double bound = 1.0 / (2.0 * h.choices_max * h.choices_max);
    CHECK(h.rate() > bound - h.slack(bound));

    pct two(2);
    CHECK(count_hits(p, two, 5'000).bugs == 0);
}

TEST_CASE("pct: bugs of lesser depth than asked for are hit as well") {
    small_program shallow = depth_one(3);
    small_program deeper = in_between(6, 3, 0);
    pct four(4);
    CHECK(count_hits(shallow, four, 2'000).rate() > 0.2);
    CHECK(count_hits(deeper, four, 2'000).bugs > 0);
}

// After the figure in the paper on which random testing is hopeless: one task has to get through 30 steps
// while the other, which has only one, waits. A random walk does that with probability 2^-31, so 100,000
// executions find it with less than 5e-5.
TEST_CASE("pct: finds at once what a random walk hardly ever finds") {
    const auto make = [] {
        return small_program([](small_program& p) {
            auto* const initialised = p.make_shared_cell<bool>("initialised");
            p.task({.name = "user"}, [initialised] {
                for (int i = 0; i < 30; ++i) {
                    small_program::step("preparing");
                }
                if (!initialised->load()) bug();
            });
            p.task({.name = "maker"}, [initialised] { initialised->store(true); });
        });
    };
    small_program p = make();
    random_walk walk;
    CHECK(count_hits(p, walk, 100'000).bugs == 0);
    pct one(1);
    CHECK(count_hits(p, one, 1'000).bugs > 400);  // 1/n, less three standard deviations
    pct three(3);
    CHECK(count_hits(p, three, 1'000).bugs > 50);  // change points that nobody needed mostly spoil it
}

TEST_CASE("pct: without change points the enabled actor of the highest rank steps until it cannot") {
    pct one(1);
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        one.begin(seed);
        for (const unsigned a : {0U, 1U, 2U}) {
            one.appear(static_cast<actor>(a));
        }
        const actor top = one.pick(between({0, 1, 2}, 0, 0));
        for (std::uint32_t i = 1; i < 10; ++i) {
            CHECK(one.pick(between({0, 1, 2}, top, i)) == top);
        }
        const unsigned x = top == 0 ? 1 : 0;
        const unsigned y = top == 2 ? 1 : 2;
        const actor second = one.pick(between({x, y}, top, 10));
        CHECK(second != top);
        CHECK(one.pick(between({0, 1, 2}, second, 11)) == top);  // enabled again
        CHECK(one.pick(between({x, y}, top, 12)) == second);
    }
}

// 6,000 seeds, six orders: mean 1,000, standard deviation 29.
TEST_CASE("pct: every order of ranks is equally likely, also of those that appear later") {
    std::map<std::array<actor, 3>, int> orders;
    pct one(1);
    for (std::uint64_t seed = 0; seed < 6'000; ++seed) {
        one.begin(seed);
        one.appear(0);
        one.appear(1);
        const actor early = one.pick(between({0, 1}, 0, 0));
        one.appear(2);
        const actor top = one.pick(between({0, 1, 2}, early, 1));
        const unsigned x = top == 0 ? 1 : 0;
        const unsigned y = top == 2 ? 1 : 2;
        const actor second = one.pick(between({x, y}, top, 2));
        ++orders[{top, second, static_cast<actor>(3 - top - second)}];
    }
    CHECK(orders.size() == 6);
    for (const auto& [order, n] : orders) {
        CHECK(n > 850);
        CHECK(n < 1'150);
    }
}

// The second time it is another event. 4,000 seeds, four combinations of two coin flips: mean 1,000, standard
// deviation 27.
TEST_CASE("pct: an event that appears again gets a new rank") {
    std::map<std::pair<bool, bool>, int> above;
    pct one(1);
    for (std::uint64_t seed = 0; seed < 4'000; ++seed) {
        one.begin(seed);
        one.appear(0);
        one.appear(first_event);
        const bool first = one.pick(between({0, first_event}, 0, 0)) == first_event;
        one.appear(first_event);
        const bool second = one.pick(between({0, first_event}, 0, 1)) == first_event;
        ++above[{first, second}];
    }
    CHECK(above.size() == 4);
    for (const auto& [combination, n] : above) {
        CHECK(n > 850);
        CHECK(n < 1'150);
    }
}

// 31 change points do not fit into 20 choices: where there are any, all 20 are change points. If the first of
// them gives the lowest rank there is no switch, one time in 20; not for ten seeds at once.
TEST_CASE("pct: one execution in four up to the 32nd, and one in 32 later on, has no change points") {
    const auto switches = [](pct& many, std::uint64_t seed) {
        constexpr std::uint32_t choices = 20;
        many.begin(seed);
        many.appear(0);
        many.appear(1);
        int n = 0;
        actor current = many.pick(between({0, 1}, 0, 0));
        for (std::uint32_t i = 1; i < choices; ++i) {
            const actor next = many.pick(between({0, 1}, current, i));
            n += next != current ? 1 : 0;
            current = next;
        }
        many.end({choices, choices});
        return n;
    };
    std::deque<pct> searches;
    for (int s = 0; s < 10; ++s) {
        searches.emplace_back(pct::depth_max);
    }
    for (std::uint64_t i = 0; i < 100; ++i) {
        CAPTURE(i);
        int sum = 0;
        for (std::size_t s = 0; s < searches.size(); ++s) {
            sum += switches(searches[s], execution_seed(s, i));
        }
        const bool unchanged = i % 4 == 0 && (i < 32 || i % 32 == 0);
        CHECK((sum == 0) == unchanged);
    }
}

namespace {

// So that k is 1 and the one change point of the next execution is at choice 0.
void learn_one_choice(pct& strategy, std::uint64_t seed) {
    strategy.begin(seed);
    strategy.end({1, 1});
}

}  // namespace

TEST_CASE("pct: programs that an early change makes short are also changed late") {
    // The first task is through at once if the other comes between its first two steps; the bug needs it to
    // come near the end of many.
    const auto make = [] {
        return small_program([](small_program& p) {
            auto* const arrived = p.make_shared_cell<bool>("arrived");
            p.task({.name = "worker"}, [arrived] {
                for (int i = 0; i < 40; ++i) {
                    if (arrived->load()) {
                        if (i == 38) bug();
                        return;
                    }
                }
            });
            p.task({.name = "visitor", .start = start_mode::arrives}, [arrived] { arrived->store(true); });
        });
    };
    small_program p = make();
    pct two(2);
    // 1/(n k) for n = 3 and k = 41, less what the executions without change points and with short k cost.
    CHECK(count_hits(p, two, 20'000).bugs > 20'000 / (3 * 41) / 4);
}

TEST_CASE("pct: a change point lowers the task that would have stepped below all that were not lowered") {
    int lowered = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        pct two(2);
        learn_one_choice(two, seed);
        two.begin(seed);
        two.appear(0);
        two.appear(1);
        two.appear(2);
        const actor after_change = two.pick(between({0, 1, 2}, 0, 0));
        for (std::uint32_t i = 1; i < 5; ++i) {
            CHECK(two.pick(between({0, 1, 2}, after_change, i)) == after_change);
        }
        const unsigned x = after_change == 0 ? 1 : 0;
        const unsigned y = after_change == 2 ? 1 : 2;
        const actor second = two.pick(between({x, y}, after_change, 5));
        const actor third = static_cast<actor>(3 - after_change - second);
        // Whoever appears now comes in above the lowered one, always.
        two.appear(3);
        CHECK(two.pick(between({third, 3}, third, 6)) == 3);
        ++lowered;
    }
    CHECK(lowered == 200);
}

TEST_CASE("pct: a change point does not lower an event, but waits for the next task") {
    int events_on_top = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        pct two(2);
        learn_one_choice(two, seed);
        two.begin(seed);
        two.appear(0);
        two.appear(1);
        two.appear(first_event);
        const actor first = two.pick(between({0, 1, first_event}, 0, 0));
        if (first != first_event) {
            continue;  // the change point was used up on a task
        }
        ++events_on_top;
        CHECK(two.pick(between({0, 1, first_event}, first, 1)) == first_event);
        const actor after = two.pick(between({0, 1}, first, 2));  // here one of them was lowered
        two.appear(2);
        const auto other = static_cast<actor>(1 - after);
        CHECK(two.pick(between({other, 2U}, other, 3)) == 2);
    }
    CHECK(events_on_top > 20);
}

TEST_CASE("pct: who yields mostly drops below all, lowered ones included, and sometimes gets a new rank") {
    int below = 0;
    int yields = 0;
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
        pct two(2);
        learn_one_choice(two, seed);
        two.begin(seed);
        two.appear(0);
        two.appear(1);
        actor current = two.pick(between({0, 1}, 0, 0));  // one of them is lowered
        for (std::uint32_t choice = 1; choice < 5; ++choice) {
            const actor next = two.pick(between({0, 1}, current, choice, true));
            below += next != current ? 1 : 0;
            ++yields;
            current = next;
        }
    }
    CHECK(below > yields * 7 / 10);
    CHECK(below < yields);
}

TEST_CASE("pct: programs that wait in loops end, because those who yield let the others step") {
    small_program p([](small_program& q) {
        auto* const turn = q.make_shared_cell<int>("turn");
        for (int i = 0; i < 3; ++i) {
            q.task({}, [turn, i] {
                while (turn->load() != i) {
                    execution::current().retry("my turn");
                }
                turn->store(i + 1);
            });
        }
    });
    run_options options;
    options.retries_max = 50;
    pct three(3);
    execution e;
    for (std::uint64_t i = 0; i < 500; ++i) {
        const run_result& r = e.run(p, three, options, i);
        REQUIRE(r.end == verdict::completed);
        REQUIRE(r.statistics.points < 60);  // and not only by the fair continuation
    }
}

TEST_CASE("pct: values are drawn uniformly") {
    pct three(3);
    three.begin(3);
    std::array<int, 4> counts{};
    for (int i = 0; i < 4'000; ++i) {
        const std::uint32_t v = three.choose(4);
        REQUIRE(v < 4);
        ++counts[v];
    }
    for (const int n : counts) {
        CHECK(n > 860);  // five standard deviations of 27 below 1,000
    }
}

TEST_CASE("pct: an execution is a function of the seeds so far") {
    small_program p = in_between(6, 3, 4);
    execution e;
    const auto hashes = [&] {
        pct three(3);
        std::vector<std::uint64_t> all;
        for (std::uint64_t i = 0; i < 300; ++i) {
            all.push_back(e.run(p, three, {}, execution_seed(9, i)).schedule_hash);
        }
        return all;
    };
    CHECK(hashes() == hashes());
}
