#include "shrink/passes/passes.hpp"

namespace tenthrule::shrinking {

void replace_value(schedule_shrinker& s) {
    for (std::size_t i = 0; i < s.best().decisions.size(); ++i) {
        const choice_point at = s.best_trace()[s.best().decisions[i].choice];
        for (std::uint32_t n = 0; n < at.possibilities(); ++n) {
            const std::uint8_t value = at.possibility(n);
            if (value == at.taken || value == at.standard()) {
                continue;
            }
            schedule plan = s.best().decisions;
            plan[i].value = value;
            if (s.try_numbers(plan)) {
                break;
            }
            if (s.lab().out_of_budget()) {
                return;
            }
        }
    }
}

}  // namespace tenthrule::shrinking
