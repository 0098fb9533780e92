#include "cli/table.hpp"

#include <algorithm>
#include <cstddef>

#include "cli/text.hpp"

namespace tenthrule::cli {

namespace {

constexpr unsigned gap = 2;
constexpr unsigned last_column_min = 24;

std::vector<unsigned> column_widths(const table& t) {
    std::vector<unsigned> widths;
    const auto widen = [&widths](const std::vector<std::string>& row) {
        if (row.size() < 2) {
            return;
        }
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], display_width(row[i]));
        }
    };
    widen(t.header);
    std::for_each(t.rows.begin(), t.rows.end(), widen);
    return widths;
}

void append_row(std::string& to, const std::vector<std::string>& row, const std::vector<unsigned>& widths,
                ink kind, const terminal& where) {
    std::string line;
    unsigned used = 0;
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
        line += pad(printable(row[i], where.ascii), widths[i] + gap);
        used += widths[i] + gap;
    }
    if (used + last_column_min > where.width) {
        // Too narrow: the last cell gets lines of its own.
        used = 4;
        to += where.paint(kind, line.substr(0, line.find_last_not_of(' ') + 1)) + '\n';
        line = std::string(used, ' ');
    }
    for (const std::string& piece : wrap(row.back(), where.width - used)) {
        line += printable(piece, where.ascii);
        to += where.paint(kind, line.substr(0, line.find_last_not_of(' ') + 1)) + '\n';
        line = std::string(used, ' ');
    }
}

}  // namespace

std::string render(const table& t, const terminal& where) {
    const std::vector<unsigned> widths = column_widths(t);
    std::string result;
    if (!t.header.empty()) {
        append_row(result, t.header, widths, ink::heading, where);
    }
    for (const std::vector<std::string>& row : t.rows) {
        if (row.size() == 1) {
            result += (result.empty() ? "" : "\n") + where.paint(ink::heading, row[0]) + '\n';
        } else if (!row.empty()) {
            append_row(result, row, widths, ink::plain, where);
        }
    }
    return result;
}

}  // namespace tenthrule::cli
