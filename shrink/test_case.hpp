#pragma once

/// What can be searched, shrunk and replayed: the narrow interface between the engine's users and
/// whatever they test. A scenario is one; a test written against the library is another.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/execution.hpp"

namespace tenthrule {

/// How big a case is, apart from the schedule; smaller is simpler. In order of importance.
struct case_size {
    std::uint32_t tasks = 0;
    std::uint32_t steps = 0;   ///< operations in all tasks
    std::uint32_t timers = 0;  ///< operations with a timeout, and signals
    std::uint32_t starts = 0;  ///< 2 for each task that arrives, 1 for each that starts after another's step
    std::uint32_t priorities = 0;  ///< distinct priorities
    std::uint32_t cpus = 0;        ///< 0: a CPU for every task, the machine with the fewest rules
    std::uint32_t extras = 0;      ///< whatever else makes a case harder to read
    friend auto operator<=>(const case_size&, const case_size&) = default;
};

/// One thing that can be taken away from a case. The code is relative to the original case, so that a
/// list of codes says in a token what shrinking took away.
struct reduction {
    std::uint32_t code = 0;
    std::string about;  ///< "drop task waker"
};

/// Immutable. Thread safety: const members may be called from several threads.
class test_case {
public:
    test_case() = default;
    test_case(const test_case&) = delete;
    test_case& operator=(const test_case&) = delete;
    virtual ~test_case() = default;

    virtual std::string name() const = 0;
    /// Digest of everything that determines the meaning of a schedule, in the original, unreduced case.
    virtual std::uint64_t digest() const = 0;
    /// The program to execute; refers to the case, which must outlive it. One for each OS thread.
    virtual std::unique_ptr<program> instantiate() const = 0;
    /// Bounds and rules of its executions (log and unwind are set by the caller).
    virtual run_options options() const = 0;

    virtual case_size size() const = 0;
    /// What could be taken away next, the most promising first. Deterministic.
    virtual std::vector<reduction> reductions() const = 0;
    /// The case without it; nullptr if the code does not apply. Actors keep their numbers.
    virtual std::unique_ptr<test_case> reduced(std::uint32_t code) const = 0;
    /// The codes by which this case differs from the original one, in order of application.
    virtual const std::vector<std::uint32_t>& taken_away() const = 0;
};

}  // namespace tenthrule
