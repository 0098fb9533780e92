#include "scenarios/diagnostics.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace tenthrule::scenarios {

namespace {

constexpr std::size_t shown_max = 100;  ///< characters of a source line
constexpr std::size_t before_max = 60;  ///< of them, at most so many before the caret

// One entry per character, so that columns can be counted. The text may be anything, even binary.
std::vector<std::string> characters(std::string_view line) {
    std::vector<std::string> list;
    for (std::size_t i = 0; i < line.size();) {
        const auto c = static_cast<unsigned char>(line[i]);
        std::size_t length = c < 0x80U ? 1 : c >= 0xf0U ? 4 : c >= 0xe0U ? 3 : c >= 0xc2U ? 2 : 0;
        bool sound = length != 0 && i + length <= line.size();
        for (std::size_t k = 1; sound && k < length; ++k) {
            sound = (static_cast<unsigned char>(line[i + k]) & 0xc0U) == 0x80U;
        }
        if (!sound) length = 1;
        // C1 control characters can drive a terminal, too.
        const bool control = c < 0x20U || c == 0x7fU ||
                             (length == 2 && c == 0xc2U && static_cast<unsigned char>(line[i + 1]) < 0xa0U);
        list.emplace_back(c == '\t' ? " " : !sound || control ? "?" : line.substr(i, length));
        i += length;
    }
    return list;
}

std::string excerpt(const diagnostic& d) {
    const std::vector<std::string> all = characters(d.source_line);
    const std::size_t caret = std::min<std::size_t>(d.at.column == 0 ? 0 : d.at.column - 1, all.size());
    const std::size_t first = all.size() > shown_max && caret > before_max ? caret - before_max : 0;
    const std::size_t last = std::min(all.size(), first + shown_max);
    std::string shown;
    std::size_t width = 0;
    if (first != 0) {
        shown += "...";
        width += 3;
    }
    for (std::size_t i = first; i < last; ++i) {
        shown += all[i];
    }
    if (last != all.size()) shown += "...";
    while (!shown.empty() && shown.back() == ' ') {
        shown.pop_back();
    }
    width += caret - first;
    return fmt::format("\n  {}\n  {}^", shown, std::string(width, ' '));
}

std::string printable(std::string_view text) {
    std::string result;
    for (const std::string& c : characters(text)) {
        result += c;
    }
    return result;
}

}  // namespace

std::string to_string(const diagnostic& d) {
    const char* const level = d.level == severity::error ? "error" : "warning";
    std::string text = d.at.line == 0
                           ? fmt::format("{}: {}: {}", printable(d.file), level, printable(d.message))
                           : fmt::format("{}:{}:{}: {}: {}", printable(d.file), d.at.line, d.at.column, level,
                                         printable(d.message));
    if (!d.source_line.empty()) text += excerpt(d);
    if (!d.nearest.empty()) text += fmt::format("\ndid you mean '{}'?", d.nearest);
    return text;
}

std::string to_string(const std::vector<diagnostic>& all) {
    std::string text;
    for (const diagnostic& d : all) {
        text += to_string(d) + "\n";
    }
    return text;
}

diagnostics::diagnostics(std::string_view file, std::string_view text) : file_(file), text_(text) {}

void diagnostics::add(severity level, place at, std::string message, std::string_view nearest) {
    for (const diagnostic& d : list_) {
        if (d.at == at && d.message == message) {
            return;
        }
    }
    errors_ += level == severity::error ? 1U : 0U;
    if (list_.size() >= most) {
        ++left_out_;
        return;
    }
    list_.push_back({level, file_, at, std::move(message), std::string(nearest), source_line(at.line)});
}

std::vector<diagnostic> diagnostics::take() {
    std::stable_sort(list_.begin(), list_.end(), [](const diagnostic& a, const diagnostic& b) {
        return std::tie(a.at.line, a.at.column) < std::tie(b.at.line, b.at.column);
    });
    if (left_out_ != 0) {
        list_.push_back({errors_ != 0 ? severity::error : severity::warning,
                         file_,
                         {},
                         left_out_ == 1 ? "1 more mistake is not shown"
                                        : fmt::format("{} more mistakes are not shown", left_out_),
                         "",
                         ""});
        left_out_ = 0;
    }
    return std::exchange(list_, {});
}

std::string diagnostics::source_line(std::uint32_t line) const {
    if (line == 0) {
        return {};
    }
    std::size_t start = 0;
    for (std::uint32_t n = 1; n < line; ++n) {
        start = text_.find('\n', start);
        if (start == std::string_view::npos) {
            return {};
        }
        ++start;
    }
    std::string_view found = text_.substr(start, text_.find('\n', start) - start);
    if (!found.empty() && found.back() == '\r') found.remove_suffix(1);
    return std::string(found);
}

}  // namespace tenthrule::scenarios
