#pragma once

/// What comes of the executions that a worker does, as plain data.

#include <cstdint>
#include <string>
#include <vector>

#include "shrink/order.hpp"

namespace tenthrule {

/// A failure that executions of one batch had.
struct failure_seen {
    std::string identity;
    std::string rule;
    std::string message;
    std::uint64_t first_index = 0;  ///< number of the first execution of the batch that had it, from 0
    std::uint64_t times = 1;
    std::string token;  ///< of that execution
    /// "": a violation of a rule; else what happened to the worker: "signal 11 (SIGSEGV)", "hang", "memory".
    std::string crash;
};

/// What a worker did: executions [first, first + count) of an arm.
struct batch_result {
    std::int64_t arm = 0;  ///< the store's number of it; workers do not know it
    std::uint64_t first = 0;
    std::uint64_t count = 0;
    std::uint64_t points = 0;
    std::uint64_t step_bounds = 0;
    std::uint64_t failures = 0;
    std::uint64_t crashes = 0;
    std::uint64_t hangs = 0;
    double seconds = 0;
    std::uint32_t longest = 0;
    bool anything_new = false;  ///< coverage or a failure that the arm's subject did not have before
    /// In a report: what this batch has covered. For the store: the subject's whole coverage with this batch
    /// in it; empty: as it was.
    std::string coverage;
    std::vector<failure_seen> seen;
};

/// Size of a reproducer, and the numbers that reports show.
struct reproducer_size {
    std::uint32_t tasks = 0;
    std::uint32_t steps = 0;
    std::uint32_t preemptions = 0;
    std::uint32_t events = 0;
    std::uint32_t interleavings = 0;
    std::uint32_t points = 0;
    friend bool operator==(const reproducer_size&, const reproducer_size&) = default;
};

/// The best that shrinking has made of a finding so far.
struct best_reproducer {
    shrinking::weight weight;  ///< what is compared
    reproducer_size size;
    reproducer_size original;  ///< of the execution as it was found
    std::string token;
    std::string text;  ///< of a scenario: the *.repro.toml file; of a program's test: its trace
    std::string message;
    bool certified = false;
    std::string certified_because;
    std::uint64_t shrink_executions = 0;
    bool complete = false;  ///< shrinking came to its end, so there is no point in doing it again
};

}  // namespace tenthrule
