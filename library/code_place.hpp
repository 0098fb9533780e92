#pragma once

/// Where in the source something is called: std::source_location, which clang 14 does not have.

namespace tenthrule {

struct code_place {
    const char* file;
    unsigned line;

    static constexpr code_place current(const char* file = __builtin_FILE(),
                                        unsigned line = __builtin_LINE()) {
        return {file, line};
    }
};

}  // namespace tenthrule
