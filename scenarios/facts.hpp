#pragma once

/// A scenario as keys and TOML values, without what is left at its default: what a file is written from and
/// what a digest is made of.

#include <string>
#include <vector>

#include "scenarios/scenario.hpp"

namespace tenthrule::scenarios {

struct fact {
    std::string key;
    std::string value;  ///< in TOML
};

/// digest: without names that only people use, and with everything that could change its meaning
/// silently if a default changed.
enum class facts_for : std::uint8_t { file, digest };

std::vector<fact> kernel_facts(const scenario& s);
std::vector<fact> word_facts(const scenario& s, unsigned index);
/// Without its steps.
std::vector<fact> task_facts(const scenario& s, unsigned index, facts_for purpose);
std::vector<fact> step_facts(const scenario& s, unsigned task_index, unsigned step_index, facts_for purpose);
std::vector<fact> signal_facts(const scenario& s, unsigned index, facts_for purpose);

/// What may vary.
std::vector<fact> vary_facts(const scenario& s);

/// A TOML text.
std::string quoted(std::string_view text);
/// A TOML list of texts.
std::string quoted_list(const std::vector<std::string>& texts);

}  // namespace tenthrule::scenarios
