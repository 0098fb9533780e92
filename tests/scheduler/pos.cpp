#include "scheduler/pos.hpp"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include "tests/scheduler/frequencies.hpp"
#include "tests/support/effort.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

// The exact probability of each order under partial order sampling. All that matters of the priorities is how
// they compare, and of m + 1 independent draws the last is equally likely to have each rank among the others:
// so every draw is an insertion at each of m + 1 places, those that are no longer in use included.
class exact_sampling {
public:
    explicit exact_sampling(const listed_program& p) : tasks_(p), lot_(p.size()), done_(p.size()) {}

    std::map<step_order, double> orders() {
        for (std::size_t t = 0; t < tasks_.size(); ++t) {
            if (tasks_[t].start == start_mode::boot) to_draw_.push_back(t);
        }
        released_.resize(tasks_.size());
        for (std::size_t t = 0; t < tasks_.size(); ++t) {
            released_[t] = tasks_[t].start == start_mode::boot;
        }
        draw(1);
        return std::move(found_);
    }

private:
    // Step 0 is the start.
    listed_access next_of(std::size_t t) const {
        return done_[t] == 0 ? listed_access{0, access::write} : tasks_[t].steps[done_[t] - 1];
    }
    bool over(std::size_t t) const {
        return done_[t] > tasks_[t].steps.size();
    }

    void draw(double probability) {
        if (to_draw_.empty()) {
            step(probability);
            return;
        }
        const std::size_t t = to_draw_.back();
        to_draw_.pop_back();
        const double each = probability / static_cast<double>(ranks_.size() + 1);
        const int number = ++draws_;
        const int before = lot_[t];
        for (std::size_t at = 0; at <= ranks_.size(); ++at) {
            ranks_.insert(ranks_.begin() + static_cast<std::ptrdiff_t>(at), number);
            lot_[t] = number;
            draw(each);
            ranks_.erase(std::find(ranks_.begin(), ranks_.end(), number));
        }
        lot_[t] = before;
        --draws_;
        to_draw_.push_back(t);
    }

    void step(double probability) {
        std::size_t next = tasks_.size();
        for (const int lot : ranks_) {  // the last one that is somebody's is the highest
            for (std::size_t t = 0; t < tasks_.size(); ++t) {
                if (released_[t] && !over(t) && lot_[t] == lot) next = t;
            }
        }
        if (next == tasks_.size()) {
            found_[order_] += probability;
            return;
        }
        const listed_access what = next_of(next);
        const auto draws = to_draw_;
        const auto released = released_;
        order_ += static_cast<char>('0' + next);
        ++done_[next];
        if (!over(next)) to_draw_.push_back(next);
        const listed_task& me = tasks_[next];
        if (me.releases >= 0 && done_[next] == me.releases_at + 1) {
            released_[static_cast<std::size_t>(me.releases)] = true;
            to_draw_.push_back(static_cast<std::size_t>(me.releases));
        }
        for (std::size_t t = 0; t < tasks_.size(); ++t) {
            if (t == next || !released[t] || over(t) || what.object == 0) continue;
            const listed_access other = next_of(t);
            const bool writes = what.mode == access::write || other.mode == access::write;
            if (other.object == what.object && writes) to_draw_.push_back(t);
        }
        draw(probability);
        --done_[next];
        order_.pop_back();
        to_draw_ = draws;
        released_ = released;
    }

    const listed_program& tasks_;
    std::vector<int> lot_;
    std::vector<std::size_t> done_;
    std::vector<bool> released_;
    std::vector<int> ranks_;  // all draws so far, in ascending order of their priorities
    std::vector<std::size_t> to_draw_;
    int draws_ = 0;
    step_order order_;
    std::map<step_order, double> found_;
};

std::map<step_order, double> check_exactly(const listed_program& p) {
    auto expected = exact_sampling(p).orders();
    listed_runner runner(p);
    pos strategy_of_test;
    std::map<step_order, std::uint64_t> counts;
    const std::uint64_t executions = repetitions(200'000);
    for (std::uint64_t i = 0; i < executions; ++i) {
        ++counts[runner.run(strategy_of_test, execution_seed(3, i))];
    }
    check_frequencies(expected, counts);
    return expected;
}

constexpr listed_access write_x{1, access::write};
constexpr listed_access read_x{1, access::read};
constexpr listed_access write_y{2, access::write};
constexpr listed_access elsewhere{0, access::write};

}  // namespace

