#include "cli/sparkline.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace tenthrule::cli {

std::string sparkline(const std::vector<double>& values, unsigned columns, bool ascii) {
    constexpr std::array<const char*, 8> blocks{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    constexpr std::array<const char*, 8> signs{"_", ".", ",", "-", "=", "+", "*", "#"};
    if (values.empty() || columns == 0) {
        return {};
    }
    const double most = *std::max_element(values.begin(), values.end());
    const std::size_t width = std::min<std::size_t>(columns, values.size());
    std::string line;
    for (std::size_t i = 0; i < width; ++i) {
        // The last value of each stretch: the curve ends where it is now.
        const double value = values[(i + 1) * values.size() / width - 1];
        const double height = most > 0 ? value / most * 7 : 0;
        const auto level = static_cast<std::size_t>(std::clamp(height, 0.0, 7.0) + 0.5);
        line += ascii ? signs[level] : blocks[level];
    }
    return line;
}

}  // namespace tenthrule::cli
