#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "runtime/footprint.hpp"
#include "runtime/strategy.hpp"
#include "scheduler/happens_before.hpp"
#include "scheduler/lock_requests.hpp"
#include "scheduler/schedule_bound.hpp"

namespace tenthrule {

/// An actor whose next step has been explored from here, and what that step touches: until something else
/// touches that as well, exploring it again would show nothing new.
struct sleeper {
    actor who = no_actor;
    std::vector<touch> touched;
};

/// All schedules that begin with certain decisions, to be explored on its own.
struct subtree {
    std::vector<std::uint8_t> decisions;
    std::vector<sleeper> sleep;  ///< where they lead to
};

/// `dpor`: at least one schedule of every class of schedules that differ only in the order of independent
/// steps (a Mazurkiewicz trace), and hardly more. Dynamic partial-order reduction with source sets and sleep
/// sets: Abdulla, Aronis, Jonsson and Sagonas, "Optimal Dynamic Partial Order Reduction", POPL 2014,
/// algorithm 1. What dependent means is said in dependence.hpp. Needs no seed; the first execution is the
/// default one.
///
/// Depth first over one execution at a time. Where two steps race, some step that would let the second come
/// first is added to what is tried at the first. Memory grows with the length of executions, not with their
/// number. Of an execution that shares its beginning with the one before only the rest is looked at.
///
/// Where it deviates from the paper:
/// - Steps may make others unable to step, which the paper excludes: a step that does gets, at its place,
///   those that it stops as alternatives. That is enough, because every step of an actor depends on
///   whatever makes it able or unable to step. The end of an execution at a violation stops everybody.
/// - A lock that was given back is taken only after that: what can be the other way round is who takes it
/// first.
/// - Whoever comes to a spinlock that somebody has begins to spin, and what comes of that is mostly what
/// comes of coming later. So who would spin is tried last, and a step that got its lock is tried earlier,
/// when it would have had to spin, only where somebody could have noticed: see lock_requests.hpp. Where
/// nobody else steps by himself it is no worse than the others, for a rule may look at the tasks at rest.
/// - choose() gives a step several outcomes. All of them are explored; asleep an actor touches what any of
///   them touched.
/// - What is added for a race is asleep there if possible: then there is nothing to add. But a step that
/// comes before what it raced with may touch more than it did (it gets a lock for which it had to wait, and
/// goes on from there). So if its actor sleeps there, on something that it did not touch here, that does not
/// count.
/// - An actor in a retry loop that has gone round once with nobody stepping meanwhile waits until somebody
///   has, as execution::retry promises that nothing else would help it. Where this keeps somebody from
///   stepping, all others are tried, for the reduction knows nothing of it; whoever waits is not.
///
/// Within a bound on what schedules may cost, that is not enough: the schedule of a class that is explored
/// may be dearer than one that is left out. (Coons, Musuvathi and McKinley, "Bounded Partial-Order
/// Reduction", OOPSLA 2013, say how it goes wrong and add alternatives where a run of steps of one thread
/// begins; what follows needs no such points.) There:
/// - Where going on is free and settled (see execution::settled) others are tried only if the step of whoever
///   goes on races with a later one, stops somebody or ends the execution; then all of them. If it does none
///   of that, a schedule in which others step before it costs at least as much as the equivalent one in which
///   it comes first: it is left for one switch in both, and coming back to it is never cheaper than not.
/// - For the same reason it sleeps while the others are tried, until something touches what it touches.
/// - Everywhere else, and where whoever goes on circles in a retry loop or another search has taken a part,
///   everybody is tried, and nobody falls asleep.
///
/// Executions in which a fair continuation begins are cut: what lies behind is not explored (see
/// run_statistics::fair).
class dpor final : public strategy {
public:
    dpor() = default;
    /// Explores that subtree only, of schedules that cost no more than that.
    explicit dpor(subtree of, const schedule_bound& most = {});
    /// Explores nothing behind the first so many decisions of an execution: it finds the subtrees there.
    struct frontier {
        std::uint32_t decisions = 1;
    };
    explicit dpor(frontier where, const schedule_bound& most = {});

    void begin(std::uint64_t seed) override;
    actor pick(const situation& where) override;
    std::uint32_t choose(std::uint32_t n) override;
    void end(const execution_size& size) override;
    bool more() const override {
        return !done_;
    }
    bool watches() const override {
        return true;
    }
    footprint* recording() override {
        return recording_ ? &touched_ : nullptr;
    }
    void stepped(const actor_set& enabled) override;
    bool forced(actor next) override;
    void cut() override;
    void never_done(actor a, const operation& op) override;
    bool redundant() const override {
        return redundant_;
    }

