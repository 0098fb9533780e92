#include "campaign/store/growth.hpp"

namespace tenthrule {

std::vector<bool> samples_to_keep(const std::vector<double>& seconds, std::size_t most) {
    const std::size_t n = seconds.size();
    if (n <= most) {
        return std::vector<bool>(n, true);
    }
    std::vector<bool> keep(n, false);
    // By the numbers of the samples where time does not tell them apart.
    const double span = seconds.back() - seconds.front();
    const auto at = [&](std::size_t i) {
        return span > 0 ? seconds[i] - seconds.front() : static_cast<double>(i);
    };
    const double step = at(n - 1) / static_cast<double>(most - 1);
    double next = 0;
    for (std::size_t i = 0; i < n; ++i) {
        if (at(i) >= next) {
            keep[i] = true;
            next = at(i) + step;
        }
    }
    keep[n - 1] = true;
    return keep;
}

}  // namespace tenthrule
