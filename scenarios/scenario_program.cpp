#include "scenarios/scenario_program.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "kernel/rules.hpp"

namespace tenthrule::scenarios {

run_options options_of(const scenario& s) {
    run_options o;
    o.rules = enabled_rules(s);
    o.retries_count = s.rules.retries != 0;
    if (s.explore.points_max != 0) o.points_max = s.explore.points_max;
    return o;
}

// ---- Before any execution

scenario_program::scenario_program(const scenario& s) : scenario_(s) {
    config_.patches = effective_patches(s.kernel);
    config_.preempt = s.kernel.preempt;
    config_.retries_allowed = s.rules.retries;
    compile_words();
    compile_followers();
    runners_.resize(s.tasks.size());
    for (unsigned t = 0; t < s.tasks.size(); ++t) {
        compile_task(t);
    }
}

void scenario_program::compile_words() {
    for (const word& w : scenario_.words) {
        word_numbers_.push_back(static_cast<std::uint8_t>(words_.size()));
        if (!w.dropped) {
            words_.push_back({w.name.c_str(), w.kind, w.owner ? 0 : w.value, w.bucket, w.robust, w.faults});
            config_.buckets = std::max(config_.buckets, w.bucket + 1U);
        }
    }
}

void scenario_program::compile_followers() {
    const auto add = [this](const step_reference& after, actor whom) {
        const unsigned kept = steps_kept(scenario_.tasks[after.task], after.steps);
        followers_.push_back({{after.task, static_cast<std::uint16_t>(kept)}, whom, false});
    };
    actor event = first_event;
    for (unsigned t = 0; t < scenario_.tasks.size(); ++t) {
        const task& it = scenario_.tasks[t];
        if (it.after && !it.dropped) {
            add(*it.after, it.start == task_start::arrives ? event : static_cast<actor>(t));
        }
        if (has_arrival(it)) ++event;
    }
    for (const signal_source& g : scenario_.signals) {
        if (g.after && !g.dropped) add(*g.after, event);
        ++event;
    }
}

bool scenario_program::somebody_follows(unsigned t, unsigned steps) const {
    return std::any_of(followers_.begin(), followers_.end(),
                       [t, steps](const follower& f) { return f.after.task == t && f.after.steps == steps; });
}

void scenario_program::compile_task(unsigned t) {
    const task& from = scenario_.tasks[t];
    runner& to = runners_[t];
    to.program = this;
    to.id = static_cast<actor>(t);
    to.rounds = from.repeat;
    to.start_lets_go = somebody_follows(t, 0);
    for (const step& s : from.steps) {
        if (!s.dropped) {
            to.steps.push_back(compile_step(s));
            to.steps.back().lets_go = somebody_follows(t, static_cast<unsigned>(to.steps.size()));
        }
    }
}

scenario_program::compiled_step scenario_program::compile_step(const step& from) const {
    const auto number = [this](std::uint8_t word) {
        return word < word_numbers_.size() ? word_numbers_[word] : word;
    };
    compiled_step to;
    to.what = from.what;
    to.what.futex = number(from.what.futex);
    to.what.to = number(from.what.to);
    to.returns.all = &from.returns;
    for (const int e : from.returns.errors) {
        const auto error = static_cast<unsigned>(e);
        if (error < 256) to.returns.errors[error / 64] |= std::uint64_t{1} << (error % 64);
    }
    to.only_if = from.only_if;
    to.only_if.word = number(from.only_if.word);
    to.times = from.repeat;
    if (from.as_long.kind != condition_kind::always) {
        to.kind = loop::as_long;
        to.again = from.as_long;
    } else if (from.until.kind != condition_kind::always) {
        to.kind = loop::until;
        to.again = from.until;
    }
    to.again.word = number(to.again.word);
    return to;
}

// ---- At the beginning of an execution

void scenario_program::boot(execution& e) {
    execution_ = &e;
    e.set_cpus(scenario_.cpus);
    system_ = &kernel::boot(e, config_);
    for (const kernel::word_spec& w : words_) {
        kernel::add_word(*system_, w);
    }
    for (follower& f : followers_) {
        f.let_go = false;
    }
    for (unsigned t = 0; t < scenario_.tasks.size(); ++t) {
        boot_task(e, t);
    }
    for (std::size_t w = 0; w < scenario_.words.size(); ++w) {
        const word& it = scenario_.words[w];
        if (it.owner && !it.dropped) kernel::set_initial_owner(*system_, word_numbers_[w], *it.owner);
    }
    boot_signals(e);
}

void scenario_program::boot_task(execution& e, unsigned t) {
    const task& from = scenario_.tasks[t];
    task_spec spec;
    spec.name = from.name.c_str();
    spec.sched = from.sched;
    spec.priority = from.priority;
    if (from.affinity != 0) spec.affinity = from.affinity;
    if (from.after) {
        spec.start = start_mode::held;
    } else if (from.start == task_start::arrives) {
        spec.start = start_mode::arrives;
    }
    if (from.dropped) {
        kernel::add_placeholder(*system_);
    } else {
        kernel::add_task(*system_, spec, &enter, &runners_[t]);
    }
    // The engine makes the event of a task that arrives at any time; the others are made here.
    if (has_arrival(from) && (from.dropped || spec.start != start_mode::arrives)) {
        e.add_event(op_kind::arrive, spec.name, &arrive, &runners_[t], false);
    }
}

void scenario_program::boot_signals(execution& e) {
    for (const signal_source& g : scenario_.signals) {
        if (g.dropped) {
            e.add_event(
                op_kind::signal, g.name.c_str(), [](void*) {}, nullptr, false);
        } else {
            kernel::add_signal(*system_, g.task, g.name.c_str(), g.restart, !g.after);
        }
    }
}

// ---- A task's life

void scenario_program::arrive(void* argument) {
    const runner& r = *static_cast<const runner*>(argument);
    r.program->execution_->release(r.id);
}

void scenario_program::enter(void* argument) {
    const runner& r = *static_cast<const runner*>(argument);
    r.program->run(r);
}

void scenario_program::run(const runner& r) {
    if (r.start_lets_go) let_go(r.id, 0);
    for (unsigned round = 0; round < r.rounds; ++round) {
        last_result last;
        unsigned steps = 0;
        for (const compiled_step& s : r.steps) {
            const bool skipped = s.only_if.kind != condition_kind::always && !holds(s.only_if, last);
            if (skipped) {
                execution_->story("skips {}", kernel::info(s.what.op).name);
            } else {
                run_step(s, last);
            }
            ++steps;
            if (s.lets_go) let_go(r.id, steps);
            if (s.what.op == kernel::op_code::exit && !skipped) {
                return;
            }
        }
    }
}

void scenario_program::run_step(const compiled_step& s, last_result& last) {
    const auto turn = [&] { last = {true, carry_out(s)}; };
    const auto again = [&] { execution_->retry(kernel::info(s.what.op).name); };
    switch (s.kind) {
        case loop::times:
            for (unsigned i = 0; i < s.times; ++i) {
                turn();
                execution_->progress();
            }
            return;
        case loop::as_long:
            for (bool first = true; holds(s.again, last); first = false) {
                if (!first) again();
                turn();
            }
            break;
        case loop::until:
            for (turn(); !holds(s.again, last); turn()) {
                again();
            }
            break;
    }
    execution_->progress();
}

long scenario_program::carry_out(const compiled_step& s) {
    const long result = kernel::perform(*system_, s.what);
    if (!s.returns.contains(result)) [[unlikely]] {
        refused(s.what, *s.returns.all, result);
    }
    return result;
}

void scenario_program::refused(const kernel::call& c, const result_set& allowed_results, long result) {
    const kernel::operation_info& o = kernel::info(c.op);
    const std::string name = kernel::result_name(result);
    const std::string where =
        o.takes(kernel::argument::futex) ? fmt::format("({})", words_[c.futex].name) : std::string();
    const bool held = kernel::held_before(*system_);
    const std::string why = kernel::why_refused(*system_);
    execution_->report(
        kernel::rules::unexpected_error,
        fmt::format("{} returned {}{}", o.name, name, held ? " to the holder" : ""),
        fmt::format("{}: {}{} returned {}{}; expected {}{}{}", execution_->name(execution_->self()), o.name,
                    where, name, held ? " to the holder of the lock" : "", to_string(allowed_results),
                    why.empty() ? "" : ". When it looked, ", why));
}

bool scenario_program::holds(const condition& c, const last_result& last) {
    // Reading a word is a step that others can come before or after; its result is looked at at once.
    const auto owned = [&] {
        const bool mine = kernel::owns(*system_, c.word);
        if (execution_->logging()) execution_->detail("is {}", kernel::word_text(*system_, c.word));
        return mine;
    };
    const auto value = [&] {
        (void)owned();
        return kernel::word_value(*system_, c.word);
    };
    switch (c.kind) {
        case condition_kind::always:
            return true;
        case condition_kind::owner:
            return owned();
        case condition_kind::not_owner:
            return !owned();
        case condition_kind::ok:
            return last.known && last.value >= 0;
        case condition_kind::failed:
            return last.known && last.value < 0;
        case condition_kind::returned:
            return last.known && last.value == -c.error;
        case condition_kind::word_is:
            return value() == c.value;
        case condition_kind::word_is_not:
            return value() != c.value;
    }
    return true;
}

void scenario_program::let_go(actor task, unsigned steps) {
    for (follower& f : followers_) {
        if (f.let_go || f.after.task != task || f.after.steps != steps) {
            continue;
        }
        f.let_go = true;
        if (is_task(f.whom)) {
            execution_->release(f.whom);
        } else {
            execution_->enable_event(f.whom, true);
        }
    }
}

// ---- The program's part in the rules

void scenario_program::at_rest(execution& /*e*/, bool for_ever) {
    kernel::check_at_rest(*system_, for_ever);
}

void scenario_program::finish(execution& /*e*/) {
    kernel::check_at_end(*system_);
}

// Shrinking must not take a failure of the kernel for a program that forgets to unlock.
std::string scenario_program::remark(execution& /*e*/) {
    return kernel::somebody_ended_holding(*system_) ? "a task ended holding a lock" : "";
}

void scenario_program::describe(execution& /*e*/, std::string& to) {
    kernel::describe(*system_, to);
}

}  // namespace tenthrule::scenarios
