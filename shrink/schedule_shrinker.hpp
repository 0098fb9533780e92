#pragma once

/// Makes the schedule of one case simpler: the best execution so far, and ways to try others. Passes (see
/// passes/) decide what to try.

#include <memory>

#include "shrink/attempts.hpp"
#include "shrink/followers.hpp"

namespace tenthrule::shrinking {

/// Thread safety: none.
class schedule_shrinker {
public:
    /// `start` has the failure; `recorded` is its trace, with places.
    schedule_shrinker(attempts& lab, candidate start, trace recorded);

    const candidate& best() const {
        return best_;
    }
    /// Of the best execution, with places.
    const trace& best_trace() const {
        return trace_;
    }
    attempts& lab() const {
        return lab_;
    }
    /// How often the best execution was replaced.
    std::uint64_t successes() const {
        return successes_;
    }

    // Each of these executes a plan, unless it was tried before or the budget is used up. True if the
    // execution had the failure and was simpler than the best one, which it then replaces.

    bool try_numbers(const schedule& plan, by_number::misfit rule = by_number::misfit::dropped);
    bool try_places(const anchored_schedule& plan, by_place::counting how);
    bool try_turns(const turn_list& plan);

    /// The same part of the best schedule by all means that there are. `keep[i]`: deviation i stays.
    bool try_part(const std::vector<bool>& keep);

    /// Replaces the best execution if `other` is simpler; `recorded` is its trace, with places.
    bool adopt(candidate other, trace recorded);

private:
    bool attempt(follower& how, std::uint64_t plan_hash);

    attempts& lab_;
    candidate best_;
    trace trace_;
    std::uint64_t successes_ = 0;
    by_number by_number_;
    by_place by_place_;
    by_turn by_turn_;
};

}  // namespace tenthrule::shrinking
