#include "shrink/passes/passes.hpp"

namespace tenthrule::shrinking {

namespace {

// Their number grows with the square of that of the deviations, so only near ones are tried when there are
// many.
constexpr std::size_t distance_max = 24;

}  // namespace

void drop_pairs(schedule_shrinker& s) {
    for (std::size_t first = 0; first < s.best().decisions.size(); ++first) {
        for (std::size_t second = first + 1;
             second < s.best().decisions.size() && second <= first + distance_max; ++second) {
            std::vector<bool> keep(s.best().decisions.size(), true);
            keep[first] = false;
            keep[second] = false;
            s.try_part(keep);
            if (s.lab().out_of_budget()) {
                return;
            }
        }
    }
}

}  // namespace tenthrule::shrinking
