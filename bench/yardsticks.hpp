#pragma once

/// What everything else is measured by: a bare switch of fibers, and a scheduling point of the engine at
/// which nobody switches.

#include <cstddef>
#include <cstdint>
#include <vector>

#include <boost/context/detail/fcontext.hpp>

#include "runtime/execution.hpp"
#include "runtime/strategy.hpp"

namespace tenthrule::bench {

/// A fiber of Boost.Context that does nothing but jump back.
class jumper {
public:
    jumper() : stack_(std::size_t{64} * 1024) {
        using namespace boost::context::detail;
        other_ = make_fcontext(stack_.data() + stack_.size(), stack_.size(), [](transfer_t t) {
            for (;;) {
                t = jump_fcontext(t.fctx, nullptr);
            }
        });
    }
    /// Two jumps.
    void there_and_back() {
        other_ = boost::context::detail::jump_fcontext(other_, nullptr).fctx;
    }

private:
    std::vector<char> stack_;
    boost::context::detail::fcontext_t other_;
};

/// One task passes many points; another, if there is one, could step at each of them.
class points final : public program {
public:
    static constexpr std::uint32_t in_a_row = 1'000;

    explicit points(bool company) : company_(company) {}

    void boot(execution& e) override {
        const auto pass = [](void* /*argument*/) {
            execution& here = execution::current();
            for (std::uint32_t i = 0; i < in_a_row; ++i) {
                here.point(op_kind::load, access::read, 1, "x");
            }
        };
        e.add_task({.name = "a"}, pass, nullptr);
        if (company_) {
            e.add_task(
                {.name = "b"}, [](void* /*argument*/) {}, nullptr);
        }
    }

private:
    const bool company_;
};

/// Says: go on, whenever it is asked.
class go_on final : public strategy {
public:
    void begin(std::uint64_t /*seed*/) override {}
    actor pick(const situation& where) override {
        return where.fallback;
    }
    std::uint32_t choose(std::uint32_t /*n*/) override {
        return 0;
    }
};

}  // namespace tenthrule::bench
