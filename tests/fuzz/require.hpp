#pragma once

/// What a fuzzer asks of what it has got.

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace tenthrule::fuzzing {

/// Ends the process if it does not hold; `text` is what shows it.
inline void require(bool holds, const char* what, const std::string& text) {
    if (!holds) {
        std::fprintf(stderr, "%s:\n%s\n", what, text.c_str());
        std::abort();
    }
}

/// Nothing that a terminal would take for a command.
inline bool is_printable(std::string_view text) {
    for (const char c : text) {
        if ((static_cast<unsigned char>(c) < 0x20U && c != '\n') || c == 0x7f) {
            return false;
        }
    }
    return true;
}

}  // namespace tenthrule::fuzzing
