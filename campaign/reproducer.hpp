#pragma once

/// A failure in a file of its own (`*.repro.toml`): the whole scenario as shrinking left it, which rule
/// breaks, and the schedule as a list of who steps how often. Needs nothing else to be replayed, and a person
/// can edit it: the scenario, to see what the failure depends on, or the schedule.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/turn_script.hpp"
#include "scenarios/diagnostics.hpp"
#include "scenarios/scenario.hpp"
#include "shrink/replay_check.hpp"
#include "worker/finding.hpp"

namespace tenthrule {

struct reproducer {
    scenarios::scenario what;
    std::string tool;              ///< "tenthrule 0.1.0"; for information
    std::string rule;              ///< name of the violated rule
    std::string identity;          ///< of the failure
    std::string message;           ///< for information
    std::string token;             ///< the same failure as a token; for information
    std::uint32_t points_max = 0;  ///< step bound; 0: that of the scenario
    std::string trace_digest;      ///< sixteen hexadecimal digits; for information
    turn_script schedule;
};

/// The finding as a reproducer. REQUIRES: it was found in a scenario_case.
reproducer make_reproducer(const finding& f, std::string_view tool);

/// The file's text. Reading it gives the reproducer again.
std::string to_text(const reproducer& r);

/// Writes the file whole or not at all (an existing one is replaced). Not empty: what went wrong.
std::string write_reproducer(const reproducer& r, const std::string& path);

struct reproducer_or_problems {
    std::optional<reproducer> read;
    std::vector<scenarios::diagnostic> diagnostics;  ///< errors and warnings
};

/// Whether a text is a reproducer rather than a scenario: it has a line `[reproducer]`.
bool is_reproducer(std::string_view text);

/// `file` is only used in diagnostics. Takes any bytes.
reproducer_or_problems read_reproducer(std::string_view text, std::string_view file);
reproducer_or_problems read_reproducer_file(const std::string& path);

/// Replays it. Diverged: a step is another one than the schedule says, or the execution ends otherwise.
replay_report replay_reproducer(const reproducer& r);

}  // namespace tenthrule
