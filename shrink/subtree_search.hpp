#pragma once

/// One subtree of a verification: its search, and what came of it so far.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "runtime/execution.hpp"
#include "scheduler/dpor.hpp"

namespace tenthrule::verifying {

struct counts {
    std::uint64_t executions = 0;
    std::uint64_t redundant = 0;
    std::uint64_t cuts = 0;
    std::uint64_t points = 0;
    std::uint32_t longest = 0;

    void add(const counts& more);
};

/// Thread safety: none.
class subtree_search {
public:
    /// `bound`: see verification_options.
    subtree_search(const subtree& of, std::optional<std::uint32_t> bound);
    /// Finds the subtrees behind the first so many decisions.
    subtree_search(dpor::frontier where, std::optional<std::uint32_t> bound);

    /// One execution. False if there is no other one to come.
    bool step(execution& machine, program& instance, const run_options& options);

    bool finished() const {
        return failure_.has_value() || !searcher_.more();
    }
    const counts& so_far() const {
        return counts_;
    }
    /// The first violation; the search is then over.
    const std::optional<run_result>& failure() const {
        return failure_;
    }
    /// An execution went another way than the same decisions did before.
    bool diverged() const {
        return diverged_;
    }
    bool left_out() const {
        return searcher_.left_out();
    }
    double share() const;
    std::vector<subtree>& subtrees() {
        return searcher_.subtrees();
    }

    void save(std::vector<std::uint64_t>& to) const;
    bool restore(std::span<const std::uint64_t> from);

private:
    dpor searcher_;
    counts counts_;
    std::optional<run_result> failure_;
    bool diverged_ = false;
};

}  // namespace tenthrule::verifying
