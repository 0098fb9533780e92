#pragma once

/// Strategies by name. One string says which one and how, `name:key=value,key=value`, and means the same in
/// scenarios, on the command line, in stores and in tokens.

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "runtime/strategy.hpp"

namespace tenthrule {

inline constexpr std::string_view default_strategy = "pct:depth=3";

struct strategy_or_error {
    std::unique_ptr<strategy> made;  ///< null if the text was wrong
    std::string canonical;  ///< the shortest complete form: all parameters, in order, in lowest terms
    std::string error;      ///< one line: what is wrong, and what would be right
};

/// A new strategy object. A wrong text is the user's mistake, not a program's: it is answered in words.
strategy_or_error make_strategy(std::string_view text);

/// Equal for equal strategies, however they were written. A text that names no strategy is its own canonical
/// name.
std::string canonical_name(std::string_view text);

/// Whether each execution is planned from all those before it: such a search has no seed and cannot be shared
/// out by the numbers of its executions.
bool is_systematic(std::string_view text);

struct strategy_entry {
    std::string_view name;
    std::string_view syntax;
    std::string_view about;  ///< one sentence
};

/// What make_strategy knows, for lists and help texts.
std::span<const strategy_entry> strategy_table();

}  // namespace tenthrule
