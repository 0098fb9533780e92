#pragma once

#include <cstdint>

#include "worker/coverage/coverage.hpp"

namespace tenthrule::crew {

/// What a batch of `count` executions was worth, from 0 to 1, for the bandit. A failure is what all this is
/// for; a state that was never reached and a pair of operations that never met promise one; new classes are
/// as many as there are executions, in a large scenario, so they only count by their share.
double worth(bool new_failure, const coverage::news& news, std::uint64_t count);

}  // namespace tenthrule::crew
