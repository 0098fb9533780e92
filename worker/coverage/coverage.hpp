#pragma once

/// What executions of one subject have shown, in at most 32 KiB whatever their number. Sets of executions
/// that were looked at in different places can be joined.
///
/// - classes: how many different happens-before orders there were (see watched.hpp), by HyperLogLog and
///   by a sample that tells how often each was seen;
/// - pairs: which operations of one actor came right before which dependent ones of another, in a table of
///   two-bit counts by hash;
/// - states: which of the program's states were reached (execution::state_seen).
///
/// Classes and pairs are only looked for in one execution of `watch_interval`, for looking costs time; states
/// in all of them.
///
/// Thread safety: none.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/execution.hpp"
#include "worker/coverage/class_sample.hpp"
#include "worker/distinct_counter.hpp"

namespace tenthrule {

class coverage {
public:
    /// Of the executions of a search, those whose index is a multiple of it are watched.
    static constexpr std::uint64_t watch_interval = 256;
    static constexpr std::size_t pair_cells = 8192;

    struct figures {
        std::uint64_t watched = 0;  ///< executions in which classes and pairs were looked for
        std::uint64_t classes = 0;  ///< seen, estimated
        std::uint64_t pairs = 0;    ///< seen, estimated
        std::uint64_t states = 0;
        unseen_estimate unseen;
    };

    /// An execution was watched.
    void add(std::uint64_t class_hash, const std::vector<std::uint64_t>& pairs);
    void add_states(const execution::state_set& states);

    /// What merging `other` would add to this.
    struct news {
        std::uint64_t classes = 0;  ///< estimated
        std::uint64_t pairs = 0;
        std::uint64_t states = 0;
    };
    /// As if what `other` has seen had been seen here as well.
    news merge(const coverage& other);
    /// The same, where some executions were watched on both sides, and it is not known which: see
    /// class_sample::merge_overlapping.
    void merge_overlapping(const coverage& other);

    figures now() const;
    const execution::state_set& states() const {
        return states_;
    }

    /// In bytes that mean the same on every machine; see docs/campaigns.md.
    std::string to_bytes() const;
    /// Nothing if these are no bytes of to_bytes.
    static std::optional<coverage> from_bytes(std::string_view bytes);

    coverage() = default;
    coverage(const coverage& other);
    coverage& operator=(const coverage& other);
    ~coverage() = default;

private:
    std::uint8_t pair(std::size_t cell) const {
        return (pairs_[cell / 4] >> (cell % 4 * 2)) & 3U;
    }
    void set_pair(std::size_t cell, std::uint8_t times);

    std::uint64_t watched_ = 0;
    distinct_counter classes_;
    class_sample sample_;
    std::array<std::uint8_t, pair_cells / 4> pairs_{};
    execution::state_set states_{};
};

}  // namespace tenthrule
