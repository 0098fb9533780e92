#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "runtime/types.hpp"

namespace tenthrule {

/// Who is about to touch which object, so that nobody need look at everybody to find out.
///
/// What an actor is about to do changes only when it appears and when it steps; `appear` and `step` have to
/// be called each time.
///
/// Thread safety: none.
class about_to_touch {
public:
    about_to_touch() {
        clear();
    }
    void clear() {
        touching_ = {};
        places_.fill(nowhere);
        appeared_ = {};
        last_ = no_actor;
    }
    void appear(actor a) {
        appeared_.insert(a);
    }
    /// `a` is about to do pending[a].
    void step(actor a, const operation* pending) {
        if (last_ != no_actor) {
            update(last_, pending[last_].object);
        }
        for (; !appeared_.empty(); appeared_.erase(appeared_.first())) {
            update(appeared_.first(), pending[appeared_.first()].object);
        }
        last_ = a;
    }
    /// Whose next step was to touch this object when somebody stepped last, and perhaps others: objects can
    /// share a place. REQUIRES: object != 0.
    const actor_set& touching(std::uint32_t object) const {
        return touching_[place_of(object)];
    }

private:
    static constexpr unsigned places_log2 = 6;
    static constexpr std::uint8_t nowhere = 1U << places_log2;

    // The numbers of objects are in arithmetic progressions, which this spreads (Knuth, "The Art of Computer
    // Programming", volume 3, 6.4: Fibonacci hashing).
    static std::uint8_t place_of(std::uint32_t object) {
        return static_cast<std::uint8_t>((object * 0x9e3779b1U) >> (32U - places_log2));
    }

    void update(actor a, std::uint32_t object) {
        const std::uint8_t before = places_[a];
        const std::uint8_t place = object == 0 ? nowhere : place_of(object);
        if (place != before) {
            touching_[before].erase(a);
            touching_[place].insert(a);
            places_[a] = place;
        }
    }

    std::array<actor_set, std::size_t{nowhere} + 1> touching_{};
    std::array<std::uint8_t, actors_max> places_{};
    actor_set appeared_;     ///< since the last step
    actor last_ = no_actor;  ///< who made it
};

}  // namespace tenthrule
