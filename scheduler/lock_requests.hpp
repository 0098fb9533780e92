#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/footprint.hpp"
#include "scheduler/happens_before.hpp"

namespace tenthrule {

/// Whether somebody had the lock with that number when the last step was over, as far as it can be told from
/// the order: one that was handed over is nobody's until its new holder steps.
bool is_held(const happens_before& order, std::uint32_t lock);

/// Where it matters that a spinlock is asked for early.
///
/// A step that comes to a spinlock is two things: it asks for it (no preemption from then on, perhaps no
/// interrupts, and a place in the queue), and it gets it. It gets it after whoever gives it back; but it may
/// ask before, and spin. Others notice that only if a step of theirs depends on the asking itself: it takes
/// away the CPU of whoever asks, looks at whether that one can be preempted, tries the lock, or asks for it
/// and spins, too. If there is none, asking before and after the lock is given back lead to the same state.
///
/// Thread safety: none.
class lock_requests {
public:
    /// If the step asked for a spinlock: the numbers of the steps of others that would notice if its actor
    /// had asked before them, as it could have for all that its own step before depends on. And before each
    /// of them that of the step by which the lock was last given back: asked for before that, it would have
    /// been handed over, and be held when it is noticed. The same number may be there twice. Valid until the
    /// next call.
    std::span<const std::uint32_t> noticed(const happens_before& order, std::uint32_t step);

private:
    bool asks(std::span<const touch> touched);
    bool notices(std::span<const touch> touched, actor who) const;

    footprint request_;       ///< what asking touches, but for the lock
    place_number taken_ = 0;  ///< of the lock
    std::vector<std::uint32_t> noticed_;
};

}  // namespace tenthrule
