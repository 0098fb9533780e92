#pragma once

#include "runtime/strategy.hpp"

namespace tenthrule {

/// `roundrobin`: at each choice point the next enabled actor after the current one steps, in ascending
/// order of their numbers and round again. The most even schedule there is, and always the same one: for
/// comparison, and to see a program run.
class round_robin final : public strategy {
public:
    void begin(std::uint64_t /*seed*/) override {}
    actor pick(const situation& where) override;
    std::uint32_t choose(std::uint32_t /*n*/) override {
        return 0;
    }
};

}  // namespace tenthrule
