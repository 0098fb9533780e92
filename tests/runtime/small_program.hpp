#pragma once

/// Programs of a few lines for tests: tasks are lambdas, and what they share is made by a setup function
/// before each execution.

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/execution.hpp"
#include "runtime/memory.hpp"
#include "runtime/random.hpp"
#include "runtime/spinlock.hpp"
#include "scheduler/exhaustive.hpp"
#include "scheduler/make_strategy.hpp"
#include "scheduler/replay.hpp"

namespace tenthrule::test {

/// The execution that the calling task belongs to.
inline execution& here() {
    return execution::current();
}

inline bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

class small_program final : public program {
public:
    using setup_function = std::function<void(small_program&)>;
    using rest_function = std::function<void(bool for_ever)>;

    explicit small_program(setup_function setup) : setup_(std::move(setup)) {}

    // ---- For the setup function

    execution& machine() {
        return *execution_;
    }
    actor task(const task_spec& spec, std::function<void()> body) {
        bodies_.push_back(std::move(body));
        return execution_->add_task(spec, &call, &bodies_.back());
    }
    actor event(const char* name, std::function<void()> fire, bool enabled = true) {
        bodies_.push_back(std::move(fire));
        return execution_->add_event(op_kind::signal, name, &call, &bodies_.back(), enabled);
    }
    timer* make_timer(const char* name, std::function<void()> callback) {
        bodies_.push_back(std::move(callback));
        auto* const made = execution_->arena().make<timer>();
        made->name = name;
        made->callback = &call;
        made->argument = &bodies_.back();
        return made;
    }
    template <typename T>
    shared<T>* make_shared_cell(const char* name, T initial = {}) {
        return execution_->arena().make<shared<T>>(name, initial);
    }
    template <typename T>
    guarded<T>* make_guarded_cell(const char* name, T initial = {}) {
        return execution_->arena().make<guarded<T>>(name, initial);
    }
    raw_spinlock* make_lock(const lock_class& kind, const char* name) {
        return execution_->arena().make<raw_spinlock>(kind, name);
    }
    /// A shorter name for a point that touches no object.
    static void step(const char* label) {
        execution::current().point(op_kind::load, access::none, 0, label);
    }

    std::function<void()> on_finish;
    rest_function on_rest;
    std::function<void(std::string&)> on_describe;

    // ---- program

    void boot(execution& e) override {
        execution_ = &e;
        bodies_.clear();
        on_finish = nullptr;
        on_rest = nullptr;
        on_describe = nullptr;
        setup_(*this);
    }
    void at_rest(execution& /*e*/, bool for_ever) override {
        if (on_rest) on_rest(for_ever);
    }
    void finish(execution& /*e*/) override {
        if (on_finish) on_finish();
    }
    void describe(execution& /*e*/, std::string& to) override {
        if (on_describe) on_describe(to);
    }

private:
    static void call(void* body) {
        (*static_cast<std::function<void()>*>(body))();
    }

    setup_function setup_;
    std::deque<std::function<void()>> bodies_;  // a deque, because its elements stay where they are
    execution* execution_ = nullptr;
};

/// What became of a number of executions.
struct search_result {
    std::uint64_t executions = 0;
    std::uint64_t violations = 0;
    std::optional<violation> first;  ///< the first violation
    std::uint64_t first_at = 0;      ///< and in which execution, from 1
    schedule first_decisions;
    std::set<std::string> identities;  ///< of all violations
    std::set<verdict> verdicts;
    bool complete = false;  ///< every schedule was explored
};

/// Executes `p` under `s` until `s` has no more to offer, at most `executions_max` times.
inline search_result search(small_program& p, strategy& s, std::uint64_t executions_max,
                            const run_options& options = {}, std::uint64_t seed = 1) {
    execution e;
    search_result found;
    while (s.more() && found.executions < executions_max) {
        const run_result& r = e.run(p, s, options, execution_seed(seed, found.executions));
        ++found.executions;
        found.verdicts.insert(r.end);
        if (r.end == verdict::violation) {
            ++found.violations;
            found.identities.insert(r.failure.identity);
            if (!found.first) {
                found.first = r.failure;
                found.first_at = found.executions;
                found.first_decisions = r.decisions;
            }
        }
    }
    found.complete = !s.more();
    return found;
}

inline search_result search(small_program& p, std::string_view strategy_name, std::uint64_t executions_max,
                            const run_options& options = {}, std::uint64_t seed = 1) {
    return search(p, *make_strategy(strategy_name).made, executions_max, options, seed);
}

/// Every schedule, which has to be fewer than a million.
inline search_result explore(small_program& p, const run_options& options = {}) {
    exhaustive all;
    return search(p, all, 1'000'000, options);
}

/// One execution that follows `plan`; what the tasks record on the way is the caller's.
inline run_result follow(small_program& p, const schedule& plan = {}, const run_options& options = {}) {
    execution e;
    replay strategy_of_plan(plan);
    return e.run(p, strategy_of_plan, options);
}

inline run_options with_log() {
    run_options options;
    options.log = true;
    return options;
}

inline run_options without(const rule& r) {
    run_options options;
    options.rules.erase(r);
    return options;
}

inline constexpr lock_class inner_kind{1, "inner_lock"};
inline constexpr lock_class outer_kind{2, "outer_lock"};

}  // namespace tenthrule::test

template <>
struct doctest::StringMaker<std::set<std::string>> {
    static doctest::String convert(const std::set<std::string>& strings) {
        std::string text;
        for (const std::string& s : strings) {
            text += (text.empty() ? "" : " | ") + s;
        }
        return text.c_str();
    }
};
