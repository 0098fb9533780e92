#pragma once

/// Programs that are lists of accesses, and how often a strategy executes each order of their steps.

#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/execution.hpp"
#include "tests/runtime/small_program.hpp"

namespace tenthrule::test {

/// One step of a task: an access to an object (0: to none).
struct listed_access {
    std::uint32_t object = 0;
    access mode = access::write;
};

/// A task: its steps, and the one behind which it releases another. The task's start is a step of its own
/// that comes before them.
struct listed_task {
    std::vector<listed_access> steps;
    int releases = -1;            ///< the number of a task
    std::size_t releases_at = 0;  ///< behind so many steps, the start not counted
    start_mode start = start_mode::boot;
};

using listed_program = std::vector<listed_task>;

/// The order of steps, one character for each: '0' for task 0, and so on.
using step_order = std::string;

/// Executes the lists; `order` gets the steps of all tasks to any object if `object` is 0, else those to it.
class listed_runner {
public:
    explicit listed_runner(listed_program p, std::uint32_t object = 0)
        : tasks_(std::move(p)), object_(object), program_([this](small_program& q) { boot(q); }) {}

    step_order run(strategy& s, std::uint64_t seed) {
        order_.clear();
        const run_result& r = execution_.run(program_, s, {}, seed);
        REQUIRE(r.end == verdict::completed);
        return order_;
    }

private:
    void boot(small_program& q) {
        for (std::size_t t = 0; t < tasks_.size(); ++t) {
            q.task({.start = tasks_[t].start}, [this, t] { run_task(t); });
        }
    }
    void run_task(std::size_t t) {
        execution& e = execution::current();
        const auto note = [&](std::uint32_t object) {
            if (object_ == 0 || object == object_) order_ += static_cast<char>('0' + t);
        };
        note(0);
        const listed_task& me = tasks_[t];
        for (std::size_t i = 0; i <= me.steps.size(); ++i) {
            if (me.releases >= 0 && i == me.releases_at) e.release(static_cast<actor>(me.releases));
            if (i == me.steps.size()) break;
            const listed_access& a = me.steps[i];
            e.point(a.mode == access::write ? op_kind::store : op_kind::load, a.mode, a.object, "step");
            note(a.object);
        }
    }

    const listed_program tasks_;
    const std::uint32_t object_;
    step_order order_;
    small_program program_;
    execution execution_;
};

/// Each count is binomial with mean Np and standard deviation sqrt(Np(1-p)). None of at most 1,000 orders may
/// be off by more than five of those: for a correct strategy the chance of that is below 1,000 * 6e-7; the
/// seed is fixed. No other order may occur.
inline void check_frequencies(const std::map<step_order, double>& expected,
                              const std::map<step_order, std::uint64_t>& counts) {
    REQUIRE(expected.size() <= 1'000);
    double sum = 0;
    std::uint64_t executions = 0;
    for (const auto& [key, n] : counts) {
        const auto& order = key;  // clang 14 captures no structured bindings
        CAPTURE(order);
        CHECK(expected.count(order) == 1);
        executions += n;
    }
    for (const auto& [key, p] : expected) {
        const auto& order = key;  // clang 14 captures no structured bindings
        CAPTURE(order);
        const auto found = counts.find(order);
        const double n = found == counts.end() ? 0 : static_cast<double>(found->second);
        const double mean = static_cast<double>(executions) * p;
        CHECK(std::abs(n - mean) <= 5 * std::sqrt(mean * (1 - p)));
        sum += p;
    }
    CHECK(sum == doctest::Approx(1));
}

}  // namespace tenthrule::test
