#pragma once

/// Which operations followed which in an execution.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/footprint.hpp"
#include "runtime/types.hpp"

namespace tenthrule {

/// Thread safety: none.
class operation_pairs {
public:
    /// A new execution.
    void begin();

    /// `who` does `operation`, a number that is the same whenever it does the same, and has touched these
    /// places. `pairs` gets a hash of (operation of a step, place, this operation) for the last dependent
    /// steps of other actors before this one.
    void step(actor who, std::uint64_t operation, std::span<const touch> touched,
              std::vector<std::uint64_t>& pairs);

private:
    struct earlier {
        actor who = no_actor;
        std::uint64_t operation = 0;
    };
    struct place {
        std::uint32_t execution = 0;  ///< in which the rest was written
        std::uint32_t readers_count = 0;
        earlier writer;
        std::array<earlier, 4> readers;  ///< the latest since the last write
    };

    place& at(place_number where);

    std::uint32_t execution_ = 0;
    std::vector<place> places_;
};

}  // namespace tenthrule
