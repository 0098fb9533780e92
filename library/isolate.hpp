#pragma once

/// A search in a process of its own: what takes that process down is a finding.

#include <atomic>
#include <cstdint>
#include <functional>

#include "library/explore.hpp"
#include "runtime/schedule.hpp"
#include "scheduler/forwarding.hpp"

namespace tenthrule::detail {

/// What the searching process writes down as it goes, in memory that the other one reads when it is gone.
struct journal {
    static constexpr std::uint32_t decisions_max = 60'000;
    std::atomic<std::uint64_t> executions;  ///< begun
    std::atomic<bool> searching;            ///< and not confirming or shrinking something
    std::atomic<std::uint32_t> decisions;   ///< of the execution that is going on
    deviation decided[decisions_max];
};

/// Does what another strategy does, and writes it down.
class journalling final : public forwarding_strategy {
public:
    /// Both must outlive it.
    journalling(strategy& inner, journal& to) : forwarding_strategy(inner), to_(to) {}

    void begin(std::uint64_t seed) override;
    actor pick(const situation& where) override;
    std::uint32_t choose(std::uint32_t n) override;

private:
    void write_down(std::uint8_t value, std::uint8_t standard);

    journal& to_;
    std::uint32_t choices_ = 0;
};

/// Calls `search` in a process of its own; the journal is the one it is to write. `digest`: that of the test,
/// for tokens.
exploration search_isolated(const std::function<exploration(journal&)>& search,
                            const explore_options& options, std::uint64_t digest);

}  // namespace tenthrule::detail
