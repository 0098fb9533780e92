#pragma once

#include <string>
#include <string_view>

namespace tenthrule::cli {

/// As a POSIX shell wants it: quoted only if it has to be.
std::string shell_quoted(std::string_view word);

/// The command line that replays or shrinks the failure of a token, from the current folder. `scenario` is
/// its file, which is only named if the command would not find it by itself.
std::string command_for_token(std::string_view command, std::string_view token, const std::string& scenario);

}  // namespace tenthrule::cli
