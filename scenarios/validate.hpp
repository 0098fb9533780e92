#pragma once

/// What can be wrong with a scenario whose every part is right by itself: conditions that never hold,
/// tasks that wait for each other to start, CPUs that do not exist. Also run after each reduction.

#include <string>
#include <string_view>
#include <vector>

#include "scenarios/scenario.hpp"

namespace tenthrule::scenarios {

/// A part of a scenario: the key of a task, say.
struct locus {
    enum class part : std::uint8_t { scenario, kernel, machine, word, task, step, signal };

    part of = part::scenario;
    unsigned index = 0;    ///< of the word, task or signal
    unsigned step = 0;     ///< if of == step: its index in task `index`
    std::string_view key;  ///< empty: the part as a whole
};

struct problem {
    severity level = severity::error;
    locus where;
    std::string message;  ///< "what was found; what was expected"
};

/// In the order of the scenario. Without errors among them the scenario can be executed.
std::vector<problem> validate(const scenario& s);

/// No error among them.
bool is_valid(const scenario& s);

}  // namespace tenthrule::scenarios
