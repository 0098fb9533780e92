#pragma once

namespace tenthrule::cli {

/// What a shell, a Makefile or git-bisect learns from a run. Part of the tool's contract: never renumber.
enum class exit_status : int {
    nothing_found = 0,
    violation_found = 1,
    bad_input = 2,  ///< the scenario, the token or the command line is wrong
    diverged = 3,   ///< a replay went another way than recorded
    internal_error = 4,
    interrupted = 130,  ///< SIGINT or SIGTERM; what was reached has been printed
};

}  // namespace tenthrule::cli
