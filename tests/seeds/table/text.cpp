#include "tests/seeds/table/text.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "cli/kernel_name.hpp"
#include "cli/text.hpp"
#include "scheduler/make_strategy.hpp"

namespace tenthrule::seeds {

namespace {

using cli::counted;
using cli::ink;
using cli::thousands;

std::string kernel_of(const scenario_case& c) {
    return cli::kernel_name(c.what().kernel);
}

// "unexpected-error: EDEADLK".
std::string rules_of(const row& r) {
    return fmt::format("{}{}{}", fmt::join(r.breaks.all(), ", "), r.says.empty() ? "" : ": ", r.says);
}

// The same as it was met: the most frequent first, with their seeds if there are several.
std::string rules_met(const row& r, const discovery& d) {
    std::vector<std::string> names;
    for (const auto& [name, seeds] : d.broken) {
        names.push_back(d.broken.size() == 1 ? name : fmt::format("{} ({})", name, seeds));
    }
    return fmt::format("{}{}{}", fmt::join(names, ", "), r.says.empty() ? "" : ": ", r.says);
}

std::string schedules(const discovery& d, unsigned percent) {
    const std::uint64_t n = d.percentile(percent);
    return n == 0 ? "> " + thousands(d.within) : thousands(n);
}

std::string found_words(const discovery& d) {
    return fmt::format("{} of {}", d.found(), d.found_at.size());
}

std::string size_words(const discovery& d) {
    const execution_figures& f = d.shrunk;
    return d.token.empty()
               ? "-"
               : fmt::format("{}/{}/{}/{}/{}", f.tasks, f.steps, f.preemptions, f.interleavings, f.events);
}

// In the order of the columns of the terminal.
constexpr std::string_view headings[] = {"scenario", "kernel", "broken rule", "median", "p95",
                                         "max",      "found",  "within",      "shrunk", "replayed",
                                         "cured by", "clean",  "seconds"};
constexpr std::size_t first_right_aligned = 3;

bool is_number(std::size_t column) {
    const std::string_view heading = headings[column];
    return column >= first_right_aligned && heading != "replayed" && heading != "cured by";
}

std::vector<std::string> cells_of(const subject& s, const measured_row& m) {
    const discovery& d = m.found;
    return {std::string(s.of.scenario),
            kernel_of(*s.searched),
            rules_met(s.of, d),
            schedules(d, 50),
            schedules(d, 95),
            schedules(d, 100),
            found_words(d),
            thousands(d.within),
            size_words(d),
            d.replayed ? "yes" : "no",
            kernel_of(*s.cured),
            thousands(m.clean.schedules),
            fmt::format("{:.1f}", m.seconds)};
}

std::string markdown_line(const std::vector<std::string>& cells) {
    return fmt::format("| {} |\n", fmt::join(cells, " | "));
}

constexpr std::string_view markdown_headings[] = {
    "scenario",      "kernel", "rules off", "within",   "broken rule",    "found",
    "median",        "p95",    "max",       "tasks",    "steps",          "preemptions",
    "interleavings", "events", "replayed",  "cured by", "clean schedules"};
constexpr std::size_t fixed_columns = 4;
constexpr std::size_t cured_column = 15;
static_assert(markdown_headings[cured_column] == "cured by");

std::vector<std::string> markdown_cells(const subject& s, const measured_row& m) {
    const discovery& d = m.found;
    std::vector<std::string> cells = fixed_cells(s);
    const std::string cured = cells.back();
    cells.pop_back();
    for (const std::string& cell :
         {rules_met(s.of, d), found_words(d), schedules(d, 50), schedules(d, 95), schedules(d, 100)}) {
        cells.push_back(cell);
    }
    const execution_figures& f = d.shrunk;
    for (const std::uint32_t n : {f.tasks, f.steps, f.preemptions, f.interleavings, f.events}) {
        cells.push_back(fmt::format("{}", n));
    }
    cells.emplace_back(d.replayed ? "yes" : "no");
    cells.push_back(cured);
    cells.push_back(thousands(m.clean.schedules));
    return cells;
}

std::string page_head(std::size_t rows, const effort& e) {
    return fmt::format(
        R"(# The rediscovered bugs

Made by `./dev seeds` from the rows in `tests/seeds/table/rows.cpp`: {rows}, each searched by {strategy} with
the seeds 1 to {seeds}, and on the cured kernel with {clean} of seed 1. The same rows and numbers give the
same page on every machine.

- **kernel**: on which the scenario of that name in `scenarios/seeds` is searched. **rules off**: besides those that
  the scenario switches off. Without any, the search ends at the earliest broken invariant; with some, at what becomes
  of it.
- **broken rule**: what the search meets; with the number of seeds, if it is several rules. No seed meets another one.
- **found**: seeds that find it **within** so many schedules. **median**, **p95**, **max**: schedules up to and with
  the first that breaks the rule, over the seeds (nearest rank).
- **tasks** to **events**: the finding of the first seed that has one, shrunk. **replayed**: its token gives the same
  execution again, event for event.
- **cured by**, **clean schedules**: on that kernel so many break none of the scenario's rules.

)",
        fmt::arg("rows", counted(rows, "row")), fmt::arg("strategy", default_strategy),
        fmt::arg("seeds", e.seeds), fmt::arg("clean", counted(e.clean, "schedule")));
}

// The cells of a line of a Markdown table; none if it is no such line.
std::vector<std::string> cells_in(const std::string& line) {
    std::vector<std::string> cells;
    if (!line.starts_with("| ") || !line.ends_with(" |")) {
        return cells;
    }
    for (std::size_t at = 2; at < line.size();) {
        const std::size_t end = line.find(" | ", at);
        if (end == std::string::npos) {
            cells.push_back(line.substr(at, line.size() - 2 - at));
            break;
        }
        cells.push_back(line.substr(at, end - at));
        at = end + 3;
    }
    return cells;
}

}  // namespace