    /// Whether some schedule may have been left out because of the bound: if not, there are no others.
    bool left_out() const {
        return left_out_;
    }

    /// Where the search is between two executions, in numbers that mean something to `restore` only.
    void save(std::vector<std::uint64_t>& to) const;
    /// Goes on from there. False if these are no numbers that `save` has written; the object is then of no
    /// use. REQUIRES: no execution yet, and the same program.
    bool restore(std::span<const std::uint64_t> from);
    /// The share of the search that is done, between 0 and 1, if what is not explored yet is like what is
    /// (Knuth, "Estimating the Efficiency of Backtrack Programs", Mathematics of Computation 1975).
    /// Alternatives that have yet to be found out are not counted, so it may fall.
    double progress() const;
    /// What a frontier has found.
    std::vector<subtree>& subtrees() {
        return subtrees_;
    }

private:
    /// What a sleeper is while it sleeps: its touches stay where they were recorded, in a step before or at
    /// the root.
    struct sleeping {
        actor who = no_actor;
        std::span<const touch> touched;
    };
    struct outcome {
        std::uint32_t values;  ///< the n of choose(n)
        std::uint32_t taken;   ///< those before are done
        std::uint32_t decision;
        std::size_t touches;  ///< of the step so far
    };
    struct step {
        actor who = no_actor;
        actor_set enabled;
        actor_set possible;  ///< those of them that may be tried
        actor_set tried;     ///< to be tried, being tried, and done
        actor_set done;      ///< those of them that are done
        actor_set asleep;    ///< the actors in `sleep`
        bool is_choice = false;
        bool excludes = false;          ///< the bound is why not all that are enabled are possible
        actor goes_on = no_actor;       ///< within a bound: who can be left for a switch only
        std::uint32_t decision = 0;     ///< its number, if it is a choice
        std::string_view retry;         ///< the retry loop at whose end it led; empty: at none's
        std::vector<sleeping> sleep;    ///< before anything was tried here
        std::vector<sleeper> explored;  ///< those in `done`
        std::vector<outcome> outcomes;  ///< of the choose() calls in it
        std::vector<touch> touched;     ///< with other outcomes
    };
    struct decision {
        std::uint8_t value = 0;
        actor_set enabled;  ///< empty for a choose()
    };

    step& open(actor who, const actor_set& enabled);
    void close(const actor_set& enabled);
    void find_sleepers();
    void try_all(step& s);
    void reverse(std::uint32_t first, std::uint32_t second, bool asks_only);
    std::uint32_t what_to_reverse(std::uint32_t first, std::uint32_t second) const;
    bool made_possible(std::uint32_t first, std::uint32_t second) const;
    actor_set initials(std::uint32_t first, std::uint32_t second, bool asks_only) const;
    bool goes_in_circles(const situation& where);
    actor_set asking_in_vain(const situation& where, const actor_set& among) const;
    bool slept_alike(const step& s, std::uint32_t second) const;
    void add_what_came_too_late();
    void reverse_what_is_never_done();
    void backtrack();
    bool next_outcome(step& s);
    bool next_actor(step& s);
    actor give_up();

    bool is_free(std::uint32_t number) const {
        return number >= frozen_;
    }

    subtree root_;
    schedule_bound most_;
    bool bounded_ = false;  ///< most_ is a restriction
    bool left_out_ = false;
    std::uint32_t split_ = 0;  ///< frontier: how many decisions
    std::vector<subtree> subtrees_;

    std::vector<decision> decisions_;
    std::size_t position_ = 0;
    std::size_t restored_ = 0;  ///< how many decisions were restored
    std::vector<step> steps_;   ///< those from size_ on are kept for their memory
    std::uint32_t size_ = 0;
    std::uint32_t frozen_ = 0;  ///< steps that are not ours to change
    happens_before order_;
    footprint touched_;
    lock_requests requests_;
    struct waiting {
        actor who;
        place_number object;
    };
    std::vector<waiting> never_done_;  ///< at the end of an execution: for what somebody waits in vain
    std::vector<sleeping> sleep_;      ///< where the execution is
    std::vector<std::vector<sleeper>> restored_sleepers_;
    actor_set asleep_;
    actor_set enabled_;
    bool begun_ = false;  ///< there has been an execution
    bool recording_ = false;
    bool open_ = false;
    bool cut_ = false;
    bool redundant_ = false;
    bool done_ = false;
};

}  // namespace tenthrule
