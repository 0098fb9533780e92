#pragma once

/// The rows of a chart in the words in which they are drawn.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "campaign/chart.hpp"

namespace tenthrule {

struct drawn_row {
    std::uint32_t step = 0;
    bool marked = false;
    std::size_t column = 0;
    std::string text;                  ///< indented as deep as the calls it is in
    std::vector<std::string> changes;  ///< of the state: "lock=waiter|WAITERS"
    std::vector<std::string> state;    ///< all of it
    bool begins_call = false;          ///< what follows in its column is inside a call
    /// It is a return: the row, by index, in which the call begins.
    std::optional<std::size_t> returns_from;
};

/// What a call does is indented below it, and its return says only the result.
std::vector<drawn_row> drawn_rows(const chart& c);

/// By column: the only CPU it was ever on; -1: none or several.
std::vector<int> home_cpus(const chart& c);

/// "waiter", "fifo 10" and, if it never moves, "CPU 1": lines of a title, by column.
std::vector<std::vector<std::string>> column_titles(const chart& c);

}  // namespace tenthrule
