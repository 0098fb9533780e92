#pragma once

#include <string>
#include <vector>

namespace tenthrule::cli {

/// A curve in one line of `columns` characters, from 0 at the bottom to the largest value at the top. With
/// `ascii`, drawn with ASCII characters. Empty if there is no value.
std::string sparkline(const std::vector<double>& values, unsigned columns, bool ascii);

}  // namespace tenthrule::cli
