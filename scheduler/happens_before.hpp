#pragma once

/// The order that the dependent steps of one execution impose, with steps added and taken away at its end.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "scheduler/dependence.hpp"

namespace tenthrule {

/// Thread safety: none.
class happens_before {
public:
    /// Steps are numbered from 0.
    static constexpr std::uint32_t steps_max = 65'000;

    std::uint32_t size() const {
        return size_;
    }
    actor who(std::uint32_t step) const {
        return steps_[step].who;
    }
    std::span<const touch> touches(std::uint32_t step) const {
        return steps_[step].touched;
    }
    /// Whether `earlier` had to come before `later`. REQUIRES: earlier < later.
    bool before(std::uint32_t earlier, std::uint32_t later) const {
        return steps_[later].clock[steps_[earlier].who] > earlier;
    }
    /// The number of a's last step that had to come before `step` or is it, plus one; 0: none had to.
    std::uint32_t last_before(std::uint32_t step, actor a) const {
        return steps_[step].clock[a];
    }

    /// A step comes behind the others. `races`, valid until the next call, gets the steps of other actors
    /// that it races with, latest first: those that came before it by nothing but their dependence on it.
    /// REQUIRES: size() < steps_max.
    const std::vector<std::uint32_t>& add(actor who, std::span<const touch> touched);
    /// Takes away all but the first n.
    void shorten(std::uint32_t n);

    /// A hash that is equal for executions that differ only in the order of independent steps, and, but for
    /// accidents, for no others. REQUIRES: each actor's steps differ by their footprints or their number.
    std::uint64_t trace_hash() const;

private:
    using times = std::array<std::uint16_t, tasks_max + events_max>;
    struct visit {
        std::uint32_t step;
        std::uint32_t written;  ///< number of the place's last visit, up to this one, that wrote, plus one
    };
    struct entry {
        actor who = no_actor;
        std::uint32_t previous = 0;  ///< of the same actor, plus one; 0: none
        std::vector<touch> touched;
        times clock{};  ///< by actor: the number of its last step before this one, plus one
    };

    void collect(const touch& t, actor who);
    void note(std::uint32_t earlier, actor who);

    std::vector<entry> steps_;  ///< those behind size_ are kept for their memory
    std::uint32_t size_ = 0;
    std::array<std::uint32_t, tasks_max + events_max> last_{};  ///< by actor, plus one
    std::vector<std::vector<visit>> visits_;                    ///< by place, in order
    std::vector<std::uint32_t> found_;
    std::vector<std::uint32_t> races_;
};

}  // namespace tenthrule
