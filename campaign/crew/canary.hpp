#pragma once

/// A scenario that every campaign must find to fail: if it does not, something is wrong with the machinery,
/// and what the campaign did not find means nothing.

#include <string>

#include "campaign/crew/arms.hpp"

namespace tenthrule::crew {

struct canary_or_error {
    crew_subject subject;  ///< without text: there is none
    std::string error;     ///< not empty: what is wrong with the file
};

/// `what`: canary_built_in, canary_none, or a scenario file.
canary_or_error make_canary(const std::string& what);

}  // namespace tenthrule::crew
