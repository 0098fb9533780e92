#pragma once

/// A failing execution as one word: paste it into a mail, and whoever has the same scenario sees the same
/// failure. The format is described in docs/token-format.md and, in short, in token.cpp.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/execution.hpp"
#include "runtime/schedule.hpp"
#include "shrink/test_case.hpp"

namespace tenthrule {

struct token {
    /// Most scheduling points that have a fingerprint. More would not fit into a line.
    static constexpr std::size_t fingerprint_max = 128;

    std::uint64_t case_digest = 0;  ///< test_case::digest of the original case
    /// What else selects the tested system (a kernel with its patches), in bytes that only the caller
    /// understands. At most 255.
    std::string selection;
    std::optional<std::uint32_t> points_max;  ///< the step bound, if it is not the one of the case
    std::vector<std::uint32_t> taken_away;    ///< test_case::taken_away of the shrunk case
    schedule decisions;
    std::vector<std::uint8_t> fingerprint;  ///< see event_log.hpp; at most fingerprint_max values below 16
    std::uint32_t trace_digest = 0;         ///< the lower half of the digest of the event log

    friend bool operator==(const token&, const token&) = default;
};

/// The token of an execution. `logged`: its result, with the log.
token make_token(const test_case& of, std::string_view selection, const run_result& logged);

/// REQUIRES: decisions in ascending order, the bounds above.
std::string encode(const token& t);

struct token_or_error {
    std::optional<token> read;
    std::string error;  ///< one line in words, if nothing was read
};

/// Takes any text. Refuses whatever `encode` does not produce: a token in which a character was changed,
/// added or lost is never taken for another one.
token_or_error decode_token(std::string_view text);

}  // namespace tenthrule