TEST_CASE("pos: each order of two writers has exactly its probability") {
    check_exactly({{{write_x, write_x}}, {{write_x, write_x}}});
}

TEST_CASE("pos: each order of a writer, a reader and somebody elsewhere has exactly its probability") {
    check_exactly({{{write_x}}, {{read_x}}, {{write_y}}});
}

TEST_CASE("pos: whether steps conflict changes the probabilities, and readers do not conflict") {
    const auto readers = check_exactly({{{read_x, read_x}}, {{read_x, read_x}}});
    const auto strangers = check_exactly({{{elsewhere, elsewhere}}, {{elsewhere, elsewhere}}});
    const auto writers = exact_sampling({{{write_x, write_x}}, {{write_x, write_x}}}).orders();
    for (const auto& [order, p] : readers) {
        CHECK(strangers.at(order) == doctest::Approx(p));
    }
    CHECK(std::any_of(writers.begin(), writers.end(), [&readers](const auto& of_writers) {
        return std::abs(of_writers.second - readers.at(of_writers.first)) > 0.01;
    }));
}

TEST_CASE("pos: steps that nobody had a choice about count as steps") {
    // Task 0 is alone for three steps, each of which has to have a new priority.
    check_exactly({{.steps = {write_x, elsewhere, write_x, elsewhere}, .releases = 1, .releases_at = 2},
                   {.steps = {write_x, elsewhere}, .start = start_mode::held}});
}

// One event beside a task of seven steps, the start included. The event's priority is L, so with L uniform it
// comes after exactly j of them with probability E[(1-L)^j L] = 1/((j+1)(j+2)), after all with 1/8.
TEST_CASE("pos: an event waits for at least j steps with probability 1/(j+1)") {
    std::size_t steps = 0;
    std::size_t happened_after = 0;
    small_program p([&](small_program& q) {
        q.event("signal", [&] { happened_after = steps; });
        q.task({}, [&steps] {
            ++steps;
            for (int i = 0; i < 6; ++i) {
                small_program::step("step");
                ++steps;
            }
        });
    });
    execution e;
    pos strategy_of_test;
    std::map<step_order, std::uint64_t> counts;
    const std::uint64_t executions = repetitions(100'000);
    for (std::uint64_t i = 0; i < executions; ++i) {
        steps = 0;
        happened_after = 7;
        REQUIRE(e.run(p, strategy_of_test, {}, execution_seed(5, i)).end == verdict::completed);
        ++counts[std::to_string(happened_after)];
    }
    std::map<step_order, double> expected;
    for (int j = 0; j < 7; ++j) {
        expected[std::to_string(j)] = 1.0 / ((j + 1) * (j + 2));
    }
    expected["7"] = 1.0 / 8;
    check_frequencies(expected, counts);
}

TEST_CASE("pos: programs that wait in loops end, whether they say so or not") {
    for (const bool says_so : {true, false}) {
        small_program p([says_so](small_program& q) {
            auto* const turn = q.make_shared_cell<int>("turn");
            for (int i = 0; i < 3; ++i) {
                q.task({}, [=] {
                    while (turn->load() != i) {
                        if (says_so) execution::current().retry("my turn");
                    }
                    turn->store(i + 1);
                });
            }
        });
        execution e;
        pos strategy_of_test;
        std::uint32_t most = 0;
        const std::uint64_t executions = repetitions(1'000);
        for (std::uint64_t i = 0; i < executions; ++i) {
            const run_result& r = e.run(p, strategy_of_test, {}, i);
            REQUIRE(r.end == verdict::completed);
            REQUIRE(r.statistics.fair == 0);
            most = std::max(most, r.statistics.points);
        }
        // A silent loop ends when priorities are drawn again at the latest: after 2,000 choices each.
        CHECK(most < (says_so ? 100U : 10'000U));
    }
}

TEST_CASE("pos: an execution is a function of its own seed") {
    listed_runner runner({{{write_x, read_x}}, {{read_x, write_y}}, {{write_y}}});
    pos first;
    pos second;
    (void)runner.run(second, 7);
    for (std::uint64_t i = 0; i < 200; ++i) {
        CHECK(runner.run(first, i) == runner.run(second, i));
    }
}

TEST_CASE("pos: values are drawn uniformly") {
    pos strategy_of_test;
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
