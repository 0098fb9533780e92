#pragma once

/// Which steps of different actors may not be swapped without being noticed: the one definition that every
/// reduction of the search rests on.
///
/// Two steps are dependent if both touch one place (see runtime/footprint.hpp) and at least one of them
/// writes it. That is all. What makes it enough is what counts as touching:
///
/// - Memory: every access, with a scheduling point of its own or without, and every look of a rule.
/// - Being able to step: every step reads its actor's standing. A step that makes another actor able to step,
///   or unable to, writes that one's standing, whatever brought it about: a wake-up, a hand-over, a CPU
///   given or taken, an interrupt, a priority. This is seen by comparing who could step before and after.
/// - What decides that in combination: the queues for CPUs, the set of armed timers, what is on top of a CPU.
///   Steps that change those write them even if, as things stood, nobody became able or unable to step.
///
/// So if two adjacent steps are independent, neither can make the other impossible or different, and swapping
/// them leads to the same state.

#include <span>

#include "runtime/footprint.hpp"

namespace tenthrule {

/// Whether a step that touched these depends on the one that is being recorded.
inline bool dependent(std::span<const touch> touched, const footprint& recorded) {
    for (const touch& t : touched) {
        const access other = recorded.access_to(t.where);
        if (other == access::write || (other == access::read && t.writes)) {
            return true;
        }
    }
    return false;
}

}  // namespace tenthrule
