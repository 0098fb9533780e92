#pragma once

#include <string>
#include <variant>

#include "scenarios/diagnostics.hpp"

namespace tenthrule::scenarios {

/// The bytes of a file, or what is wrong with it: it cannot be read, is a folder, or has more than
/// document_size_max bytes. `what` is what was expected, such as "a scenario file".
std::variant<std::string, diagnostic> read_text_file(const std::string& path, const std::string& what);

/// Without the byte order mark with which editors of some systems begin a file.
std::string_view without_byte_order_mark(std::string_view text);

}  // namespace tenthrule::scenarios
