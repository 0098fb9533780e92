#pragma once

/// Which kinds of lock are taken while which others are held. A cycle among kinds is a deadlock
/// waiting for its schedule, found without having to meet that schedule.

#include <array>
#include <bit>
#include <cstdint>

namespace tenthrule {

/// A kind of lock. `id` is unique in the program, 0..63.
struct lock_class {
    std::uint8_t id;
    const char* name;
};

class lock_order {
public:
    void reset() {
        std::uint64_t seen = seen_;
        while (seen != 0) {
            after_[static_cast<unsigned>(std::countr_zero(seen))] = 0;
            seen &= seen - 1;
        }
        seen_ = 0;
    }

    /// `inner` is taken while `outer` is held. False if `outer` has been taken, directly or not, while
    /// `inner` was held.
    bool add(const lock_class& outer, const lock_class& inner) {
        const std::uint64_t bit = std::uint64_t{1} << inner.id;
        if ((after_[outer.id] & bit) != 0) {
            return true;
        }
        after_[outer.id] |= bit;
        seen_ |= std::uint64_t{1} << outer.id;
        return !reaches(inner.id, outer.id);
    }

private:
    bool reaches(unsigned from, unsigned to) const {
        std::uint64_t visited = 0;
        std::uint64_t frontier = std::uint64_t{1} << from;
        while (frontier != 0) {
            const auto at = static_cast<unsigned>(std::countr_zero(frontier));
            if (at == to) {
                return true;
            }
            visited |= std::uint64_t{1} << at;
            frontier = (frontier | after_[at]) & ~visited;
        }
        return false;
    }

    std::array<std::uint64_t, 64> after_{};
    std::uint64_t seen_ = 0;
};

}  // namespace tenthrule
