#pragma once

/// What is measured of a row. Every figure is a function of the row and the effort: each seed is a search of
/// its own, so it does not matter what else was measured before or at the same time.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "campaign/scenario_case.hpp"
#include "shrink/shrink.hpp"
#include "tests/seeds/table/rows.hpp"
#include "worker/finding.hpp"

namespace tenthrule::seeds {

/// How much is done for each row.
struct effort {
    std::uint64_t seeds = 100;      ///< 1 to this; REQUIRES: at least 1
    std::uint64_t clean = 100'000;  ///< schedules on the cured kernel
    /// No seed gets more schedules than this, whatever the row says; 0: no limit.
    std::uint64_t schedules_max = 0;
    std::uint64_t shrink_executions_max = shrink_options{}.executions_max;
    /// Whether what the row promises is demanded. Not with less effort than usual.
    bool strict = true;
};

/// A row with everything that it names. Immutable.
struct subject {
    /// Throws std::invalid_argument if something is not there.
    explicit subject(const row& r);

    row of;
    std::shared_ptr<const scenario_case> searched;
    std::shared_ptr<const scenario_case> cured;
};

/// A scenario of scenarios/seeds, with its own preemption model. Throws std::invalid_argument if there is no
/// such scenario or kernel.
std::shared_ptr<const scenario_case> case_on(std::string_view scenario, std::string_view kernel_name);

/// The search on the kernel that has the bug.
struct discovery {
    std::vector<std::uint64_t> found_at;  ///< by seed: the first schedule that breaks a rule; 0: none did
    std::vector<std::pair<std::string, std::uint64_t>> broken;  ///< rules, and with how many seeds
    std::uint64_t within = 0;                                   ///< schedules that each seed had at most

    execution_figures shrunk;  ///< of the first seed's finding
    std::string token;         ///< empty: nothing was found
    bool replayed = false;     ///< from the token alone, to the same digest

    std::vector<std::string> problems;  ///< whatever is not as the row says

    std::uint64_t found() const;  ///< number of seeds
    /// The nearest rank: of so many per cent of the seeds nobody needs more schedules. 0: more than `within`.
    std::uint64_t percentile(unsigned percent) const;
};

discovery discover(const subject& s, const effort& e);

/// The search on the kernel that does not.
struct cleanness {
    std::uint64_t schedules = 0;
    std::vector<std::string> problems;
};

cleanness search_cured(const subject& s, const effort& e);

}  // namespace tenthrule::seeds
