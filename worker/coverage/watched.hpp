#pragma once

/// A strategy that looks on while another one decides.

#include <array>
#include <cstdint>
#include <vector>

#include "scheduler/forwarding.hpp"
#include "scheduler/happens_before.hpp"
#include "worker/coverage/operation_pairs.hpp"

namespace tenthrule {

/// Does what the other one does; of executions that are to be watched it learns to which class they belong
/// and which operations followed each other in them. An execution is the same one, watched or not.
class watched final : public forwarding_strategy {
public:
    /// `other` must outlive it. REQUIRES: !other.watches().
    explicit watched(strategy& other) : forwarding_strategy(other) {}

    /// Whether the executions from now on are watched. Not being watched costs next to nothing.
    void watch(bool yes) {
        watching_ = yes;
    }

    /// Of the last execution, if it was watched: equal for executions that differ only in the order of
    /// independent steps (scheduler/dependence.hpp) and, but for accidents, for no others. Only what came
    /// before a fair continuation counts, and no more than happens_before::steps_max steps.
    std::uint64_t class_hash() const {
        return class_hash_;
    }
    /// Hashes, each as often as it happened.
    const std::vector<std::uint64_t>& pairs() const {
        return pairs_;
    }

    void begin(std::uint64_t seed) override;
    actor pick(const situation& where) override;
    std::uint32_t choose(std::uint32_t n) override;
    void end(const execution_size& size) override;
    bool watches() const override {
        return watching_;
    }
    footprint* recording() override {
        return watching_ ? &touched_ : nullptr;
    }
    void stepped(const actor_set& enabled) override;
    bool forced(actor next) override;
    void cut() override;

private:
    void open(actor who, const actor_set& enabled);
    void close(const actor_set& enabled);

    bool watching_ = false;
    bool open_ = false;
    bool cut_ = false;
    actor who_ = no_actor;
    std::uint64_t operation_ = 0;
    std::array<std::uint64_t, actors_max> chosen_{};  ///< by actor: what choose() gave it
    actor_set before_;                                ///< who could step when the step began
    actor_set enabled_;
    footprint touched_;
    happens_before order_;
    operation_pairs operations_;
    std::uint64_t class_hash_ = 0;
    std::vector<std::uint64_t> pairs_;
};

}  // namespace tenthrule
