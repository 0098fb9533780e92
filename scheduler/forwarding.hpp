#pragma once

#include "runtime/strategy.hpp"

namespace tenthrule {

/// Asks another strategy everything: what a class that looks on, or changes one answer, begins with.
class forwarding_strategy : public strategy {
public:
    /// `other` must outlive it.
    explicit forwarding_strategy(strategy& other) : other_(other) {}

    void begin(std::uint64_t seed) override {
        other_.begin(seed);
    }
    void appear(actor a) override {
        other_.appear(a);
    }
    actor pick(const situation& where) override {
        return other_.pick(where);
    }
    std::uint32_t choose(std::uint32_t n) override {
        return other_.choose(n);
    }
    void end(const execution_size& size) override {
        other_.end(size);
    }
    bool more() const override {
        return other_.more();
    }
    bool follows() const override {
        return other_.follows();
    }
    void followed(actor next, const operation* pending) override {
        other_.followed(next, pending);
    }
    bool watches() const override {
        return other_.watches();
    }
    footprint* recording() override {
        return other_.recording();
    }
    void stepped(const actor_set& enabled) override {
        other_.stepped(enabled);
    }
    bool forced(actor next) override {
        return other_.forced(next);
    }
    void cut() override {
        other_.cut();
    }
    void never_done(actor a, const operation& op) override {
        other_.never_done(a, op);
    }
    bool redundant() const override {
        return other_.redundant();
    }

protected:
    strategy& other() const {
        return other_;
    }

private:
    strategy& other_;
};

}  // namespace tenthrule
