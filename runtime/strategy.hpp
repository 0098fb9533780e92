#pragma once

/// The oracle that decides what an execution leaves open. The engine knows strategies only through
/// this interface; the strategies themselves live in scheduler/.

#include <bit>
#include <cstdint>

#include "runtime/footprint.hpp"
#include "runtime/random.hpp"
#include "runtime/types.hpp"

namespace tenthrule {

/// What a strategy may look at when it picks: who could step now, and what each is about to do.
struct situation {
    actor_set enabled;                   ///< at least two members
    actor current = no_actor;            ///< who ran last; may be no member of `enabled`
    actor fallback = no_actor;           ///< the default: the current one, else the task that ran last,
                                         ///< else the first one
    bool fallback_goes_on = false;       ///< the default is whoever ran last: anything else is a switch away
    bool current_yields = false;         ///< the current actor waits for somebody else in a retry loop
    bool current_retries = false;        ///< likewise, by execution::retry, and nobody counts retries
    std::uint32_t turns = 0;             ///< how often somebody else stepped than the step before
    std::uint32_t choice = 0;            ///< number of this choice point in the execution, from 0
    const operation* pending = nullptr;  ///< indexed by actor; valid for whoever has appeared

    /// The enabled events that have not begun. A callback that has begun is about to do something else.
    std::uint64_t events_to_come() const;
};

inline std::uint64_t situation::events_to_come() const {
    std::uint64_t to_come = 0;
    for (std::uint64_t set = enabled.events; set != 0; set &= set - 1) {
        const auto i = static_cast<unsigned>(std::countr_zero(set));
        const op_kind kind = pending[first_event + i].kind;
        if (kind == op_kind::fire || kind == op_kind::arrive || kind == op_kind::signal) {
            to_come |= std::uint64_t{1} << i;
        }
    }
    return to_come;
}

/// Sizes of a finished execution, for strategies that learn from one execution to the next.
struct execution_size {
    std::uint32_t points = 0;   ///< scheduling points
    std::uint32_t choices = 0;  ///< those of them with at least two enabled actors
};

/// Thread safety: an object belongs to one execution at a time.
/// A strategy must be a function of its seed, of the situations it was shown and of the executions it
/// has seen before: nothing else, or schedules could not be searched reproducibly.
class strategy {
public:
    strategy() = default;
    strategy(const strategy&) = delete;
    strategy& operator=(const strategy&) = delete;
    virtual ~strategy() = default;

    /// A new execution begins. `seed` is the execution's own (see execution_seed).
    virtual void begin(std::uint64_t seed) = 0;

    /// `a` exists from now on: a task, or an event that was armed. An event's number can appear again
    /// after it happened; it is then a new event.
    virtual void appear(actor /*a*/) {}

    /// Who steps next. Called only when at least two are enabled. Must return a member of
    /// `where.enabled`; `no_actor` ends the execution with the verdict `diverged` (for replaying), or
    /// `redundant` if `redundant()` says so.
    virtual actor pick(const situation& where) = 0;

    /// Null, or where `pick` draws from: it then gives draw_one(where.enabled) of it and does nothing
    /// besides, so that it need not be asked for that. Asked after `begin`, for the whole execution.
    virtual random_source* draws_from() {
        return nullptr;
    }

    /// The first choice at which `pick` may answer otherwise than it just did, as long as the same are
    /// enabled, whom it chose is the current one, and that one does not yield: so long it need not be asked.
    /// Asked after each `pick`.
    std::uint32_t settled_until() const {
        return settled_until_;
    }

    /// A value in [0, n), n >= 2, for any other nondeterminism; 0 is the default.
    virtual std::uint32_t choose(std::uint32_t n) = 0;

    virtual void end(const execution_size& /*size*/) {}

    /// False when every schedule has been explored, so that another execution would be a repetition.
    virtual bool more() const {
        return true;
    }

    // ---- For strategies that count steps, also those without a choice

    /// Whether `followed` is to be called in this execution. Asked after `begin`.
    virtual bool follows() const {
        return false;
    }
    /// `next` is about to do pending[next], and nobody was asked.
    virtual void followed(actor /*next*/, const operation* /*pending*/) {}

    // ---- For strategies that look at what steps touch: see footprint.hpp

    /// Whether anything of the following is to be called in this execution.
    virtual bool watches() const {
        return false;
    }
    /// Where to record what the step that begins, or goes on after a choose(), touches; null: nowhere, and as
    /// long as it is null nothing of the following is called. Asked at the beginning of an execution and, as
    /// long as it is null, after each choice. Stays valid to the end of the execution.
    virtual footprint* recording() {
        return nullptr;
    }
    /// The step that was recorded is over, and these can step now. Called before the first step, too.
    virtual void stepped(const actor_set& /*enabled*/) {}
    /// `next` steps without a choice. False ends the execution with the verdict `redundant`.
    virtual bool forced(actor /*next*/) {
        return true;
    }
    /// From here on the execution goes on without choices, or with ones that are not to be explored: a fair
    /// continuation has begun.
    virtual void cut() {}
    /// The execution is over, and `a` still waits at a point until it can do `op`. Called before `end`, for
    /// all of them.
    virtual void never_done(actor /*a*/, const operation& /*op*/) {}
    /// What no_actor from `pick` means.
    virtual bool redundant() const {
        return false;
    }

protected:
    std::uint32_t settled_until_ = 0;
};

}  // namespace tenthrule
