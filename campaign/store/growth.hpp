#pragma once

#include <cstddef>
#include <vector>

namespace tenthrule {

/// Which of many samples of a curve to keep so that no more than about `most` are left, evenly in time: the
/// first, the last, and between them those that are far enough from the one kept before. REQUIRES: most of at
/// least 2. Seconds that do not ascend do no harm.
std::vector<bool> samples_to_keep(const std::vector<double>& seconds, std::size_t most);

}  // namespace tenthrule
