#pragma once

/// Whether a shrunk execution is as small as it gets: an exhaustive search with less than it has.

#include <cstdint>
#include <optional>
#include <string>

#include "shrink/attempts.hpp"

namespace tenthrule::shrinking {

struct certificate {
    /// In the case of the execution, no schedule with fewer switches (preemptions and interleavings together)
    /// and no more events has the failure, nor one with fewer events and no more switches.
    bool certified = false;
    std::string because;  ///< what that says, or why it is not known
    /// A schedule that has the failure with less: the search ended there.
    std::optional<schedule> smaller;
    std::uint64_t executions = 0;
};

/// At most `executions_max` executions. `stop` may be null.
certificate certify(const candidate& what, const std::string& identity, std::uint64_t executions_max,
                    const std::atomic<bool>* stop);

}  // namespace tenthrule::shrinking
