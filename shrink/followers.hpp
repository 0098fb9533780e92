#pragma once

/// Strategies that try to carry a plan over to an execution it was not made in. They never give up: what
/// cannot be taken is replaced by the default. All of them record what was open at each choice point.

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/schedule.hpp"
#include "runtime/strategy.hpp"
#include "shrink/trace.hpp"

namespace tenthrule::shrinking {

/// Thread safety: as any strategy, belongs to one execution at a time.
class follower : public strategy {
public:
    /// Executions end (with the verdict `diverged`) as soon as they cost more than this.
    void set_cost_max(const cost& most) {
        cost_max_ = most;
    }
    /// Of the last execution.
    const trace& recorded() const {
        return trace_;
    }

    void begin(std::uint64_t seed) final;
    actor pick(const situation& where) final;
    std::uint32_t choose(std::uint32_t n) final;

protected:
    virtual void restart() = 0;
    /// What to take at this choice point. If it is impossible, the default is taken.
    virtual std::uint8_t wish(const choice_point& here) = 0;

private:
    trace trace_;
    cost cost_max_{~0U, ~0U, ~0U};
};

/// Follows a schedule by the numbers of its choice points.
class by_number final : public follower {
public:
    /// What happens to a deviation that is impossible at its choice point.
    enum class misfit : std::uint8_t {
        dropped,
        deferred,  ///< taken at the first later choice point where it is possible, up to the next deviation
    };
    void follow(const schedule& plan, misfit rule = misfit::dropped);

private:
    void restart() override;
    std::uint8_t wish(const choice_point& here) override;

    schedule plan_;
    misfit rule_ = misfit::dropped;
    std::size_t next_ = 0;
    std::uint32_t choice_ = 0;
};

/// A deviation, pinned to what its actor was about to do instead of to a number.
struct anchored_deviation {
    std::uint64_t place = 0;      ///< see choice_point::place
    std::uint32_t nth_after = 0;  ///< how often the place was met before, since the deviation before this one
    std::uint32_t nth_ever = 0;   ///< how often since the beginning
    std::uint8_t value = 0;
    bool is_value = false;
    friend bool operator==(const anchored_deviation&, const anchored_deviation&) = default;
};

using anchored_schedule = std::vector<anchored_deviation>;

/// REQUIRES: the trace has its places, and `plan` is what was decided in it.
anchored_schedule anchor(const schedule& plan, const trace& in);

/// Follows a schedule by what its actors are about to do: survives additions and omissions elsewhere.
class by_place final : public follower {
public:
    enum class counting : std::uint8_t {
        since_last,  ///< deviations come one after the other
        ever,        ///< each deviation is independent of the others
    };
    void follow(const anchored_schedule& plan, counting how);

private:
    void restart() override;
    std::uint8_t wish(const choice_point& here) override;
    std::uint32_t met_before(std::uint64_t place);

    struct meeting {
        std::uint64_t place;
        std::uint32_t times;
    };
    anchored_schedule plan_;
    counting how_ = counting::since_last;
    std::size_t next_ = 0;
    std::vector<meeting> met_;
};

/// Some actor, and how many choice points in a row it takes.
struct turn {
    actor who = no_actor;
    std::uint32_t steps = 0;
    friend bool operator==(const turn&, const turn&) = default;
};

/// Who took the choice points of an execution, and what the choose() calls gave.
struct turn_list {
    std::vector<turn> turns;
    std::vector<std::uint8_t> values;
};

turn_list turns_of(const trace& t);

/// Follows a list of turns: a turn ends when its steps are used up or its actor cannot step.
class by_turn final : public follower {
public:
    void follow(const turn_list& plan);

private:
    void restart() override;
    std::uint8_t wish(const choice_point& here) override;

    turn_list plan_;
    std::size_t next_ = 0;
    std::uint32_t used_ = 0;
    std::size_t next_value_ = 0;
};

}  // namespace tenthrule::shrinking
