#include <algorithm>

#include "shrink/passes/passes.hpp"

namespace tenthrule::shrinking {

void drop_deviations(schedule_shrinker& s) {
    for (std::size_t length = s.best().decisions.size(); length > 0; length /= 2) {
        for (std::size_t end = s.best().decisions.size(); end > 0;) {
            const std::size_t begin = end > length ? end - length : 0;
            std::vector<bool> keep(s.best().decisions.size(), true);
            std::fill(keep.begin() + static_cast<std::ptrdiff_t>(begin),
                      keep.begin() + static_cast<std::ptrdiff_t>(end), false);
            s.try_part(keep);
            end = std::min(begin, s.best().decisions.size());
            if (s.lab().out_of_budget()) {
                return;
            }
        }
    }
}

}  // namespace tenthrule::shrinking
