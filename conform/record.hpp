#pragma once

/// Sequences with what a real kernel did, one JSON object a line: for machines on which that kernel does not
/// run. docs/conform.md describes the format.

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "conform/sequence.hpp"
#include "scenarios/diagnostics.hpp"

namespace tenthrule::conform {

struct recording {
    sequence what;
    std::vector<outcome> after;  ///< each step
    std::string kernel;          ///< "Linux 6.18.44"; "" if the recording does not say
};

/// One line; the diagnostics if it is none.
std::variant<recording, std::vector<scenarios::diagnostic>> read_recording(std::string_view line,
                                                                           std::string_view file,
                                                                           std::uint32_t line_number);

/// Without a newline at the end.
std::string to_json_line(const recording& r);

}  // namespace tenthrule::conform
