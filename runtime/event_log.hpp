#pragma once

/// The full record of one execution: made only when asked for, because it costs far more than the
/// execution itself.

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/types.hpp"

namespace tenthrule {

/// How control came to the actor of a logged event.
enum class arrival_kind : std::uint8_t {
    stayed,       ///< it ran before, too
    handed_over,  ///< the one before could not go on (or was displaced by a woken, more urgent task)
    interleaved,  ///< another CPU steps meanwhile; nobody lost a CPU
    preempted,    ///< it took the CPU from a task that could have gone on
    external,     ///< an event: timer, arrival, signal
};

struct event {
    std::uint32_t point = 0;  ///< scheduling point at which it happened, from 1; 0: before the first
    actor who = no_actor;
    std::int16_t cpu = -1;  ///< -1: none
    arrival_kind came = arrival_kind::stayed;
    bool deviates = false;  ///< the choice that led here was not the default
    bool story = false;     ///< worth a line in a chart meant for people
    op_kind kind = op_kind::start;
    std::string label;   ///< the operation's object or place, in words
    std::string detail;  ///< what it did: values, results
    std::string state;   ///< the program's state after it, if the program describes it
    bool fair = false;   ///< of a fair continuation: no schedule decided it
};

/// 64 bits over every field of every event: equal digests mean equal executions, event for event.
std::uint64_t digest(const std::vector<event>& log);

/// Four bits for each scheduling point (at most `points_max`), over actor, kind and label: what a token
/// carries so that a replay can tell at which step it went another way.
std::vector<std::uint8_t> fingerprint(const std::vector<event>& log, std::size_t points_max);

}  // namespace tenthrule
