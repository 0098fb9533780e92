#include "cli/chart_view.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "cli/chart_layout.hpp"
#include "campaign/chart_rows.hpp"
#include "cli/text.hpp"

namespace tenthrule::cli {

namespace {

using lines = std::vector<std::string>;

class painter {
public:
    painter(const chart& c, std::string_view ending, const terminal& where)
        : where_(where),
          rows_(drawn_rows(c)),
          titles_(column_titles(c)),
          ending_(printable(ending, where.ascii)) {
        for (drawn_row& row : rows_) {
            row.text = printable(row.text, where.ascii);
            make_printable(row.changes);
            make_printable(row.state);
        }
        std::for_each(titles_.begin(), titles_.end(), [this](lines& title) { make_printable(title); });
        layout_ = lay_out(titles_, rows_, where.width);
    }

    std::string draw() {
        head();
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            body(rows_[i]);
            if (!layout_.state_column && (i + 1 == rows_.size() || rows_[i + 1].column != rows_[i].column)) {
                state_below(rows_[i]);
            }
        }
        if (!ending_.empty() && !rows_.empty()) {
            put("", text_cell(rows_.back().column, ending_), {}, ink::bad);
        }
        return std::move(text_);
    }

private:
    struct cell {
        unsigned at = 0;
        lines text;
    };

    void make_printable(lines& all) const {
        for (std::string& line : all) {
            line = printable(line, where_.ascii);
        }
    }

    // At most one cell of text and the state on its right.
    void put(const std::string& margin, const cell& text, const lines& state, ink kind) {
        for (std::size_t i = 0; i < std::max({text.text.size(), state.size(), std::size_t{1}}); ++i) {
            std::string line = pad(i == 0 ? margin : "", text.at);
            line += i < text.text.size() ? text.text[i] : "";
            if (i < state.size()) {
                line = pad(line, layout_.begin(layout_.widths.size() - 1)) + state[i];
            }
            put_line(line, kind);
        }
    }

    void put_line(const std::string& line, ink kind) {
        text_ += where_.paint(kind, line.substr(0, line.find_last_not_of(' ') + 1)) + "\n";
    }

    cell text_cell(std::size_t column, const std::string& text) const {
        if (layout_.shared) {
            return {layout_.begin(1), wrap(text, layout_.widths[1], 2)};
        }
        return {layout_.begin(column), wrap(text, layout_.text_width(column), 2)};
    }

    std::string margin(std::string_view step, bool marked) const {
        return fmt::format("{}{:>{}}  ", marked ? "=> " : "   ", step, layout_.step_width);
    }

    // Cells side by side, for the head of the table only.
    void put_columns(const std::string& first_margin, const std::vector<lines>& columns, ink kind) {
        std::size_t height = 0;
        for (const lines& c : columns) {
            height = std::max(height, c.size());
        }
        for (std::size_t i = 0; i < height; ++i) {
            std::string line = i == 0 ? first_margin : std::string(layout_.margin(), ' ');
            for (std::size_t c = 0; c < columns.size(); ++c) {
                line = pad(line, layout_.begin(c)) + (i < columns[c].size() ? columns[c][i] : "");
            }
            put_line(line, kind);
        }
    }

    void head() {
        std::vector<lines> columns(layout_.widths.size());
        if (layout_.shared) {
            columns = {{"task"}, {"what it does"}};
        } else {
            for (std::size_t i = 0; i < titles_.size(); ++i) {
                for (const std::string& line : titles_[i]) {
                    for (std::string& piece : wrap(line, layout_.widths[i])) {
                        columns[i].push_back(std::move(piece));
                    }
                }
            }
            if (layout_.state_column) {
                columns.back() = {"state"};
            }
        }
        put_columns(margin("step", false), columns, ink::heading);
        for (std::size_t i = 0; i < columns.size(); ++i) {
            columns[i] = {rule_of(layout_.widths[i])};
        }
        put_columns("   " + rule_of(layout_.step_width), columns, ink::faint);
    }

    std::string rule_of(unsigned width) const {
        std::string line;
        for (unsigned n = 0; n < width; ++n) {
            line += where_.ascii ? "-" : "─";
        }
        return line;
    }

    void body(const drawn_row& row) {
        lines state;
        if (layout_.state_column) {
            for (const std::string& change : row.changes) {
                for (std::string& line : wrap(change, layout_.widths.back(), 2)) {
                    state.push_back(std::move(line));
                }
            }
        }
        // One step may have several rows: the first of each task has its number.
        const bool again = row.step == last_step_ && row.column == last_column_;
        std::string first = margin(again ? "" : thousands(row.step), row.marked);
        if (layout_.shared) {
            first += wrap(titles_[row.column].front(), layout_.widths[0]).front();
        }
        last_step_ = row.step;
        last_column_ = row.column;
        put(first, text_cell(row.column, row.text), state, row.marked ? ink::marked : ink::plain);
    }

    void state_below(const drawn_row& row) {
        const std::string state = fmt::format("{}", fmt::join(row.state, "; "));
        if (state == last_state_) {
            return;
        }
        last_state_ = state;
        const unsigned at = 3 + layout_.step_width - 1;
        cell below{at, wrap("| " + state, where_.width - at, 2)};
        put("", below, {}, ink::faint);
    }

    const terminal& where_;
    std::vector<drawn_row> rows_;
    std::vector<lines> titles_;
    std::string ending_;
    chart_layout layout_;
    std::string text_;
    std::uint32_t last_step_ = ~std::uint32_t{0};
    std::size_t last_column_ = 0;
    std::string last_state_;
};

}  // namespace

std::string draw(const chart& c, std::string_view ending, const terminal& where) {
    return painter(c, ending, where).draw();
}

}  // namespace tenthrule::cli
