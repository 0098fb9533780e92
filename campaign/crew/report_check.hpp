#pragma once

#include <string>

#include "campaign/crew/foreman.hpp"

namespace tenthrule::crew {

/// Why it cannot be that `r` is the report about `a`; empty: it can. Workers that test what others have
/// written may say anything.
std::string what_is_wrong(const work_report& r, const assignment& a);

}  // namespace tenthrule::crew
