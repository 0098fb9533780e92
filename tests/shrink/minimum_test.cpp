// On cases that are small enough to execute every schedule: nothing is cheaper than what shrinking found.

#include <doctest/doctest.h>

#include "scheduler/exhaustive.hpp"
#include "shrink/shrink.hpp"
#include "tests/support/effort.hpp"
#include "tests/support/find_failure.hpp"
#include "tests/support/toy_case.hpp"

using namespace tenthrule;
using shrinking::cost;

namespace {

constexpr std::uint64_t schedules_max = 30'000;

// Offers no reductions, so that only the schedule can be made simpler.
class fixed_case final : public test_case {
public:
    explicit fixed_case(std::shared_ptr<const test_case> of) : of_(std::move(of)) {}
    std::string name() const override {
        return of_->name();
    }
    std::uint64_t digest() const override {
        return of_->digest();
    }
    std::unique_ptr<program> instantiate() const override {
        return of_->instantiate();
    }
    run_options options() const override {
        return of_->options();
    }
    case_size size() const override {
        return of_->size();
    }
    std::vector<reduction> reductions() const override {
        return {};
    }
    std::unique_ptr<test_case> reduced(std::uint32_t /*code*/) const override {
        return nullptr;
    }
    const std::vector<std::uint32_t>& taken_away() const override {
        return of_->taken_away();
    }

private:
    std::shared_ptr<const test_case> of_;
};

// Costs of the cheapest executions with each failure, over all schedules; nothing if there are too many of
// them.
std::vector<std::pair<std::string, cost>> all_minima(const test_case& c, std::uint64_t& schedules) {
    std::vector<std::pair<std::string, cost>> minima;
    execution machine;
    const auto instance = c.instantiate();
    exhaustive how;
    for (schedules = 0; how.more(); ++schedules) {
        if (schedules == schedules_max) return {};
        const run_result& r = machine.run(*instance, how, c.options());
        if (r.end != verdict::violation) {
            continue;
        }
        const cost here = shrinking::cost_of(r.statistics);
        const auto known = std::find_if(minima.begin(), minima.end(),
                                        [&r](const auto& m) { return m.first == r.failure.identity; });
        if (known == minima.end()) {
            minima.emplace_back(r.failure.identity, here);
        } else {
            known->second = std::min(known->second, here);
        }
    }
    return minima;
}

// A program of two or three tasks with few steps, at random.
toy::description random_program(random_source& random) {
    toy::description d;
    d.cpus = random.below(3);
    const std::uint32_t tasks = 2 + random.below(2);
    for (std::uint32_t t = 0; t < tasks; ++t) {
        toy::task task;
        task.name = std::string(1, static_cast<char>('A' + t));
        if (random.below(3) == 0) task.start = start_mode::arrives;
        if (random.below(3) == 0) {
            task.sched = policy::fifo;
            task.priority = 1 + static_cast<int>(random.below(2));
        }
        const std::uint32_t steps = 2 + random.below(tasks == 2 ? 3 : 2);
        for (std::uint32_t s = 0; s < steps; ++s) {
            switch (random.below(8)) {
                case 0:
                case 1:
                    task.steps.push_back(toy::load(0));
                    break;
                case 2:
                case 3:
                    task.steps.push_back(toy::store(0));
                    break;
                case 4:
                    task.steps.push_back(toy::wait(0));
                    break;
                case 5:
                    task.steps.push_back(toy::set(0));
                    break;
                case 6:
                    task.steps.push_back(random.below(2) == 0 ? toy::timed_wait(0) : toy::noise());
                    break;
                default:
                    task.steps.push_back(toy::expect_below(0, 2));
                    break;
            }
        }
        d.tasks.push_back(task);
    }
    return d;
}

}  // namespace

TEST_CASE("shrink: on small cases the result is the true minimum") {
    constexpr unsigned programs = test::repetitions(100);
    random_source random(11);
    unsigned compared = 0;
    std::uint64_t largest = 0;
    for (unsigned i = 0; i < programs; ++i) {
        const auto c = std::make_shared<const fixed_case>(toy::make_case(random_program(random)));
        std::uint64_t schedules = 0;
        const auto minima = all_minima(*c, schedules);
        largest = std::max(largest, schedules);
        for (const auto& one : minima) {
            const std::string& identity = one.first;
            const cost& minimum = one.second;
            const toy::failing f = toy::find_failure(*c, "random", i, 20'000, identity);
            if (f.executions == 0) continue;  // too rare to be met at random
            const shrink_result r = shrink(c, f.decisions);
            REQUIRE(r.error.empty());
            CAPTURE(i);
            CAPTURE(identity);
            const cost found = shrinking::cost_of(r.shrunk.statistics);
            CHECK(found.preemptions == minimum.preemptions);
            CHECK(found.events == minimum.events);
            CHECK(found.interleavings == minimum.interleavings);
            ++compared;
        }
    }
    CHECK(compared >= programs * 2 / 5);
    CHECK(largest > programs * 10);
}
