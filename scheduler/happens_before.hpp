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
        return steps_[later].clock[steps_[earlier].column] > earlier;
    }
    /// The number of a's last step that had to come before `step` or is it, plus one; 0: none had to.
    std::uint32_t last_before(std::uint32_t step, actor a) const {
        return columns_[a] == no_column ? 0 : steps_[step].clock[columns_[a]];
    }
    /// The number of the last step that touched it, plus one; 0: none has.
    std::uint32_t last_touch(place_number where) const {
        return where < visits_.size() && !visits_[where].empty() ? visits_[where].back().step + 1U : 0;
    }
    /// The number of the same actor's step before that one, plus one; 0: it is its first.
    std::uint32_t previous(std::uint32_t step) const {
        return steps_[step].previous;
    }
    /// Whether the step gives back a lock: see places::given_back.
    bool gives_back(std::uint32_t step) const {
        return steps_[step].gives_back;
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
    using times = std::array<std::uint16_t, actors_max>;
    static constexpr std::uint8_t no_column = 0xff;
    static constexpr unsigned columns_at_once = 8;  ///< so many are worked on together

    struct visit {
        std::uint32_t written;  ///< number of the place's last visit, up to this one, that wrote, plus one
        std::uint16_t step;
        std::uint8_t column;  ///< of its actor
    };
    struct entry {
        actor who = no_actor;
        std::uint8_t column = 0;
        bool gives_back = false;
        std::uint32_t previous = 0;  ///< of the same actor, plus one; 0: none
        std::vector<touch> touched;
        times clock{};  ///< by column: the number of that actor's last step before this one, plus one
    };

    std::uint8_t column_of(actor who);
    void depend_on(const visit& earlier, std::uint8_t column);
    void find_races(entry& s);

    std::vector<entry> steps_;  ///< those behind size_ are kept for their memory
    std::uint32_t size_ = 0;
    std::array<std::uint32_t, actors_max> last_{};  ///< by column, plus one
    std::vector<std::vector<visit>> visits_;        ///< by place, in order
    std::vector<std::uint32_t> races_;
    /// While a step is added: the actors, by column, that it depends on, and the last step of each of them
    /// that it depends on, plus one; the others' are 0.
    std::vector<std::uint8_t> found_;
    std::array<std::uint32_t, actors_max> found_step_{};

    // Actors get columns as they turn up, so that clocks are as wide as there are actors.
    std::array<std::uint8_t, 256> columns_ = none();
    unsigned columns_used_ = 0;
    unsigned width_ = 0;  ///< of all clocks: columns_used_, rounded up

    static constexpr std::array<std::uint8_t, 256> none() {
        std::array<std::uint8_t, 256> all{};
        all.fill(no_column);
        return all;
    }
};

}  // namespace tenthrule
