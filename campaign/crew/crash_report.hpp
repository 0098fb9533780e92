#pragma once

#include <cstdint>

#include "campaign/crew/arms.hpp"
#include "campaign/crew/foreman.hpp"

namespace tenthrule::crew {

/// The failure of the execution `index` in which a worker ended, with the token that leads to it.
failure_seen crash_seen(const death& d, std::uint64_t index, const crew_subject& subject,
                        const execution_limits& limits);

}  // namespace tenthrule::crew
