#pragma once

/// What the operations of a scenario do to its words, as far as one can tell without running it.

#include <cstdint>
#include <optional>

#include "scenarios/scenario.hpp"

namespace tenthrule::scenarios {

/// The kind of word that an operation's argument is meant for; nothing if any will do.
std::optional<kernel::word_kind> wanted_kind(kernel::op_code op, kernel::argument a);

/// Some step that is not dropped, or a condition of it, uses the word.
bool is_used(const scenario& s, std::uint8_t word);

/// Whether `t` could own the PI word after the first `steps` of its steps.
bool may_own(const scenario& s, unsigned t, unsigned steps, std::uint8_t word);

/// False if all executions are the same: no events, no absent pages, and strict priorities on one CPU.
bool leaves_decisions(const scenario& s);

}  // namespace tenthrule::scenarios
