#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "runtime/random.hpp"
#include "runtime/strategy.hpp"
#include "scheduler/lots.hpp"

namespace tenthrule {

/// `surw`: selectively uniform random walk (Zhao, Wolff, Mathur and Roychoudhury, "Selectively Uniform
/// Concurrency Testing", ASPLOS 2025). Each execution selects one object; the accesses to it are the selected
/// steps, and every order of those is to be equally likely. For that the task that makes the next selected
/// step is drawn with a probability proportional to how many each still has to make; the others that come to
/// a selected step are parked until it has made its own. All other steps go by random priorities, one for
/// each, so that every schedule stays possible.
///
/// How many selected steps a task makes is learnt from the executions before: the mean over the first
/// 65,536, per task and object. The first one has nothing selected. Execution i of a search is therefore a
/// function of its own seed and of the executions that this object has seen.
///
/// If these counts are exact and nobody waits for anybody, each order of the selected steps of tasks with n1,
/// n2, ... of them has the probability n1! n2! ... / (n1 + n2 + ...)!. Where tasks block or take different
/// paths it is only near to that.
///
/// Where it deviates from the paper:
/// - An object can be selected if two actors or more access it and one of them writes; how likely it is
///   selected is proportional to the number of accesses, as in the authors' implementation. The release of a
///   lock is no access: the order of acquisitions says everything.
/// - Objects and tasks are known by their numbers, which follow the order of creation. Only the first 4,096
///   objects that are seen can be selected.
/// - Events (timers, arrivals, signals) are actors as tasks are. What an actor starts counts as its own until
///   it has started it: the task that an arrival makes runnable, the timer that a task arms.
/// - Who yields in a retry loop gets a priority below all others three times in four, and is waited for until
///   it yields again. Whoever could have stepped but was passed over at 1,000 to 2,000 choices gets a new
///   priority. When others have been parked for 1,000 choices, the first of them that comes to it goes ahead.
class surw final : public strategy {
public:
    void begin(std::uint64_t seed) override;
    void appear(actor a) override;
    actor pick(const situation& where) override;
    std::uint32_t choose(std::uint32_t n) override {
        return random_.below(n);
    }
    void end(const execution_size& size) override;
    bool follows() const override {
        return true;
    }
    void followed(actor next, const operation* pending) override;

private:
    static constexpr std::size_t objects_max = 4'096;
    /// Counts are means, so they are kept in sixteenths.
    static constexpr std::uint32_t one_step = 16;

    struct accesses {
        std::uint32_t object = 0;
        std::array<std::uint32_t, actors_max> by{};
        bool written = false;
    };
    struct candidate {
        std::size_t number;  ///< in objects_
        std::uint64_t share;
    };

    static constexpr std::uint64_t learning_executions = 65'536;

    bool learns() const {
        return executions_ < learning_executions;
    }
    static bool is_access(const operation& op) {
        return op.object != 0 && op.mode != access::none && op.kind != op_kind::unlock;
    }
    bool is_selected(const operation& op) const {
        return op.object == selected_ && is_access(op);
    }
    void learn(actor who, const operation& what);
    void find_candidates();
    void select();
    void estimate();
    actor draw_intended(const actor_set& among, const operation* pending);
    actor park(const actor_set& free, const operation* pending);
    void wait_for_nobody() {
        intended_ = no_actor;
        parked_ = {};
        waited_ = 0;
    }

    random_source random_;
    lots lots_;

    // What was learnt from earlier executions.
    std::uint64_t executions_ = 0;
    std::vector<accesses> objects_;                           ///< in the order in which they were seen
    std::unordered_map<std::uint32_t, std::size_t> numbers_;  ///< in objects_, by object
    std::vector<candidate> candidates_;
    std::uint32_t shares_ = 0;
    std::array<std::uint32_t, actors_max> appearances_{};
    std::array<actor, actors_max> started_by_{};  ///< who made it appear when it first did
    std::array<actor, actors_max> known_{};       ///< in the order of their first appearances
    std::uint32_t known_size_ = 0;

    // The execution.
    std::uint32_t selected_ = 0;       ///< the object; 0: none
    std::size_t selected_number_ = 0;  ///< of that in objects_
    actor stepping_ = no_actor;
    actor intended_ = no_actor;  ///< who makes the next selected step
    actor_set parked_;           ///< who waits for that
    std::uint32_t waited_ = 0;   ///< how many choices they have
    bool impatient_ = false;     ///< whoever comes first makes the next selected step
    /// Selected steps that one appearance of an actor makes, with all that it starts.
    std::array<std::uint32_t, actors_max> expected_{};
    /// What is left of that, by what has been seen.
    std::array<std::uint32_t, actors_max> left_{};
};

}  // namespace tenthrule
