#pragma once

/// A test executed by strategies that are given, and what it comes to.

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "library/explore.hpp"
#include "library/test_program.hpp"
#include "runtime/execution.hpp"
#include "scheduler/schedule_bound.hpp"

namespace tenthrule::test {

struct tally {
    std::set<std::string> outcomes;  ///< within the bound
    std::uint64_t executions = 0;
    std::uint64_t redundant = 0;
    bool complete = false;
};

struct test_run {
    std::function<void()> test;
    std::function<std::string()> outcome = [] { return std::string(); };
};

inline explore_options unwatched() {
    explore_options options;
    options.track_allocations = false;
    return options;
}

class runner {
public:
    explicit runner(test_run what) : what_(std::move(what)), program_(written_.instantiate()) {}

    /// What one execution comes to; empty: nothing, for it was redundant.
    std::string run(strategy& how) {
        const run_result& r = machine_.run(*program_, how, written_.options());
        REQUIRE(r.end != verdict::diverged);
        switches = r.statistics.preemptions + r.statistics.interleavings;
        if (r.end == verdict::redundant) {
            return "";
        }
        return r.end == verdict::violation ? r.failure.broken->name : "ends: " + what_.outcome();
    }
    tally run_all(strategy& how, std::uint64_t executions_max = 1'000'000,
                  std::uint32_t switches_max = schedule_bound::any) {
        tally t;
        while (how.more() && t.executions + t.redundant < executions_max) {
            const std::string outcome = run(how);
            ++(outcome.empty() ? t.redundant : t.executions);
            if (!outcome.empty() && switches <= switches_max) {
                t.outcomes.insert(outcome);
            }
        }
        t.complete = !how.more();
        return t;
    }

    std::uint32_t switches = 0;  ///< of the last execution

private:
    test_run what_;
    explore_options options_ = unwatched();
    detail::written_test written_{what_.test, options_};
    std::unique_ptr<program> program_;
    execution machine_;
};

}  // namespace tenthrule::test
