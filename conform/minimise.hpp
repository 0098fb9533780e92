#pragma once

/// The smallest part of a sequence on which two kernels still differ.

#include <functional>

#include "conform/model.hpp"

namespace tenthrule::conform {

/// Whether they still differ, in the same way, on a sequence all of whose steps can be taken.
using still_differs = std::function<bool(const sequence&)>;

/// Takes away steps, threads, words, timeouts and flags for as long as that is true. Asks `differs` at most
/// `questions_max` times.
sequence minimise(sequence s, model& on, const still_differs& differs, unsigned questions_max = 2000);

}  // namespace tenthrule::conform
