#pragma once

#include <span>
#include <string>

#include "cli/command.hpp"

namespace tenthrule::cli {

/// What `tenthrule --help` says.
std::string overview(std::span<const command> commands, const terminal& where);

/// What `tenthrule COMMAND --help` says: made from the options themselves, so that it cannot disagree.
std::string help(const command& c, const terminal& where);

}  // namespace tenthrule::cli
