#pragma once

/// What the other end of a stream can show.

#include <string>
#include <string_view>

namespace tenthrule::cli {

/// Meaning, not colour: what a piece of text is.
enum class ink : unsigned char {
    plain,
    heading,  ///< names of columns and sections
    bad,      ///< a violation, an error
    good,     ///< clean, as expected
    marked,   ///< the switches that matter
    faint,    ///< what may be skipped
};

struct terminal {
    bool interactive = false;  ///< a person is looking: lines may be rewritten
    bool colour = false;
    bool ascii = false;  ///< nothing but ASCII
    unsigned width = 100;

    /// `text`, in colour if there is any.
    std::string paint(ink kind, std::string_view text) const;
};

/// What a person may overrule.
struct terminal_wishes {
    bool ascii = false;
    unsigned width = 0;  ///< 0: as wide as the terminal, 100 if there is none
};

/// Looks at file descriptor `fd` and the environment: NO_COLOR, TERM, COLUMNS, LC_ALL, LC_CTYPE, LANG.
terminal look_at(int fd, const terminal_wishes& wishes);

inline constexpr unsigned width_min = 40;
inline constexpr unsigned width_max = 400;

}  // namespace tenthrule::cli
