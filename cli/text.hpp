#pragma once

/// Text for people: measured in columns of a terminal, wrapped, padded, with numbers that can be read.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tenthrule::cli {

/// Columns that UTF-8 `text` takes on a terminal: combining marks take none, wide characters two.
unsigned display_width(std::string_view text);

/// `text` without anything that could steer a terminal; with `ascii`, also without anything that an
/// ASCII terminal cannot show. Each such character becomes a '?'.
std::string printable(std::string_view text, bool ascii);

/// The same, but newlines stay.
std::string printable_lines(std::string_view text, bool ascii);

/// Filled up with blanks on the right; unchanged if it is that wide already.
std::string pad(std::string_view text, unsigned width);

/// Lines of at most `width` columns, broken at blanks where possible, else anywhere. A newline in `text`
/// begins a paragraph. Its blanks at the beginning indent all of its lines, and `hang` those after its first
/// one. At least one line, possibly empty. REQUIRES: width > hang.
std::vector<std::string> wrap(std::string_view text, unsigned width, unsigned hang = 0);

/// "1,234,567".
std::string thousands(std::uint64_t n);

/// "1 step", "7 steps", "1,000 steps".
std::string counted(std::uint64_t n, std::string_view noun);

/// Three significant digits at most: "812", "34.2k", "1.25M".
std::string scaled(double n);

/// "a", "a and b", "a, b and c".
std::string enumerated(const std::vector<std::string>& names);

}  // namespace tenthrule::cli
