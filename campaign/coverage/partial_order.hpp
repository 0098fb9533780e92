#pragma once

/// What an execution looks like up to the order of independent steps.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/footprint.hpp"
#include "runtime/types.hpp"

namespace tenthrule {

/// Hashes the happens-before order of an execution (its Mazurkiewicz trace; what dependent means is said in
/// scheduler/dependence.hpp) while its steps come in, in time proportional to what they touch.
///
/// The hash of a step is made of its actor, that one's step before, the values that were chosen in it, and for
/// each place that it touches of the hash of the last step that wrote there and, if it writes itself, of all
/// those that have read since. So it stands for everything that had to come before the step and for nothing
/// else. The hash of the execution is the sum of its steps': the order of independent ones is not in it.
///
/// Thread safety: none.
class partial_order {
public:
    /// A new execution.
    void begin();

    /// `who` does `operation`, a number that is the same whenever it does the same, and has touched these
    /// places. `chosen`: what choose() gave in the step, in one number. `pairs`, if not null, gets a hash of
    /// (operation of a step, this operation) for the last dependent steps of other actors before this one.
    void step(actor who, std::uint64_t operation, std::span<const touch> touched, std::uint64_t chosen,
              std::vector<std::uint64_t>* pairs);

    /// Equal for executions that differ only in the order of independent steps, and, but for accidents, for
    /// no others.
    std::uint64_t hash() const {
        return sum_;
    }

private:
    struct earlier {
        actor who = no_actor;
        std::uint64_t operation = 0;
    };
    struct place {
        std::uint32_t execution = 0;  ///< in which the rest was written
        std::uint32_t readers_count = 0;
        std::uint64_t write = 0;    ///< hash of the last step that wrote
        std::uint64_t readers = 0;  ///< sum of the hashes of those that have read since
        earlier writer;
        std::array<earlier, 4> last_readers;  ///< the latest of them; which ones matters to pairs only
    };

    place& at(place_number where);
    static void add_pairs(const place& p, const touch& t, const earlier& now,
                          std::vector<std::uint64_t>& pairs);

    std::uint64_t sum_ = 0;
    std::uint32_t execution_ = 0;
    std::array<std::uint64_t, tasks_max + events_max> last_{};  ///< by actor: hash of its last step
    std::vector<place> places_;
};

}  // namespace tenthrule
