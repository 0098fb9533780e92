#pragma once

#include <cstdint>
#include <vector>

#include "runtime/strategy.hpp"

namespace tenthrule {

/// `exhaustive`: every schedule once, depth first, without any reduction. Each execution follows the one
/// before up to the last choice point that has an untried possibility, and takes that one. The default
/// comes first at each point, then the others in ascending order, so the first execution is the default
/// one. Needs no seed.
///
/// A program whose executions differ though the decisions are the same cannot be explored: the execution
/// that notices ends with the verdict `diverged`.
class exhaustive final : public strategy {
public:
    void begin(std::uint64_t /*seed*/) override {
        depth_ = 0;
    }
    actor pick(const situation& where) override;
    std::uint32_t choose(std::uint32_t n) override;
    void end(const execution_size& size) override;
    bool more() const override {
        return !done_;
    }

private:
    /// A choice point on the path that is being explored.
    struct branch {
        std::uint16_t possibilities;
        std::uint16_t taken;  ///< those before it are done
    };
    static constexpr std::uint32_t nondeterministic = ~std::uint32_t{0};

    /// Which of n possibilities to take at the next choice point.
    std::uint32_t take(std::uint32_t n);

    std::vector<branch> path_;
    std::size_t depth_ = 0;
    bool done_ = false;
};

}  // namespace tenthrule
