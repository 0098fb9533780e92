#include "worker/distinct_counter.hpp"

#include <cmath>

namespace tenthrule {

std::uint64_t distinct_counter::estimate() const {
    const auto cells = static_cast<double>(cells_.size());
    double sum = 0;
    double empty = 0;
    for (const std::atomic<std::uint8_t>& cell : cells_) {
        const std::uint8_t rank = cell.load(std::memory_order_relaxed);
        sum += std::ldexp(1.0, -rank);
        empty += rank == 0 ? 1 : 0;
    }
    const double alpha = 0.7213 / (1 + 1.079 / cells);
    double n = alpha * cells * cells / sum;
    if (n <= 2.5 * cells && empty > 0) {
        n = cells * std::log(cells / empty);
    }
    return static_cast<std::uint64_t>(std::llround(n));
}

}  // namespace tenthrule
