#pragma once

#include <array>
#include <cstdint>

#include "runtime/random.hpp"
#include "runtime/types.hpp"
#include "scheduler/ranking.hpp"

namespace tenthrule {

/// A random priority for what each actor is about to do: whoever may step and has the highest steps. The
/// priorities are independent of each other and uniform, but for those of actors that have been sunk.
///
/// Thread safety: none.
class lots {
public:
    /// For so many choices a lot is good.
    static constexpr std::uint32_t choices_max = 1'000;

    void clear() {
        lowest_ = first_drawn;
        choices_left_ = choices_max;
        ++period_;
    }
    void draw(actor a, random_source& random) {
        lots_.set(a, random.next() | first_drawn);
        drawn_in_[a] = period_;
    }
    /// Below whatever has been drawn, and below whoever was sunk before.
    void sink(actor a) {
        lots_.set(a, --lowest_);
    }
    /// For an actor that waits for somebody else in a retry loop: it is sunk, or the one it waits for might
    /// never step. One in four draws instead: below everybody every event would come before it, and what it
    /// does when it tries again may be the interesting part.
    void yield(actor a, random_source& random) {
        if (random.below(4) == 0) {
            draw(a, random);
        } else {
            sink(a);
        }
    }
    /// To be called at each choice. Whoever has been passed over for long draws again: most likely others
    /// wait for it in loops that do not say so.
    void grow_old(const actor_set& enabled, random_source& random) {
        if (--choices_left_ != 0) [[likely]] {
            return;
        }
        choices_left_ = choices_max;
        for (actor_set rest = enabled; !rest.empty(); rest.erase(rest.first())) {
            if (drawn_in_[rest.first()] != period_) {
                draw(rest.first(), random);
            }
        }
        ++period_;
    }
    std::uint64_t operator[](actor a) const {
        return lots_[a];
    }
    /// REQUIRES: not empty; a lot was drawn for each member.
    actor highest(const actor_set& set) {
        return lots_.highest(set);
    }

private:
    static constexpr std::uint64_t first_drawn = std::uint64_t{1} << 63U;

    ranking<std::uint64_t> lots_;
    std::uint64_t lowest_ = first_drawn;
    std::uint32_t choices_left_ = choices_max;  ///< until grow_old looks again
    std::uint64_t period_ = 1;                  ///< from its looking to its looking again
    /// In which period each drew last.
    std::array<std::uint64_t, actors_max> drawn_in_{};
};

}  // namespace tenthrule
