#include "campaign/crew/reward.hpp"

#include <algorithm>
#include <cmath>

namespace tenthrule::crew {

double worth(bool new_failure, const coverage::news& news, std::uint64_t count) {
    if (new_failure) {
        return 1;
    }
    const double watched =
        std::max(1.0, static_cast<double>(count) / static_cast<double>(coverage::watch_interval));
    const double states = news.states != 0 ? 0.5 : 0;
    const double pairs = 0.4 * (1 - std::exp(-static_cast<double>(news.pairs) / 8));
    const double classes = 0.2 * std::min(1.0, static_cast<double>(news.classes) / watched);
    return std::min(0.9, std::max(states, pairs) + classes);
}

}  // namespace tenthrule::crew
