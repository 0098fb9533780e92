#include "campaign/chart_rows.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace tenthrule {

namespace {

constexpr std::string_view arrow = " -> ";

// The program describes its state as "name=value; name=value".
std::vector<std::string> items_of(std::string_view state) {
    std::vector<std::string> items;
    while (!state.empty()) {
        const std::size_t end = std::min(state.find("; "), state.size());
        items.emplace_back(state.substr(0, end));
        state.remove_prefix(std::min(end + 2, state.size()));
    }
    return items;
}

std::string_view name_of(std::string_view item) {
    return item.substr(0, item.find('='));
}

// What to say when an item is not there any more.
std::string ending(std::string_view old) {
    const std::size_t at = old.find(" at ");  // "waker at 30": a boosted priority
    if (old.find('=') == std::string_view::npos && at != std::string_view::npos) {
        return fmt::format("{} deboosted", old.substr(0, at));
    }
    return fmt::format("{} gone", name_of(old));
}

class row_writer {
public:
    explicit row_writer(const chart& c)
        : chart_(c), open_calls_(c.columns.size()), homes_(home_cpus(c)), cpus_(c.columns.size(), -1) {}

    drawn_row write(const chart_row& row) {
        drawn_row result;
        result.step = row.step;
        result.marked = row.deviates;
        result.column = row.column;
        result.text = in_words(row, result);
        if (!row.state.empty()) {
            result.changes = changes_to(row.state);
        }
        result.state = shown_;
        if (row.cpu >= 0 && !row.outside) {
            cpus_[row.column] = row.cpu;
        }
        return result;
    }

private:
    std::string in_words(const chart_row& row, drawn_row& result) {
        if (row.outside) {
            return fmt::format("<{}>", row.text);
        }
        std::vector<std::size_t>& calls = open_calls_[row.column];
        std::string text;
        if (!calls.empty() && is_return(row.text, chart_.rows[calls.back()].text)) {
            const std::size_t begin = chart_.rows[calls.back()].text.size() + arrow.size();
            text = indented(calls.size(), "returns " + row.text.substr(begin));
            result.returns_from = calls.back();
            calls.pop_back();
        } else {
            text = indented(calls.size(), row.text);
            if (returns_later(row)) {
                result.begins_call = true;
                calls.push_back(index_of(row));
            }
        }
        return text + preemption(row) + migration(row);
    }

    static std::string indented(std::size_t depth, const std::string& text) {
        return std::string(2 * depth, ' ') + text;
    }

    // "call -> result"
    static bool is_return(std::string_view text, std::string_view call) {
        return text.size() > call.size() + arrow.size() && text.substr(0, call.size()) == call &&
               text.substr(call.size(), arrow.size()) == arrow;
    }

    std::size_t index_of(const chart_row& row) const {
        return static_cast<std::size_t>(&row - chart_.rows.data());
    }

    // A row is a call if a later row of the same task begins with the same words and a result.
    bool returns_later(const chart_row& row) const {
        const std::size_t here = index_of(row);
        const std::string start = row.text + std::string(arrow);
        for (std::size_t i = here + 1; i < chart_.rows.size(); ++i) {
            const chart_row& later = chart_.rows[i];
            if (later.column != row.column || later.outside) {
                continue;
            }
            if (later.text.compare(0, start.size(), start) == 0) {
                return true;
            }
        }
        // The execution may have ended inside.
        return row.text.compare(0, 6, "futex(") == 0 && row.text.find(arrow) == std::string::npos;
    }

    // Who was on the CPU that this task has now.
    std::string preemption(const chart_row& row) const {
        if (row.came != arrival_kind::preempted || row.cpu < 0) {
            return {};
        }
        for (std::size_t i = 0; i < cpus_.size(); ++i) {
            if (i != row.column && cpus_[i] == row.cpu) {
                return fmt::format(" [preempts {}]", chart_.columns[i].title);
            }
        }
        return " [preempts]";
    }

    std::string migration(const chart_row& row) const {
        const bool moved = row.cpu >= 0 && homes_[row.column] < 0 && cpus_[row.column] != row.cpu;
        return moved ? fmt::format(" [CPU {}]", row.cpu) : std::string();
    }

    std::vector<std::string> changes_to(const std::string& state) {
        const std::vector<std::string> items = items_of(state);
        std::vector<std::string> changes;
        for (const std::string& item : items) {
            if (std::find(shown_.begin(), shown_.end(), item) == shown_.end()) {
                changes.push_back(item);
            }
        }
        for (const std::string& old : shown_) {
            const auto same_name = [&old](const std::string& item) { return name_of(item) == name_of(old); };
            if (std::none_of(items.begin(), items.end(), same_name)) {
                changes.push_back(ending(old));
            }
        }
        shown_ = items;
        return changes;
    }

    const chart& chart_;
    std::vector<std::vector<std::size_t>> open_calls_;  // by column: their rows
    std::vector<int> homes_;
    std::vector<int> cpus_;  // by column: where it was seen last
    std::vector<std::string> shown_;
};

}  // namespace

std::vector<int> home_cpus(const chart& c) {
    constexpr int never = -2;
    std::vector<int> homes(c.columns.size(), never);
    for (const chart_row& row : c.rows) {
        if (row.cpu >= 0 && !row.outside) {
            int& home = homes[row.column];
            home = home == never || home == row.cpu ? row.cpu : -1;
        }
    }
    std::replace(homes.begin(), homes.end(), never, -1);
    return homes;
}

std::vector<drawn_row> drawn_rows(const chart& c) {
    row_writer writer(c);
    std::vector<drawn_row> rows;
    rows.reserve(c.rows.size());
    for (const chart_row& row : c.rows) {
        rows.push_back(writer.write(row));
    }
    return rows;
}

std::vector<std::vector<std::string>> column_titles(const chart& c) {
    const std::vector<int> homes = home_cpus(c);
    std::vector<std::vector<std::string>> titles;
    for (std::size_t i = 0; i < c.columns.size(); ++i) {
        const chart_column& column = c.columns[i];
        titles.push_back({column.title});
        if (!column.subtitle.empty()) {
            titles.back().push_back(column.subtitle);
        }
        if (homes[i] >= 0) {
            titles.back().push_back(fmt::format("CPU {}", homes[i]));
        }
    }
    return titles;
}

}  // namespace tenthrule
