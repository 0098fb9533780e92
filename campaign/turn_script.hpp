#pragma once

/// A schedule that a person can read and edit: who steps, how often, and what these steps are. Unlike
/// deviations it says everything, so that following it finds the first step that is another one.

#include <optional>
#include <string>
#include <vector>

#include "runtime/strategy.hpp"
#include "shrink/logged_run.hpp"

namespace tenthrule {

struct scripted_turn {
    actor who = no_actor;
    std::uint32_t steps = 0;
    std::vector<std::string> does;  ///< "load cond", one for each step; may be shorter: the rest is unknown
    std::vector<std::uint8_t> chooses;  ///< what the choose() calls in it gave, all of them, in order
    friend bool operator==(const scripted_turn&, const scripted_turn&) = default;
};

using turn_script = std::vector<scripted_turn>;

/// The turns of an execution, as far as it was not the default any more, and at least `steps_min` steps:
/// what comes after them follows by itself.
turn_script script_of(const logged_run& run, std::size_t steps_min);

/// "load cond": how a script names a step.
std::string step_words(const event& e);

/// Follows a script, then the default. Ends the execution (verdict `diverged`) at the first step that is not
/// the scripted one. REQUIRES: executions with the log on.
class follow_script final : public strategy {
public:
    explicit follow_script(const turn_script& script);

    void begin(std::uint64_t seed) override;
    actor pick(const situation& where) override;
    std::uint32_t choose(std::uint32_t n) override;

    struct mismatch {
        std::uint32_t point = 0;
        actor expected = no_actor;
        std::string expected_words;   ///< may be empty: unknown
        std::optional<event> actual;  ///< nothing: `expected` could not step, or the execution had ended
        actor_set enabled;            ///< who could step instead; empty if the execution had ended
    };
    /// Of the last execution, whose log this is. Nothing: it followed the script to its end.
    std::optional<mismatch> first_mismatch(const run_result& finished);

private:
    struct step {
        actor who;
        std::string words;
    };
    /// Compares what has happened since the last time. False: something else than is scripted.
    bool compare(const std::vector<event>& log);

    std::vector<step> steps_;
    std::vector<std::uint8_t> values_;
    std::size_t seen_events_ = 0;
    std::size_t seen_steps_ = 0;
    std::size_t next_value_ = 0;
    std::optional<mismatch> mismatch_;
};

}  // namespace tenthrule
