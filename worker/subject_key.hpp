#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tenthrule {

/// What a campaign tests: a scenario on one kernel in one variation, or a test of a program. By what the
/// store needs to make it again from the scenario's text.
struct subject_key {
    std::string scenario;              ///< name
    std::uint64_t digest = 0;          ///< of the scenario, on any kernel and in any variation
    std::string kernel;                ///< in words: "v4.14", "v5.15 without 9f5d1c336a10, preempt = rt"
    std::string variation;             ///< in words: "2 CPUs, waiter at priority 5"; empty: as written
    std::string selection;             ///< bytes of kernel_selection; empty: a test of a program
    std::vector<std::uint32_t> codes;  ///< of the variation: see scenarios/variation.hpp
    friend bool operator==(const subject_key&, const subject_key&) = default;
};

}  // namespace tenthrule
