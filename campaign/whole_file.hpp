#pragma once

/// Files that are there whole or not at all.

#include <string>
#include <string_view>

namespace tenthrule {

/// Writes the file under another name beside `path` and renames it when it is complete; an existing one is
/// replaced. Not empty: what went wrong, and `path` is as it was.
std::string write_whole_file(const std::string& path, std::string_view text);

}  // namespace tenthrule
