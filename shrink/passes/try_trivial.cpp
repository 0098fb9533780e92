#include "shrink/passes/passes.hpp"

namespace tenthrule::shrinking {

void try_trivial(schedule_shrinker& s) {
    if (s.try_numbers({})) {
        return;
    }
    const schedule start = s.best().decisions;
    for (const deviation& d : start) {
        if (s.try_numbers({d})) {
            return;
        }
    }
    for (std::size_t kept = 2; kept < start.size(); kept *= 2) {
        const auto n = static_cast<std::ptrdiff_t>(kept);
        if (s.try_numbers({start.begin(), start.begin() + n}) ||
            s.try_numbers({start.end() - n, start.end()})) {
            return;
        }
    }
}

}  // namespace tenthrule::shrinking
