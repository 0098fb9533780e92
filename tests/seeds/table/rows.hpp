#pragma once

/// The bugs that the search finds again by itself: a row for each scenario, kernel and consequence. The test
/// of the rows and the program behind `./dev seeds` both measure what stands here.
///
/// To add one: a scenario in scenarios/seeds, a row in rows.cpp, then `./dev seeds`, which measures all rows
/// and writes docs/seeds/table.md.

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenthrule::seeds {

/// The first empty one ends the list.
struct name_list {
    std::array<std::string_view, 16> names{};

    std::vector<std::string> all() const;
};

/// What shrinking must at least reach.
struct size_at_most {
    static constexpr std::uint32_t any = std::numeric_limits<std::uint32_t>::max();

    std::uint32_t tasks = any;
    std::uint32_t steps = any;
    std::uint32_t preemptions = any;
    std::uint32_t interleavings = any;
    std::uint32_t events = any;
};

struct row {
    std::string_view scenario{};  ///< file in scenarios/seeds, without ".toml"
    std::string_view searched{};  ///< the kernel that has the bug: "v5.15 without 9f5d1c336a10"
    /// Besides those that the scenario switches off. None: the earliest broken invariant is what is found;
    /// else what becomes of it.
    name_list rules_off{};
    name_list breaks{};        ///< each violation that is met is of one of these rules
    std::string_view says{};   ///< and its message contains this
    std::string_view cured{};  ///< the kernel that has it not: clean, with all rules of the scenario
    std::uint64_t within = 0;  ///< found in so many schedules, with at least 95 of 100 seeds
    size_at_most shrunk{};
};

std::span<const row> rows();

}  // namespace tenthrule::seeds
