#include "campaign/report/baseline.hpp"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include "scenarios/text_file.hpp"

namespace tenthrule {

namespace {

constexpr std::string_view any_scenario = "*";
constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(blanks);
    return begin == std::string_view::npos ? std::string_view()
                                           : text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

// An identity is one line in the file.
std::string in_one_line(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20U; }, ' ');
    return std::string(trimmed(text));
}

}  // namespace

void baseline::add(std::string scenario, std::string identity) {
    known_.emplace(std::move(scenario), in_one_line(std::move(identity)));
}

bool baseline::knows(const std::string& scenario, const std::string& identity) const {
    const std::string line = in_one_line(identity);
    return known_.contains({scenario, line}) || known_.contains({std::string(any_scenario), line});
}

std::string baseline::to_text() const {
    std::string text =
        "# Failures that are known. A line: a scenario's name or *, then the identity of the failure.\n";
    for (const auto& [scenario, identity] : known_) {
        text += fmt::format("{}  {}\n", scenario, identity);
    }
    return text;
}

baseline_or_problems read_baseline(std::string_view text, std::string_view file) {
    text = scenarios::without_byte_order_mark(text);
    scenarios::diagnostics problems(file, text);
    baseline known;
    std::string_view rest = text;
    for (std::uint32_t number = 1; !rest.empty(); ++number) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        const std::string_view line = trimmed(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.empty() || line.front() == '#') {
            continue;
        }
        const std::size_t blank = line.find_first_of(" \t");
        const std::string_view identity =
            blank == std::string_view::npos ? std::string_view() : trimmed(line.substr(blank));
        const std::string_view scenario = line.substr(0, blank);
        const bool binary = std::any_of(line.begin(), line.end(), [](char c) {
            return static_cast<unsigned char>(c) < 0x20U && c != '\t';
        });
        if (identity.empty() || binary) {
            problems.error({number, 1},
                           "no known failure; expected a scenario's name or *, a blank, and the "
                           "identity of a failure");
            continue;
        }
        known.add(std::string(scenario), std::string(identity));
    }
    baseline_or_problems result;
    if (!problems.has_errors()) result.value = std::move(known);
    result.diagnostics = problems.take();
    return result;
}

baseline_or_problems read_baseline_file(const std::string& path) {
    std::variant<std::string, scenarios::diagnostic> read =
        scenarios::read_text_file(path, "a baseline: a file of known failures");
    if (scenarios::diagnostic* const problem = std::get_if<scenarios::diagnostic>(&read)) {
        return {std::nullopt, {std::move(*problem)}};
    }
    return read_baseline(std::get<std::string>(read), path);
}

}  // namespace tenthrule
