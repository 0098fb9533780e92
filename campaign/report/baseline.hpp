#pragma once

/// Failures that are known already, one in a line, so that new ones can be told apart:
///
///     # what `tenthrule campaign export` writes, or a person
///     steal-vs-timeout    owner-on-return|waiter|lock_pi
///
/// a scenario's name or `*` for any, white space, and the identity of a failure up to the end of the line.
/// Empty lines and those that begin with '#' mean nothing.

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenarios/diagnostics.hpp"

namespace tenthrule {

class baseline {
public:
    void add(std::string scenario, std::string identity);
    bool knows(const std::string& scenario, const std::string& identity) const;
    std::size_t size() const {
        return known_.size();
    }
    /// The file's text, sorted.
    std::string to_text() const;

private:
    std::set<std::pair<std::string, std::string>> known_;
};

struct baseline_or_problems {
    std::optional<baseline> value;  ///< nothing if there is any error
    std::vector<scenarios::diagnostic> diagnostics;
};

/// Takes any bytes.
baseline_or_problems read_baseline(std::string_view text, std::string_view file);
baseline_or_problems read_baseline_file(const std::string& path);

}  // namespace tenthrule
