#pragma once

#include <array>
#include <cstdint>

#include "runtime/types.hpp"

namespace tenthrule {

/// Who is about to touch which object, so that nobody need look at everybody to find out.
///
/// What an actor is about to do changes only when it appears and when it steps; it has to be told so each time.
///
/// Thread safety: none.
class about_to_touch {
public:
    void clear() {
        by_object_ = {};
        bucket_ = {};
        changed_ = {};
    }
    /// `a` appeared, or steps: what it is about to do will be something else when somebody next steps.
    void changes(actor a) {
        changed_.insert(a);
    }
    /// To be called before a step.
    void update(const operation* pending) {
        for (; !changed_.empty(); changed_.erase(changed_.first())) {
            const actor a = changed_.first();
            const operation& op = pending[a];
            const std::uint8_t bucket = op.mode == access::none ? 0 : bucket_of(op.object);
            if (bucket != bucket_[a]) {
                by_object_[bucket_[a]].erase(a);
                by_object_[bucket].insert(a);
                bucket_[a] = bucket;
            }
        }
    }
    /// Whoever is about to touch this object, and perhaps others: those of several objects may be together.
    /// REQUIRES: object != 0.
    const actor_set& object(std::uint32_t object) const {
        return by_object_[bucket_of(object)];
    }

private:
    // Objects are numbered one after the other, so those of a small program are apart. The first bucket is for
    // whoever touches none.
    static constexpr std::uint32_t buckets = 65;
    static std::uint8_t bucket_of(std::uint32_t object) {
        return object == 0 ? 0 : static_cast<std::uint8_t>(1 + object % (buckets - 1));
    }

    std::array<actor_set, buckets> by_object_{};
    std::array<std::uint8_t, tasks_max + events_max> bucket_{};
    actor_set changed_;
};

}  // namespace tenthrule
