#pragma once

/// Sets of executions as ranges: ascending, neither touching nor overlapping. Only the store uses this.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/store/records.hpp"

namespace tenthrule::ranges {

using range_list = std::vector<execution_range>;

/// Adds one. False, and nothing is changed: some of it is there already, or it ends beyond 2^63.
bool add(range_list& to, execution_range more);

std::uint64_t size(const range_list& of);

/// How many executions are in both.
std::uint64_t common(const range_list& a, const range_list& b);

/// "0+500 700+100".
std::string to_text(const range_list& of);
/// Nothing if it is no such text.
std::optional<range_list> from_text(std::string_view text);

}  // namespace tenthrule::ranges
