#pragma once

/// Where the columns of a chart go on a line.

#include <string>
#include <vector>

#include "campaign/chart_rows.hpp"

namespace tenthrule::cli {

struct chart_layout {
    static constexpr unsigned gap = 2;

    unsigned step_width = 4;
    bool shared = false;           ///< one column for all tasks, their names in front
    bool state_column = true;      ///< else the state has lines of its own
    std::vector<unsigned> widths;  ///< of the tasks' columns, then of the state if it has one

    /// Columns of the terminal before the first of these.
    unsigned margin() const {
        return 3 + step_width + gap;
    }
    unsigned begin(std::size_t column) const;
    /// What a text that begins in `column` may take: a row has one task's text, so that it may run on into
    /// the columns of other tasks, though not into the state.
    unsigned text_width(std::size_t column) const;
};

/// The most comfortable layout that fits into `width` columns.
chart_layout lay_out(const std::vector<std::vector<std::string>>& titles, const std::vector<drawn_row>& rows,
                     unsigned width);

}  // namespace tenthrule::cli
