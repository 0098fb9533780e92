#pragma once

/// What is wrong with a scenario file, said so that a person can mend it: where, what was found, what was
/// expected, and the name that was probably meant.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tenthrule::scenarios {

/// A place in a file, counted in characters (code points) from 1. Line 0: no place in particular.
struct place {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    friend bool operator==(const place&, const place&) = default;
};

enum class severity : std::uint8_t { error, warning };

struct diagnostic {
    severity level = severity::error;
    std::string file;
    place at;
    std::string message;      ///< "what was found; what was expected"
    std::string nearest;      ///< the valid name that was probably meant; may be empty
    std::string source_line;  ///< of the file, without its end; empty if there is none
};

/// As the command line shows it, without a final newline:
///
///     steal.toml:12:11: error: unknown operation 'lock_py'; expected one of 'tenthrule list operations'
///       { op = "lock_py", futex = "lock" },
///              ^
///     did you mean 'lock_pi'?
///
/// Unprintable characters of the source appear as '?', and of a long line only the part around the place.
std::string to_string(const diagnostic& d);
/// All of them, a newline after each.
std::string to_string(const std::vector<diagnostic>& all);

/// Collects the diagnostics of one file: no more than `most` of them, and none twice.
class diagnostics {
public:
    static constexpr std::size_t most = 20;

    /// `text` must outlive this object.
    diagnostics(std::string_view file, std::string_view text);

    void add(severity level, place at, std::string message, std::string_view nearest = {});
    void error(place at, std::string message, std::string_view nearest = {}) {
        add(severity::error, at, std::move(message), nearest);
    }
    /// How many, also those that are left out.
    std::size_t errors() const {
        return errors_;
    }
    bool has_errors() const {
        return errors_ != 0;
    }
    /// In the order of the file; if there were too many, the last one says how many are missing.
    std::vector<diagnostic> take();

private:
    std::string source_line(std::uint32_t line) const;

    std::string file_;
    std::string_view text_;
    std::vector<diagnostic> list_;
    std::size_t errors_ = 0;
    std::size_t left_out_ = 0;
};

}  // namespace tenthrule::scenarios
