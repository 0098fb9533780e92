#pragma once

/// Structures as short texts in a column: numbers with a space between them. Only the store uses this.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/store/records.hpp"

namespace tenthrule::text_forms {

std::string of_numbers(const std::vector<std::uint32_t>& numbers);
/// Up to the first character that fits no number.
std::vector<std::uint32_t> numbers(std::string_view text);

std::string of_weight(const shrinking::weight& w);
shrinking::weight weight(std::string_view text);

std::string of_size(const reproducer_size& s);
reproducer_size size(std::string_view text);

/// Sixteen hexadecimal digits.
std::string of_digest(std::uint64_t digest);
std::uint64_t digest(std::string_view text);

}  // namespace tenthrule::text_forms
