#pragma once

/// How far a verification got, in a file.
///
/// The first line names the format, the second whatever must be the same for going on to make sense, the
/// third is a CRC-32 of the rest: numbers, a row of them on each line.

#include <cstdint>
#include <string>
#include <vector>

namespace tenthrule::verifying {

using row = std::vector<std::uint64_t>;

struct saved_verification {
    std::string subject;  ///< case, kernel, version of the tool, bounds
    std::vector<row> rows;
};

/// Puts the new file in the place of the old one at once. Empty: it did; else what went wrong.
std::string write_verification(const std::string& path, const saved_verification& what);

/// Empty: `to` is what was written; else why it cannot be used for `subject`.
std::string read_verification(const std::string& path, const std::string& subject, saved_verification& to);

}  // namespace tenthrule::verifying
