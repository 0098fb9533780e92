#pragma once

/// What `./dev seeds --verify T` does: verifies each scenario of the table on a kernel with every correction,
/// and shows how far that got as a table for docs/verify.md.

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/verification.hpp"

namespace tenthrule::seeds {

/// How far one of the two searches of a scenario got, all runs together.
struct proof_part {
    std::chrono::duration<double> spent{0};  ///< processor time, divided by the threads that worked
    bool ended = false;                      ///< there is nothing left to search
    bool verified = false;                   ///< then: all schedules, and no execution was given up
    std::uint64_t executions = 0;
    std::uint64_t cuts = 0;
    double share = 0;                    ///< by estimate; without a bound only
    std::optional<std::uint32_t> bound;  ///< the largest that was searched to its end
};

struct proof {
    proof_part everything;
    proof_part bounds;   ///< 0, 1, 2, ...; `executions` are those of the largest that is done
    std::string broken;  ///< not empty: the rule that some schedule breaks

    bool ended() const {
        return everything.verified || bounds.ended || !broken.empty();
    }
};

struct proof_options {
    /// Processor time for each scenario and thread, what earlier runs took included.
    std::chrono::duration<double> time{0};
    unsigned jobs = 1;
    std::string folder;  ///< for what is done so far; made if it is not there
    const std::atomic<bool>* stop = nullptr;
    std::function<void(const verification_progress&, bool bounded)> on_progress;
};

/// Names of the table's scenarios, each once.
std::vector<std::string_view> scenarios_to_prove();

/// Goes on where an earlier run for the same folder ended. Half of the time is for all schedules, the rest
/// for bounds. Throws std::runtime_error if that cannot be done.
proof prove(std::string_view scenario, const proof_options& options);

/// The first lines of the table, and one of its rows.
std::string proof_header();
std::string proof_row(std::string_view scenario, const proof& p);

}  // namespace tenthrule::seeds
