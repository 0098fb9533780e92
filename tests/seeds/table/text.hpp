#pragma once

/// The table as people read it.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal.hpp"
#include "tests/seeds/table/measure.hpp"

namespace tenthrule::seeds {

struct measured_row {
    discovery found;
    cleanness clean;
    double seconds = 0;

    std::vector<std::string> problems() const;
};

/// "2017-steal-vs-timeout  v4.14, rule owner-on-return off  unexpected-error: EDEADLK".
std::string name_of(const subject& s);

/// On a terminal: a line for each row, as soon as it has been measured.
class terminal_table {
public:
    /// `all`: what will be shown, in order to know how wide it gets.
    terminal_table(std::span<const subject> all, const cli::terminal& where);

    std::string header() const;
    std::string line(const subject& s, const measured_row& m) const;

private:
    std::string join(const std::vector<std::string>& cells) const;

    cli::terminal where_;
    std::vector<unsigned> widths_;
};

/// The page docs/seeds/table.md: all rows, without anything that depends on the machine.
std::string markdown_page(std::span<const subject> all, std::span<const measured_row> measured,
                          const effort& e);

/// What a row of that page has to say even if nothing was measured: the columns from `scenario` to `within`,
/// and `cured by`.
std::vector<std::string> fixed_cells(const subject& s);

/// The same of each row of a page.
std::vector<std::vector<std::string>> fixed_cells_in(std::string_view page);

}  // namespace tenthrule::seeds
