#pragma once

/// Every key of a campaign's file. The loader obeys this table; docs/campaign-files.md and
/// campaign.schema.json are tested against it.

#include <cstdint>
#include <span>
#include <string_view>

namespace tenthrule::plan_format {

enum class section : std::uint8_t { campaign, strategy, budget, limits, swarm, report };

struct key_info {
    section in;
    std::string_view name;
    std::string_view type;       ///< in words
    std::string_view otherwise;  ///< what holds if it is left out; "required" if it cannot be
    std::string_view about;
};

std::span<const key_info> all_keys();
/// "the campaign", "[budget]", "[[strategy]]".
std::string_view title(section s);
/// nullptr if the section has no such key.
const key_info* find_key(section s, std::string_view name);

inline constexpr unsigned workers_max = 1'024;
inline constexpr unsigned variations_max = 1'000;
inline constexpr double shrink_share_max = 0.9;
inline constexpr double share_max = 1'000;

}  // namespace tenthrule::plan_format
