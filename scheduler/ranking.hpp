#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "runtime/types.hpp"

namespace tenthrule {

/// A number for each actor, and who of a set has the highest one.
///
/// Who has it among each eight neighbours is remembered until one of their numbers changes, or another set of
/// them is asked about. From one choice to the next hardly anything does, so that looking among 64 costs little
/// more than among eight.
///
/// Thread safety: none.
template <typename Number>
class ranking {
public:
    Number operator[](actor a) const {
        return numbers_[a];
    }
    void set(actor a, Number number) {
        numbers_[a] = number;
        (is_task(a) ? tasks_ : events_).forget(a % 64U);
    }
    /// Of equals the lowest-numbered one. REQUIRES: not empty.
    actor highest(const actor_set& set) {
        if (set.events == 0) [[likely]] {
            return highest_of(set.tasks, tasks_, 0);
        }
        const actor event = highest_of(set.events, events_, tasks_max);
        if (set.tasks == 0) {
            return event;
        }
        const actor task = highest_of(set.tasks, tasks_, 0);
        return numbers_[event] > numbers_[task] ? event : task;
    }

private:
    static constexpr std::uint64_t block = 0xff;  ///< neighbours, as the lowest bits of a word

    struct remembered {
        std::uint64_t members = 0;      ///< of the set that was asked about, without blocks that changed since
        std::array<actor, 8> best{};    ///< of these, block by block

        void forget(unsigned bit) {
            members &= ~(block << (bit & ~7U));
        }
    };

    actor highest_in_block(std::uint64_t members, unsigned base) const {
        auto best = static_cast<actor>(base + static_cast<unsigned>(std::countr_zero(members)));
        for (members &= members - 1; members != 0; members &= members - 1) {
            const auto a = static_cast<actor>(base + static_cast<unsigned>(std::countr_zero(members)));
            best = numbers_[a] > numbers_[best] ? a : best;
        }
        return best;
    }

    // REQUIRES: members != 0.
    actor highest_of(std::uint64_t members, remembered& known, unsigned base) const {
        if (members <= block) {
            return highest_in_block(members, base);
        }
        for (std::uint64_t changed = members ^ known.members; changed != 0;) {
            const auto shift = static_cast<unsigned>(std::countr_zero(changed)) & ~7U;
            if (const std::uint64_t here = members & (block << shift); here != 0) {
                known.best[shift / 8] = highest_in_block(here, base);
            }
            changed &= ~(block << shift);
        }
        known.members = members;
        actor best = no_actor;
        for (std::size_t i = 0; members != 0; ++i, members >>= 8U) {
            if ((members & block) == 0) {
                continue;
            }
            const actor a = known.best[i];
            best = best == no_actor || numbers_[a] > numbers_[best] ? a : best;
        }
        return best;
    }

    std::array<Number, tasks_max + events_max> numbers_{};
    remembered tasks_;
    remembered events_;
};

}  // namespace tenthrule
