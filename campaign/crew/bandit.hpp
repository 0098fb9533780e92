#pragma once

/// Who gets the next stretch of time: a discounted upper confidence bound (Garivier and Moulines, "On
/// Upper-Confidence Bound Policies for Switching Bandit Problems", ALT 2011; D-UCB), with a floor under it.
///
/// Half of the time is dealt out by the arms' shares alone, so that none starves whatever came of it before:
/// as long as somebody has less than half of its share of the time spent, whoever lacks most of it is next.
/// The other half goes to the arm with the largest sum of
///   - the mean of its rewards, in which each later turn of the campaign makes earlier ones count a little
///     less, because coverage that is new today is not new tomorrow;
///   - a bonus for having been tried little lately: 2 B sqrt(xi ln(n) / n_i), with B = 0.5 (half of the range
///     of rewards) and xi = 0.6 as in the paper.
/// Where it deviates from the paper: a turn that is under way counts as one without reward, so that workers
/// do not all try the same arm at once.
///
/// Thread safety: none.

#include <cstddef>
#include <vector>

namespace tenthrule::crew {

class bandit {
public:
    static constexpr double floor_share = 0.5;
    static constexpr double discount = 0.995;

    /// Adds an arm. `share`: of the time, relative to the others'; above 0. `seconds`: that it has had
    /// before.
    std::size_t add(double share, double seconds = 0);

    /// Whose turn it is; it is expected to take so long. REQUIRES: some arm is left.
    std::size_t choose(double seconds_expected);
    /// The turn is over. `reward`: 0 to 1.
    void reward(std::size_t arm, double reward, double seconds_expected, double seconds);
    /// The turn came to nothing, and is to count as if it had not been.
    void take_back(std::size_t arm, double seconds_expected);
    /// It is never chosen again. False: it was not before either.
    bool retire(std::size_t arm);
    bool empty() const {
        return left_ == 0;
    }

    double seconds(std::size_t arm) const {
        return arms_[arm].seconds;
    }

private:
    struct state {
        double share = 0;
        double seconds = 0;
        double plays = 0;    ///< discounted
        double rewards = 0;  ///< discounted
        bool retired = false;
    };
    double lack(const state& a) const;
    double bound(const state& a, double plays) const;

    std::vector<state> arms_;
    std::size_t left_ = 0;
    double share_ = 0;
    double seconds_ = 0;
};

}  // namespace tenthrule::crew
