#pragma once

/// Running text on a terminal.

#include <string>
#include <string_view>

#include "cli/terminal.hpp"

namespace tenthrule::cli {

/// Longer lines than these are hard to read, however wide the terminal is.
inline constexpr unsigned reading_width = 110;

/// Indented by `indent`, wrapped, printable whatever is in `text`; ends in a newline.
std::string paragraph(std::string_view text, unsigned indent, const terminal& where, ink kind = ink::plain);

/// A label and, beside it, a text: "  found    3 tasks, ...". The texts of labels of one width line up.
std::string labelled(std::string_view label, unsigned label_width, std::string_view text,
                     const terminal& where);

}  // namespace tenthrule::cli