std::vector<std::string> measured_row::problems() const {
    std::vector<std::string> all = found.problems;
    all.insert(all.end(), clean.problems.begin(), clean.problems.end());
    return all;
}

std::string name_of(const subject& s) {
    return fmt::format("{}  {}  {}", s.of.scenario,
                       cli::kernel_name(s.searched->what().kernel, s.searched->rules_off()), rules_of(s.of));
}

terminal_table::terminal_table(std::span<const subject> all, const cli::terminal& where) : where_(where) {
    // The figures as wide as they can get, within reason.
    const auto widen = [this](const std::vector<std::string>& cells) {
        widths_.resize(std::max(widths_.size(), cells.size()));
        for (std::size_t i = 0; i < cells.size(); ++i) {
            widths_[i] = std::max(widths_[i], cli::display_width(cells[i]));
        }
    };
    widen({std::begin(headings), std::end(headings)});
    for (const subject& s : all) {
        const std::string bound = "> " + thousands(s.of.within);
        widen({std::string(s.of.scenario), kernel_of(*s.searched), rules_of(s.of), bound, bound, bound,
               "100 of 100", bound, "9/99/9/9/9", "", kernel_of(*s.cured)});
    }
}

std::string terminal_table::join(const std::vector<std::string>& cells) const {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const unsigned width = cli::display_width(cells[i]);
        const std::string blanks(widths_[i] - std::min(width, widths_[i]), ' ');
        line += (i == 0 ? "" : "  ") + (is_number(i) ? blanks + cells[i] : cells[i] + blanks);
    }
    return line.substr(0, line.find_last_not_of(' ') + 1);
}

std::string terminal_table::header() const {
    return where_.paint(ink::faint,
                        "median, p95, max: schedules to the first violation; shrunk: "
                        "tasks/steps/preemptions/interleavings/events") +
           "\n" + where_.paint(ink::heading, join({std::begin(headings), std::end(headings)})) + "\n";
}

std::string terminal_table::line(const subject& s, const measured_row& m) const {
    std::string text = join(cells_of(s, m)) + "\n";
    const rule_names& off = s.searched->rules_off();
    if (!off.empty()) {
        text += where_.paint(ink::faint, fmt::format("  {} off: {}", off.size() == 1 ? "rule" : "rules",
                                                     fmt::join(off, ", "))) +
                "\n";
    }
    for (const std::string& problem : m.problems()) {
        text += where_.paint(ink::bad, "  WRONG: " + problem) + "\n";
    }
    return text;
}

std::vector<std::string> fixed_cells(const subject& s) {
    const rule_names& off = s.searched->rules_off();
    return {std::string(s.of.scenario), kernel_of(*s.searched),
            off.empty() ? std::string("none") : fmt::format("{}", fmt::join(off, ", ")),
            thousands(s.of.within), kernel_of(*s.cured)};
}

std::vector<std::vector<std::string>> fixed_cells_in(std::string_view page) {
    std::vector<std::vector<std::string>> all;
    std::istringstream lines{std::string(page)};
    for (std::string line; std::getline(lines, line);) {
        std::vector<std::string> cells = cells_in(line);
        if (cells.size() != std::size(markdown_headings) || cells.front() == markdown_headings[0] ||
            cells.front().starts_with("---")) {
            continue;
        }
        const std::string cured = cells[cured_column];
        cells.resize(fixed_columns);
        cells.push_back(cured);
        all.push_back(std::move(cells));
    }
    return all;
}

std::string markdown_page(std::span<const subject> all, std::span<const measured_row> measured,
                          const effort& e) {
    std::string page = page_head(all.size(), e);
    page += markdown_line({std::begin(markdown_headings), std::end(markdown_headings)});
    page += markdown_line(std::vector<std::string>(std::size(markdown_headings), "---"));
    for (std::size_t i = 0; i < all.size(); ++i) {
        page += markdown_line(markdown_cells(all[i], measured[i]));
    }
    return page;
}

}  // namespace tenthrule::seeds
