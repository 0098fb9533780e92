#pragma once

#include <array>
#include <cstdint>

#include "runtime/random.hpp"
#include "runtime/strategy.hpp"
#include "scheduler/ranking.hpp"

namespace tenthrule {

/// `pct:depth=D`: probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi and Nagarakatte, "A
/// Randomized Scheduler with Probabilistic Guarantees of Finding Bugs", ASPLOS 2010). Every actor gets a
/// random rank and the enabled actor of the highest rank steps; at D - 1 random change points the one
/// about to step is lowered below all others. A bug of depth d <= D is hit with probability at least
/// 1 / (n * k^(d-1)) in each execution, n being the number of actors and k that of choice points.
///
/// Where it deviates from the paper:
/// - Ranks only order actors that may step; they have no influence on who gets a CPU.
/// - Events (timers, arrivals, signals) have ranks as tasks have, so n counts every event that appears. An
///   actor that appears later gets a uniformly random position among those not lowered so far, whether
///   they still exist or not: all of them together form a uniformly random permutation.
/// - Only points with a choice count as steps: a change where nobody else could step changes nothing. k is
///   the largest count of three earlier executions drawn at random. The maximum of all would waste most
///   change points behind the end of most executions; the mean would never reach the tails of the longer
///   ones, and some bugs are only there. The first execution, one in four up to the 32nd, and one in 32 later
///   on have no change points: where early changes make an execution short, what is learnt from those would
///   keep them early. One in four has as k the longest of these.
/// - A change point lowers the task that would have stepped, before it steps. If that would be an event, or
///   if the point is a choose(), the change happens at the next point where it would be a task.
/// - The D - 1 low ranks are dealt to the change points at random, as the paper's are, whose change points
///   are drawn in no particular order.
/// - An actor that yields in a retry loop drops below all ranks, low ones included, or it would keep the one
///   it waits for from stepping. Once in four times it gets a new random rank instead: what it does after a
///   retry may be the interesting part, and at the bottom every event would come before it.
class pct final : public strategy {
public:
    static constexpr std::uint32_t depth_max = 32;

    /// REQUIRES: 1 <= depth <= depth_max.
    explicit pct(std::uint32_t depth) : depth_(depth) {}

    void begin(std::uint64_t seed) override;
    void appear(actor a) override;
    actor pick(const situation& where) override;
    std::uint32_t choose(std::uint32_t n) override {
        return random_.below(n);
    }
    void end(const execution_size& size) override;

private:
    bool goes_unchanged() const {
        return executions_ % (executions_ < 32 ? 4 : 32) == 0;
    }
    /// The first choice at which somebody is lowered, if nobody yields before.
    std::uint32_t next_change() const {
        return changes_done_ == changes_ ? ~std::uint32_t{0} : change_at_[changes_done_];
    }
    std::uint32_t draw_length();
    void draw_change_points();
    void lower(actor a, std::int64_t rank);
    void yield(actor a);

    std::uint32_t depth_;
    random_source random_;

    // What was learnt from earlier executions.
    std::uint64_t executions_ = 0;
    std::array<std::uint32_t, 64> lengths_{};  ///< a sample of the earlier executions' choice counts
    std::uint32_t longest_unchanged_ = 0;      ///< of those without change points
    random_source reservoir_{1};

    /// Those not lowered so far, in ascending order of their ranks, which are depth_max and more.
    std::array<actor, actors_max> ladder_{};
    std::uint32_t ladder_size_ = 0;
    /// 1 .. depth_max - 1 after a change point, 0 and less after a yield.
    ranking<std::int64_t> rank_;
    std::int64_t lowest_ = 0;

    /// Change points in ascending order, and the rank each of them gives.
    std::array<std::uint32_t, depth_max> change_at_{};
    std::array<std::uint32_t, depth_max> low_rank_{};
    std::uint32_t changes_ = 0;
    std::uint32_t changes_done_ = 0;
};

}  // namespace tenthrule
