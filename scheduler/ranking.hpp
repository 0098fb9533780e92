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
/// them is asked about. From one choice to the next hardly anything does, so that looking among 64 costs
/// little more than among eight.
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
        best_[a / block] = no_actor;
    }
    /// Of equals the first one. REQUIRES: not empty.
    actor highest(const actor_set& set) {
        if (set.events == 0 && set.tasks <= block_bits) [[likely]] {
            return highest_in_block(detail::low_word(set.tasks), 0);
        }
        actor best = no_actor;
        consider(detail::low_word(set.tasks), detail::low_word(known_.tasks), 0, best);
        if constexpr (tasks_max > 64) {
            consider(detail::high_word(set.tasks), detail::high_word(known_.tasks), task_actor(64), best);
        }
        consider(set.events, known_.events, first_event, best);
        known_ = set;
        return best;
    }

private:
    static constexpr unsigned block = 8;  ///< so many neighbours
    static constexpr std::uint64_t block_bits = 0xff;

    // REQUIRES: members != 0.
    actor highest_in_block(std::uint64_t members, unsigned base) const {
        auto best = static_cast<actor>(base + static_cast<unsigned>(std::countr_zero(members)));
        for (members &= members - 1; members != 0; members &= members - 1) {
            const auto a = static_cast<actor>(base + static_cast<unsigned>(std::countr_zero(members)));
            best = numbers_[a] > numbers_[best] ? a : best;
        }
        return best;
    }

    void consider(std::uint64_t members, std::uint64_t known, unsigned base, actor& best) {
        for (; members != 0; members >>= block, known >>= block, base += block) {
            const std::uint64_t here = members & block_bits;
            if (here == 0) {
                continue;
            }
            actor& among = best_[base / block];
            if (among == no_actor || here != (known & block_bits)) {
                among = highest_in_block(here, base);
            }
            best = best == no_actor || numbers_[among] > numbers_[best] ? among : best;
        }
    }

    std::array<Number, actors_max> numbers_{};
    actor_set known_;  ///< who was asked about last
    /// Who of those has the highest number, block by block. no_actor: a number has changed.
    std::array<actor, (actors_max) / block> best_{};
};

}  // namespace tenthrule
