#pragma once

/// Which executions of each arm are done, under way, waiting to be done again, or were never begun. It knows
/// nothing of processes: it is told what became of what it gave out.
///
/// Invariant: of every arm, each execution below the first one never given out is in exactly one of: done,
/// given out, urgent, left over, lost. So whatever workers do, none is counted twice, and none is forgotten.
///
/// Thread safety: none.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "campaign/store/records.hpp"

namespace tenthrule::crew {

/// Executions [first, first + count) of an arm that somebody has to do.
struct piece {
    std::size_t arm = 0;
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    bool careful = false;  ///< with every decision left where it can be found if the worker ends
    unsigned deaths = 0;   ///< workers that ended while they did it
    friend bool operator==(const piece&, const piece&) = default;
};

class work_ledger {
public:
    /// Workers that may be killed from outside in the middle of a piece before one of its executions is
    /// blamed.
    static constexpr unsigned deaths_max = 4;

    /// `executions_max`: the budget; 0: none. `executions`: those of earlier sessions, of whatever arm.
    explicit work_ledger(std::uint64_t executions_max = 0, std::uint64_t executions = 0)
        : executions_max_(executions_max), executions_(executions) {}

    /// Adds an arm, with what is known of it; gives its number, from 0.
    std::size_t add(const arm_state& known);

    // ---- Giving out. Of each piece that was given out, exactly one function of the next group is told.

    /// What has to be done again at once. It may be of an arm that nobody chooses any more.
    std::optional<piece> take_urgent();
    /// A piece of the arm that should take about so long. Nothing if all executions of the arm are done, or
    /// the budget is given out.
    std::optional<piece> take(std::size_t arm, double seconds);

    // ---- What became of a piece

    /// The first `count` of its executions were done; the others are left over.
    void done(const piece& p, std::uint64_t count, double seconds);
    /// Its worker ended before it began with it.
    void not_begun(const piece& p);
    /// Nobody is to do it any more, in this session.
    void lost(const piece& p);

    struct judgement {
        enum class sentence : std::uint8_t {
            again,     ///< it is not known who is to blame: it is done again, with care
            guilty,    ///< execution `index` is, which counts as done; the others are done again
            hopeless,  ///< its workers end again and again, but not in an execution: it is lost
        };
        sentence is = sentence::again;
        std::uint64_t index = 0;
    };
    /// Its worker ended while it did it. `doing`: number of the execution that it was in, plus one; 0: none.
    /// `from_outside`: somebody else killed it.
    judgement died(piece p, std::uint64_t doing, bool from_outside);

    // ---- How far everything is

    /// Done, in all sessions.
    std::uint64_t executions() const {
        return executions_;
    }
    /// Of the budget, neither done nor given out.
    std::uint64_t executions_left() const;
    bool budget_is_spent() const {
        return executions_max_ != 0 && executions_ >= executions_max_;
    }
    bool has_urgent() const {
        return !urgent_.empty();
    }
    std::uint64_t executions_of(std::size_t arm) const {
        return arms_[arm].executions;
    }
    double seconds_of(std::size_t arm) const {
        return arms_[arm].seconds;
    }

private:
    struct state {
        std::uint64_t next = 0;  ///< the first that was never given out
        std::deque<piece> left_over;
        double rate = 0;  ///< executions per second; 0: unknown
        std::uint64_t executions = 0;
        double seconds = 0;
    };
    piece give_out(const piece& p);
    void add_done(std::size_t arm, std::uint64_t executions);

    std::vector<state> arms_;
    std::deque<piece> urgent_;
    std::uint64_t executions_max_;
    std::uint64_t executions_;
    std::uint64_t outstanding_ = 0;  ///< given out or urgent
};

}  // namespace tenthrule::crew
