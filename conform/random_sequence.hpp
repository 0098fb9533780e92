#pragma once

/// Sequences drawn at random: right calls and wrong ones mixed, so that the order in which a kernel finds
/// mistakes is compared as well.

#include <cstdint>
#include <vector>

#include "conform/model.hpp"

namespace tenthrule::conform {

struct random_options {
    /// Only these operations; empty: all. Steps from outside come along with the calls that they act on.
    std::vector<operation_id> only;
    bool realtime_only = false;  ///< no SCHED_OTHER threads
    bool kernel_threads = true;  ///< words may name one
};

struct random_sequence {
    sequence what;
    model_run run;  ///< what the model does with it
};

/// 2 to 5 threads, 1 to 4 words, up to 30 steps: the same for the same seed, options and patches of the
/// model.
random_sequence make_random_sequence(std::uint64_t seed, const random_options& options, model& on);

}  // namespace tenthrule::conform
