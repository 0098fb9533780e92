#pragma once

/// "Did you mean": the valid name that a mistyped one most likely stands for.

#include <span>
#include <string_view>

namespace tenthrule {

/// The first of `names` with the smallest edit distance to `word`: insertions, deletions, substitutions and
/// swaps of neighbours, upper and lower case being equal. Empty if none is close enough to be meant: at
/// most a third of the longer word may differ, but one mistake is always allowed.
std::string_view nearest(std::string_view word, std::span<const std::string_view> names);

}  // namespace tenthrule
