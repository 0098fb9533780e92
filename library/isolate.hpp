#pragma once

/// A search in a process of its own: what takes that process down is a finding.

#include <atomic>
#include <cstdint>
#include <functional>

#include "library/explore.hpp"
#include "runtime/schedule.hpp"
#include "runtime/strategy.hpp"

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
class journalling final : public strategy {
public:
    /// Both must outlive it.
    journalling(strategy& inner, journal& to) : inner_(inner), to_(to) {}

    void begin(std::uint64_t seed) override;
    void appear(actor a) override {
        inner_.appear(a);
    }
    actor pick(const situation& where) override;
    std::uint32_t choose(std::uint32_t n) override;
    void end(const execution_size& size) override {
        inner_.end(size);
    }
    bool more() const override {
        return inner_.more();
    }
    bool watches() const override {
        return inner_.watches();
    }
    footprint* recording() override {
        return inner_.recording();
    }
    void stepped(const actor_set& enabled) override {
        inner_.stepped(enabled);
    }
    bool forced(actor next) override {
        return inner_.forced(next);
    }
    void cut() override {
        inner_.cut();
    }
    bool redundant() const override {
        return inner_.redundant();
    }

private:
    void write_down(std::uint8_t value, std::uint8_t standard);

    strategy& inner_;
    journal& to_;
    std::uint32_t choices_ = 0;
};

/// Calls `search` in a process of its own; the journal is the one it is to write. `digest`: that of the test,
/// for tokens.
exploration search_isolated(const std::function<exploration(journal&)>& search,
                            const explore_options& options, std::uint64_t digest);

}  // namespace tenthrule::detail
