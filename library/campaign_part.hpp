#pragma once

/// A program's part in a campaign: `tenthrule campaign run PROGRAM` starts it to learn which tests it has,
/// and again as a worker for one of them.

#include <functional>

#include "library/explore.hpp"

namespace tenthrule {

/// Whether a campaign has started this program: then `explore` searches nothing, and what is not tested need
/// not run.
bool in_campaign();

namespace detail {

/// For whoever brings tests in another way than by calling explore. Announces the test, if that is what the
/// campaign wants. If the campaign wants a worker for this test, it is one, and the process ends with the
/// campaign. Else there is nothing to do here. What it returns says so. REQUIRES: in_campaign().
exploration take_part(const std::function<void()>& test, const explore_options& options);

}  // namespace detail

}  // namespace tenthrule
