#pragma once

/// Sequences that people write: TOML files, described in docs/conform.md.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conform/compare.hpp"
#include "scenarios/diagnostics.hpp"

namespace tenthrule::conform {

/// What the author says of the outcome of a step; whatever is not mentioned may be anything.
struct expectation {
    std::array<std::optional<outcome::returned>, threads_max> calls;
    std::optional<std::array<bool, threads_max>> asleep;
    std::array<std::optional<word_value>, words_max> words;
    std::array<std::optional<int>, threads_max> priority;
};

struct written_sequence {
    sequence what;
    std::vector<expectation> expected;  ///< of each step
};

struct sequence_file {
    std::optional<written_sequence> value;  ///< nothing if there is any error
    std::vector<scenarios::diagnostic> diagnostics;
};

/// Takes any bytes and throws nothing but std::bad_alloc.
sequence_file read_sequence(std::string_view text, std::string_view file);
sequence_file load_sequence(const std::string& path);

/// A file that `read_sequence` reads as the same sequence; the outcomes, if there are any, as expectations.
std::string to_toml(const sequence& s, const std::vector<outcome>& after);

/// The aspects of the outcome that are not as expected.
aspects difference(const outcome& is, const expectation& expected);
/// What was expected: "B returns 0; asleep: C; f=B; B at priority 20".
std::string in_words(const expectation& expected, const sequence& of);

}  // namespace tenthrule::conform
