#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>

#include "runtime/schedule.hpp"
#include "runtime/strategy.hpp"

namespace tenthrule {

/// Follows a schedule: takes its deviations where they say, the default everywhere else.
///
/// Strict: a deviation that cannot be taken ends the execution with the verdict `diverged`. For replaying.
/// Lenient: the default replaces what cannot be taken. For shrinking, where part of a schedule is gone and
/// the rest need not fit any more; what was really decided is in the result of the execution.
class replay final : public strategy {
public:
    enum class mode : std::uint8_t { strict, lenient };

    /// REQUIRES: `plan` is in ascending order of its choices.
    explicit replay(schedule plan, mode how = mode::strict) : plan_(std::move(plan)), how_(how) {}

    /// Another schedule for the executions to come.
    void follow(const schedule& plan) {
        plan_ = plan;
    }

    void begin(std::uint64_t seed) override;
    actor pick(const situation& where) override;
    std::uint32_t choose(std::uint32_t n) override;

    /// Where an execution could not follow the plan, and what it could have done there.
    struct divergence {
        deviation planned;
        actor_set enabled;         ///< who could step; empty if it was a choose()
        std::uint32_t values = 0;  ///< the n of the choose(n); 0 if it was about who steps
    };

    // About the last execution:

    /// The first deviation that could not be taken, though its choice point was reached.
    const std::optional<divergence>& diverged() const {
        return diverged_;
    }
    /// How many were replaced by the default.
    std::uint32_t replaced() const {
        return replaced_;
    }
    /// The tail of the plan that lies behind the end of the execution. Empty in a faithful replay; if not,
    /// the program has changed.
    std::span<const deviation> left_over() const {
        return std::span(plan_).subspan(next_);
    }

private:
    /// The deviation planned for choice point number `choice`, if there is one.
    const deviation* planned(std::uint32_t choice);

    schedule plan_;
    mode how_;
    std::size_t next_ = 0;
    std::uint32_t choice_ = 0;  ///< number of the next choice point
    std::uint32_t replaced_ = 0;
    std::optional<divergence> diverged_;
};

}  // namespace tenthrule
