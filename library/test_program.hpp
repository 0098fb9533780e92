#pragma once

/// A test written against the library, as what the engine executes and the shrinker shrinks.

#include <functional>
#include <memory>

#include "library/explore.hpp"
#include "library/heap.hpp"
#include "library/session.hpp"
#include "library/weak_memory/weak_memory.hpp"
#include "shrink/test_case.hpp"

namespace tenthrule::detail {

class test_program final : public program {
public:
    /// Both must outlive it.
    test_program(const std::function<void()>& test, const explore_options& options);

    void boot(execution& e) override;
    void finish(execution& e) override;
    void over(execution& e) override;

    /// The last execution ended at an assume().
    bool assumed_away() const {
        return session_.assumed_away;
    }

private:
    static void run_test(void* state);

    const std::function<void()>& test_;
    session_options options_;
    session session_;
    std::unique_ptr<weak_memory> memory_;  ///< null: sequentially consistent
    session* outer_session_ = nullptr;
    std::unique_ptr<heap> heap_;  ///< null: allocations are not watched
    heap* outer_heap_ = nullptr;
};

/// Nothing can be taken away from it but parts of its schedule.
class written_test final : public test_case {
public:
    /// Both must outlive it.
    written_test(const std::function<void()>& test, const explore_options& options)
        : test_(test), options_(options) {}

    std::string name() const override {
        return options_.name;
    }
    /// Of the test's name and of what decides what a choice means. What the test does cannot be known.
    std::uint64_t digest() const override;
    std::unique_ptr<program> instantiate() const override {
        return std::make_unique<test_program>(test_, options_);
    }
    run_options options() const override;
    case_size size() const override {
        return {};
    }
    std::vector<reduction> reductions() const override {
        return {};
    }
    std::unique_ptr<test_case> reduced(std::uint32_t /*code*/) const override {
        return nullptr;
    }
    const std::vector<std::uint32_t>& taken_away() const override {
        return nothing_;
    }

private:
    const std::function<void()>& test_;
    const explore_options& options_;
    std::vector<std::uint32_t> nothing_;
};

/// While one lives, std::terminate in a test ends the execution instead of the program. Thread safety: any
/// number in any threads.
class terminate_guard {
public:
    terminate_guard();
    terminate_guard(const terminate_guard&) = delete;
    terminate_guard& operator=(const terminate_guard&) = delete;
    ~terminate_guard();
};

}  // namespace tenthrule::detail
