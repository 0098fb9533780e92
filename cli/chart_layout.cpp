#include "cli/chart_layout.hpp"

#include <algorithm>
#include <string_view>

#include "cli/text.hpp"

namespace tenthrule::cli {

namespace {

/// How wide a column would like to be, and how narrow it can be.
struct span {
    unsigned wanted = 0;
    unsigned least = 0;

    void want(std::string_view text) {
        wanted = std::max(wanted, display_width(text));
    }
    /// No word of `text` is to be broken, unless it is a monster.
    void keep_words_of(std::string_view text) {
        constexpr unsigned monster = 32;
        while (!text.empty()) {
            const std::size_t end = std::min(text.find(' '), text.size());
            least = std::max(least, std::min(monster, display_width(text.substr(0, end))));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
    }
};

// Those with the most to give give first. Nothing if it does not fit.
std::vector<unsigned> fit(const std::vector<span>& spans, unsigned available) {
    std::vector<unsigned> widths;
    unsigned sum = 0;
    for (const span& s : spans) {
        widths.push_back(std::max(s.wanted, s.least));
        sum += widths.back() + chart_layout::gap;
    }
    sum -= chart_layout::gap;
    for (; sum > available; --sum) {
        std::size_t most = 0;
        for (std::size_t i = 0; i < spans.size(); ++i) {
            most = widths[i] - spans[i].least > widths[most] - spans[most].least ? i : most;
        }
        if (widths[most] == spans[most].least) {
            return {};
        }
        --widths[most];
    }
    return widths;
}

}  // namespace

unsigned chart_layout::begin(std::size_t column) const {
    unsigned at = margin();
    for (std::size_t i = 0; i < column; ++i) {
        at += widths[i] + gap;
    }
    return at;
}

unsigned chart_layout::text_width(std::size_t column) const {
    const std::size_t last = widths.size() - (state_column ? 2 : 1);
    return begin(last) + widths[last] - begin(column);
}

chart_layout lay_out(const std::vector<std::vector<std::string>>& titles, const std::vector<drawn_row>& rows,
                     unsigned width) {
    chart_layout layout;
    std::vector<span> tasks;
    for (const std::vector<std::string>& title : titles) {
        span s{0, 8};
        for (const std::string& line : title) {
            s.want(line);
            s.least = std::max(s.least, std::min(16U, display_width(line)));
        }
        tasks.push_back(s);
    }
    span state{5, 5};
    for (const drawn_row& row : rows) {
        layout.step_width = std::max(layout.step_width, static_cast<unsigned>(thousands(row.step).size()));
        tasks[row.column].want(row.text);
        for (const std::string& change : row.changes) {
            state.want(change);
            state.keep_words_of(change);
        }
    }
    // The last task's texts have nowhere to run on to.
    if (!tasks.empty()) {
        tasks.back().least = std::max(tasks.back().least, std::min(tasks.back().wanted, 20U));
    }
    const unsigned available = width - layout.margin();

    std::vector<span> all = tasks;
    all.push_back(state);
    layout.widths = fit(all, available);
    if (!layout.widths.empty()) {
        return layout;
    }
    layout.state_column = false;
    layout.widths = tasks.empty() ? std::vector<unsigned>{} : fit(tasks, available);
    if (!layout.widths.empty()) {
        return layout;
    }
    layout.shared = true;
    unsigned name = 4;
    for (const std::vector<std::string>& title : titles) {
        name = std::max(name, display_width(title.front()));
    }
    name = std::min(name, 12U);
    layout.widths = {name, available - name - chart_layout::gap};
    return layout;
}

}  // namespace tenthrule::cli
