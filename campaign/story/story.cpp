#include "campaign/story/story.hpp"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "campaign/scenario_case.hpp"
#include "scenarios/scenario_program.hpp"
#include "scheduler/replay.hpp"
#include "shrink/attempts.hpp"

namespace tenthrule {

namespace {

// A program that lets somebody look on: after boot, and whenever the log wants its state.
class watched_program final : public program {
public:
    watched_program(program& inner, std::function<void(const execution&)> look)
        : inner_(inner), look_(std::move(look)) {}

    void boot(execution& e) override {
        inner_.boot(e);
        look_(e);
    }
    void at_rest(execution& e, bool for_ever) override {
        inner_.at_rest(e, for_ever);
    }
    void finish(execution& e) override {
        inner_.finish(e);
    }
    std::string remark(execution& e) override {
        return inner_.remark(e);
    }
    void describe(execution& e, std::string& to) override {
        inner_.describe(e, to);
        look_(e);
    }

private:
    program& inner_;
    std::function<void(const execution&)> look_;
};

class teller {
public:
    teller(const told_execution& what, const logged_run& run, std::vector<machine_state> states)
        : what_(what), run_(run), states_(std::move(states)) {}

    story tell() {
        const auto* const of = dynamic_cast<const scenario_case*>(what_.of.get());
        if (of != nullptr) {
            roles_ = roles_of(of->what());
        }
        name_everybody(of);
        steps();
        draw();
        if (run_.result.end == verdict::violation) {
            story_.failure = run_.result.failure;
        }
        return std::move(story_);
    }

private:
    void name_everybody(const scenario_case* of) {
        story_.names = run_.names;
        for (std::size_t a = 0; a < roles_.size() && a < story_.names.size(); ++a) {
            if (roles_[a].is != actor_role::kind::nobody) {
                story_.names[a] = roles_[a].name;
            }
        }
        for (std::size_t t = 0; t < states_.front().tasks.size(); ++t) {
            if (of == nullptr || t >= of->what().tasks.size() || !of->what().tasks[t].dropped) {
                story_.tasks.push_back(static_cast<actor>(t));
            }
        }
    }

    void steps() {
        // Of a fair continuation the beginning is enough.
        constexpr std::size_t fair_steps_shown = 80;
        std::size_t fair_steps = 0;
        story_.before = std::move(states_.front());
        const std::vector<event>& log = run_.result.log;
        for (std::size_t i = 0; i < log.size(); ++i) {
            const event& e = log[i];
            const bool another = !e.story || story_.steps.empty() || story_.steps.back().point != e.point ||
                                 story_.steps.back().who != e.who;
            if (another && e.fair && ++fair_steps > fair_steps_shown) {
                ++story_.steps_left_out;
            } else if (another && story_.steps_left_out == 0) {
                begin_step(e);
            }
            if (story_.steps_left_out == 0) {
                if (e.story) {
                    story_.steps.back().lines.push_back(e.label);
                }
                story_.steps.back().after = std::move(states_[i + 1]);
            }
        }
    }

    void begin_step(const event& e) {
        story_step step;
        step.point = e.point;
        step.who = e.who;
        step.task = task_of(e.who);
        step.cpu = e.cpu;
        step.came = e.came;
        step.marked = e.deviates;
        step.kind = e.kind;
        if (!e.story) {
            step.label = e.label;
            step.detail = e.detail;
        }
        if (e.deviates && what_.why != nullptr) {
            const std::vector<counterfactual>& all = what_.why->deviations;
            const auto known = std::find_if(all.begin(), all.end(),
                                            [&e](const counterfactual& c) { return c.point == e.point; });
            if (known != all.end()) {
                step.needed = !known->survives;
            }
        }
        story_.steps.push_back(std::move(step));
    }

    actor task_of(actor who) const {
        return who < roles_.size() && roles_[who].is != actor_role::kind::nobody ? roles_[who].task : who;
    }

    void draw() {
        chart drawn = make_chart(run_, roles_);
        story_.rows = drawn_rows(drawn);
        story_.homes = home_cpus(drawn);
        for (const drawn_row& row : story_.rows) {
            story_.step_of_row.push_back(find_step(row.step, drawn.columns[row.column].task));
        }
        story_.columns = std::move(drawn.columns);
        story_.told = std::move(drawn.rows);
    }

    // Rows of a continuation that is left out belong to the last step.
    std::size_t find_step(std::uint32_t point, actor task) const {
        const auto found =
            std::find_if(story_.steps.begin(), story_.steps.end(), [=](const story_step& step) {
                return step.point == point && step.task == task;
            });
        return found == story_.steps.end() ? story_.steps.size() - 1
                                           : static_cast<std::size_t>(found - story_.steps.begin());
    }

    const told_execution& what_;
    const logged_run& run_;
    std::vector<machine_state> states_;  // before the first event, then after each
    std::vector<actor_role> roles_;
    story story_;
};

}  // namespace

story_or_error tell_story(const told_execution& what) {
    const std::unique_ptr<program> inner = what.of->instantiate();
    const auto* const scenario = dynamic_cast<const scenarios::scenario_program*>(inner.get());
    std::vector<machine_state> states;
    watched_program instance(*inner, [&](const execution& e) {
        states.resize(e.log().size() + 1);
        states.back() = look_at(e, scenario == nullptr ? nullptr : &scenario->kernel_state());
    });
    replay how(what.decisions);
    const logged_run run = run_logged(*what.of, instance, how, what.points_max);
    if (run.trace_digest != what.trace_digest || run.result.log.empty()) {
        return {std::nullopt, fmt::format("executing the same schedule again gave another execution: its "
                                          "digest is {:016x}, not {:016x}",
                                          run.trace_digest, what.trace_digest)};
    }
    return {teller(what, run, std::move(states)).tell(), {}};
}

std::optional<explanation> explain_briefly(const std::shared_ptr<const test_case>& of,
                                           const logged_run& failing, std::uint32_t points_max) {
    constexpr std::size_t decisions_max = 64;
    const schedule& decisions = failing.result.decisions;
    if (failing.result.end != verdict::violation || decisions.size() > decisions_max) {
        return std::nullopt;
    }
    const shrinking::candidate what{std::make_shared<shrinking::specimen>(of, points_max), decisions,
                                    failing.result.statistics};
    // The execution itself, and two ways to do without each decision.
    const std::uint64_t executions_max = 1 + 2 * decisions.size();
    explanation why = shrinking::explain(what, failing.result.failure.identity, executions_max);
    why.defaults = why.free_defaults = 0;
    return why;
}

}  // namespace tenthrule
