#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/strategy.hpp"
#include "scheduler/dpor.hpp"
#include "scheduler/schedule_bound.hpp"

namespace tenthrule {

/// `bounded:switches=N`: every schedule with at most N switches away from a task that could have gone on,
/// once, depth first. Preemptions and interleavings count, events do not. Iterative context bounding
/// (Musuvathi and Qadeer, "Iterative Context Bounding for Systematic Testing of Multithreaded Programs", PLDI
/// 2007) searches with 0, 1, 2, ... of these.
///
/// No reduction: each of them, also those that differ only in the order of independent steps. `dpor` with a
/// bound leaves out what it can.
class bounded final : public strategy {
public:
    /// Explores that subtree only; the sleep of it is not looked at.
    explicit bounded(const schedule_bound& most, const subtree& of = {});
    /// Finds the subtrees behind the first so many decisions.
    bounded(const schedule_bound& most, dpor::frontier where) : most_(most), split_(where.decisions) {}

    /// Explores loops to their end, too: an actor that goes round its retry loop may then go on for ever. If
    /// this is not called it waits, after once more, until somebody else has stepped, as execution::retry
    /// promises that nothing else would help it.
    void keep_going_round() {
        waits_ = false;
    }

    void begin(std::uint64_t /*seed*/) override;
    actor pick(const situation& where) override;
    std::uint32_t choose(std::uint32_t n) override;
    void end(const execution_size& size) override;
    bool more() const override {
        return !done_;
    }
    bool redundant() const override {
        return given_up_;
    }

    /// Whether some schedule was left out because of the bound: if none was, there are no others.
    bool left_out() const {
        return left_out_;
    }
    double progress() const;
    /// As dpor has them.
    void save(std::vector<std::uint64_t>& to) const;
    bool restore(std::span<const std::uint64_t> from);
    std::vector<subtree>& subtrees() {
        return subtrees_;
    }

private:
    /// A choice point on the path that is being explored.
    struct branch {
        std::uint16_t possibilities = 0;
        std::uint16_t taken = 0;
        std::uint8_t value = 0;
    };
    /// Number of the possibility to take; `value_of` gives what it stands for.
    template <typename F>
    bool take(std::uint32_t n, F value_of, std::uint8_t& value);

    bool goes_in_circles(const situation& where);

    /// When an actor was last seen at a retry.
    struct round {
        std::string_view loop;
        actor who = no_actor;
        std::uint32_t turns = 0;
        std::uint32_t values = 0;
        friend bool operator==(const round&, const round&) = default;
    };

    schedule_bound most_;
    bool waits_ = true;
    round last_round_;
    std::uint32_t values_ = 0;  ///< choices of values so far
    std::uint32_t split_ = 0;
    std::vector<subtree> subtrees_;
    std::size_t given_ = 0;  ///< decisions that are not ours to change
    std::vector<branch> path_;
    std::size_t depth_ = 0;
    bool left_out_ = false;
    bool given_up_ = false;
    bool done_ = false;
};

}  // namespace tenthrule
