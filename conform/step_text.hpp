#pragma once

/// A step as names and texts: what recordings and sequence files have in common.

#include <string>
#include <string_view>
#include <vector>

#include "conform/sequence.hpp"
#include "scenarios/diagnostics.hpp"

namespace tenthrule::conform {

struct field {
    std::string name;
    std::string text;
    scenarios::place at;
};

/// The names that a step may mention.
struct vocabulary {
    std::vector<std::string> threads;
    std::vector<std::string> words;
};

/// Letters, digits, '_' and '-', no digit first, and nothing that values and places give to something else.
bool is_usable_name(std::string_view name);

/// The step that the fields describe, or nothing and at least one error in `problems`. `at`: where the step
/// begins. Defaults of what is left out are those of `step`.
std::optional<step> read_step(const std::vector<field>& fields, const vocabulary& names, scenarios::place at,
                              scenarios::diagnostics& problems);

/// Without what has its default.
std::vector<field> to_fields(const step& s, const vocabulary& names);

vocabulary vocabulary_of(const sequence& s);
std::string to_string(const address& a, const vocabulary& names);

/// One line: "A lock_pi f timeout=far".
std::string to_string(const step& s, const vocabulary& names);

}  // namespace tenthrule::conform
