#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tenthrule {

/// In reports, where other subjects have a kernel.
inline constexpr const char* kernel_of_programs = "program";

/// A test of a program that was built on the library.
struct program_test {
    std::string program;       ///< path; in a store as seen from there (see plan_paths.hpp)
    std::string test;          ///< its name there; may be empty
    std::uint64_t digest = 0;  ///< of its tokens
    std::uint64_t build = 0;   ///< of the bytes of the program
    friend bool operator==(const program_test&, const program_test&) = default;
};

/// What a campaign calls it: without blanks, so that it fits where names of scenarios do.
std::string name_of(const program_test& t);
/// By which a campaign tells it from other scenarios; another one after the program was built anew from other
/// sources.
std::uint64_t digest_of(const program_test& t);

/// TOML, kept where a scenario's text is.
std::string to_text(const program_test& t);
/// Nothing if the text is that of a scenario, or of nothing.
std::optional<program_test> program_test_from(std::string_view text);

/// The command line that replays a failure of it.
std::string replay_command(const program_test& t, std::string_view token);

}  // namespace tenthrule
