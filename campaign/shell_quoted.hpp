#pragma once

#include <string>
#include <string_view>

namespace tenthrule {

/// As a POSIX shell wants it: quoted only if it has to be.
std::string shell_quoted(std::string_view word);

}  // namespace tenthrule
