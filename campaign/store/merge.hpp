#pragma once

/// Joins the stores of several machines.

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/store/campaign_store.hpp"

namespace tenthrule {

/// Whether executions of one subject are in both stores.
enum class in_common : std::uint8_t { none, some };
/// Coverage of both, as worker/coverage serialises it. Either may be empty.
using coverage_union = std::function<std::string(std::string_view, std::string_view, in_common)>;

struct merge_report {
    std::uint64_t executions_added = 0;
    std::uint64_t executions_counted_already = 0;  ///< the same executions of the same arm were in both
    /// Executions of arms whose ranges overlap only in part: they cannot be told apart, so of such an arm
    /// only the side with more executions counts, and these are the other side's own. Zero in usual
    /// campaigns.
    std::uint64_t executions_left_out = 0;
    std::size_t findings_added = 0;
    std::size_t reproducers_improved = 0;
    std::vector<std::string> notes;  ///< in words, for people
};

/// Adds what `from` has to `into`, in one transaction. An execution is told by scenario, kernel, variation,
/// strategy, seed and number: one that both have counts once, so merging twice, or in a circle, adds nothing.
/// Findings of one identity in one scenario become one, with the smaller reproducer. Sessions of both count;
/// workers and the growth curve of `into` stay; the canary counts as found if either found it. Throws
/// store_error.
merge_report merge(campaign_store& into, const campaign_store& from, const coverage_union& unite);

}  // namespace tenthrule
