#include "campaign/turn_script.hpp"

#include <fmt/format.h>

#include "runtime/execution.hpp"

namespace tenthrule {

namespace {

bool is_step(const event& e) {
    return !e.story && e.kind != op_kind::choose;
}

}  // namespace

std::string step_words(const event& e) {
    return fmt::format("{} {}", to_string(e.kind), e.label);
}

turn_script script_of(const logged_run& run, std::size_t steps_min) {
    const std::vector<event>& log = run.result.log;
    std::size_t last_decision = 0;
    for (std::size_t i = 0; i < log.size(); ++i) {
        if (log[i].deviates) {
            last_decision = i;
        }
    }
    turn_script script;
    std::size_t steps = 0;
    for (std::size_t i = 0; i < log.size(); ++i) {
        const event& e = log[i];
        if (i > last_decision && steps >= steps_min) {
            break;
        }
        if (e.kind == op_kind::choose && !e.story && !script.empty()) {
            script.back().chooses.push_back(static_cast<std::uint8_t>(std::stoul(e.detail)));
        }
        if (!is_step(e)) {
            continue;
        }
        ++steps;
        if (script.empty() || script.back().who != e.who) {
            script.push_back({e.who, 0, {}, {}});
        }
        ++script.back().steps;
        script.back().does.push_back(step_words(e));
    }
    return script;
}

follow_script::follow_script(const turn_script& script) {
    for (const scripted_turn& turn : script) {
        for (std::uint32_t i = 0; i < turn.steps; ++i) {
            steps_.push_back({turn.who, i < turn.does.size() ? turn.does[i] : std::string()});
        }
        values_.insert(values_.end(), turn.chooses.begin(), turn.chooses.end());
    }
}

void follow_script::begin(std::uint64_t /*seed*/) {
    seen_events_ = seen_steps_ = next_value_ = 0;
    mismatch_.reset();
}

bool follow_script::compare(const std::vector<event>& log) {
    for (; seen_events_ < log.size() && seen_steps_ < steps_.size() && !mismatch_; ++seen_events_) {
        const event& e = log[seen_events_];
        if (!is_step(e)) {
            continue;
        }
        const step& expected = steps_[seen_steps_];
        if (expected.who != e.who || (!expected.words.empty() && expected.words != step_words(e))) {
            mismatch_ = mismatch{e.point, expected.who, expected.words, e, {}};
            return false;
        }
        ++seen_steps_;
    }
    return !mismatch_;
}

actor follow_script::pick(const situation& where) {
    const execution& e = execution::current();
    if (!compare(e.log())) {
        return no_actor;
    }
    if (seen_steps_ == steps_.size()) {
        return where.fallback;
    }
    const step& next = steps_[seen_steps_];
    if (next.who >= actors_max || !where.enabled.contains(next.who)) {
        mismatch_ = mismatch{e.points(), next.who, next.words, std::nullopt, where.enabled};
        return no_actor;
    }
    return next.who;
}

std::uint32_t follow_script::choose(std::uint32_t n) {
    const std::uint32_t value = next_value_ < values_.size() ? values_[next_value_] : 0;
    ++next_value_;
    return value < n ? value : 0;
}

std::optional<follow_script::mismatch> follow_script::first_mismatch(const run_result& finished) {
    if (compare(finished.log) && seen_steps_ < steps_.size()) {
        const step& next = steps_[seen_steps_];
        mismatch_ = mismatch{finished.statistics.points, next.who, next.words, std::nullopt, {}};
    }
    return mismatch_;
}

}  // namespace tenthrule
