#pragma once

#include <string>
#include <vector>

#include "cli/terminal.hpp"

namespace tenthrule::cli {

/// Rows of cells in columns as wide as their widest cell. The last column takes what is left of the line
/// and wraps. A row of one cell is a heading of its own.
struct table {
    std::vector<std::string> header;  ///< empty: none
    std::vector<std::vector<std::string>> rows;
};

/// Ends in a newline unless there are no rows.
std::string render(const table& t, const terminal& where);

}  // namespace tenthrule::cli
