#pragma once

#include <string>
#include <string_view>

#include "campaign/shell_quoted.hpp"

namespace tenthrule::cli {

/// The command line that replays or shrinks the failure of a token, from the current folder. `scenario` is
/// its file, which is only named if the command would not find it by itself.
std::string command_for_token(std::string_view command, std::string_view token, const std::string& scenario);

}  // namespace tenthrule::cli
