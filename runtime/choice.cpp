// Who steps next.

#include <bit>
#include <cassert>

#include "runtime/execution.hpp"

namespace tenthrule {

using detail::context;
using detail::event_slot;

// Armed timers that could fire now: interrupts on, and no timer that could fire has an earlier deadline.
std::uint64_t execution::fireable() const {
    std::uint64_t earliest = 0;
    nanoseconds deadline = ~nanoseconds{0};
    for (std::uint64_t set = armed_; set != 0; set &= set - 1) {
        const auto i = static_cast<unsigned>(std::countr_zero(set));
        const timer& t = *slots_[i].source;
        if (!interrupts_on(t.cpu) || t.deadline > deadline) {
            continue;
        }
        if (t.deadline < deadline) {
            deadline = t.deadline;
            earliest = 0;
        }
        earliest |= std::uint64_t{1} << i;
    }
    return earliest;
}

void execution::refresh() {
    dirty_ = false;
    std::uint64_t tasks = ready_ & ~interrupted_;
    if (waiting_ != 0) {
        for (std::uint64_t set = waiting_; set != 0; set &= set - 1) {
            const auto t = static_cast<actor>(std::countr_zero(set));
            if (!may_displace(t)) {
                tasks &= ~bit(t);
            }
        }
    }
    enabled_.tasks = tasks;
    enabled_.events = callbacks_ | external_ | (armed_ != 0 ? fireable() : 0);
    only_ = enabled_.single() ? enabled_.first() : no_actor;
}

void execution::decide() {
    if (outside_) [[unlikely]] {
        return;
    }
    if (unwinding_) [[unlikely]] {
        point_while_unwinding();
        return;
    }
    const engine_scope mine;
    actor next = no_actor;
    try {
        next = choose_actor();
    } catch (const execution_ended&) {
        if (!unwinding_ || may_throw()) {
            throw;
        }
        return;
    }
    if (next != current_->id) {
        jump(contexts_[next]);
    }
}

actor execution::default_choice() const {
    if (current_->id != no_actor && enabled_.contains(current_->id)) {
        return current_->id;
    }
    if (last_task_ != no_actor && enabled_.contains(last_task_)) {
        return last_task_;
    }
    return enabled_.first();
}

actor execution::choose_actor() {
    for (;;) {
        if (points_ >= options_.points_max) [[unlikely]] {
            start_fair_continuation();
        }
        if (fair_ && points_ >= fair_end_) [[unlikely]] {
            judge_fair_continuation();
        }
        if (dirty_) {
            refresh();
        }
        if (footprint::active() != nullptr) [[unlikely]] {
            // What is armed or may happen when everybody has finished never will.
            const bool over = enabled_.tasks == 0 && callbacks_ == 0 && all_finished();
            strategy_->stepped(over ? actor_set{} : enabled_);
        }
        if (enabled_.tasks == 0 && callbacks_ == 0) [[unlikely]] {
            if (enabled_.empty() || all_finished()) {
                nobody_can_step();
            }
            if (external_ == 0) {
                check_waiting(false);
            }
        }
        actor next = only_;
        bool deviates = false;
        if (next == no_actor && !fair_) {
            situation where;
            where.enabled = enabled_;
            where.current = current_->id;
            where.fallback = default_choice();
            where.fallback_goes_on = where.fallback == current_->id || where.fallback == last_task_;
            where.current_yields = current_->id != no_actor && pending_[current_->id].kind == op_kind::yield;
            where.current_retries =
                where.current_yields && retrying_ == current_->id && !options_.retries_count;
            where.turns = turns_;
            where.choice = result_.statistics.choices;
            where.pending = pending_.data();
            next = strategy_->pick(where);
            if (next == no_actor) [[unlikely]] {
                end(strategy_->redundant() ? verdict::redundant : verdict::diverged);
            }
            assert(enabled_.contains(next));
            deviates = record_decision(next, where.fallback);
            if (watching_ && footprint::active() == nullptr) [[unlikely]] {
                watch_recording();
            }
        } else {
            if (next == no_actor) {
                next = fair_choice();
            } else if (footprint::active() != nullptr && !strategy_->forced(next)) [[unlikely]] {
                end(verdict::redundant);
            }
            if (following_) [[unlikely]] {
                strategy_->followed(next, pending_.data());
            }
        }
        if (footprint::active() != nullptr) [[unlikely]] {
            watch_step(next);
        }
        const arrival_kind came = account(next);
        const bool external_event =
            is_event(next) && slots_[next - tasks_max].state == event_slot::phase::external;
        if (external_event) {
            pending_[next] = {slots_[next - tasks_max].kind, access::none, 0, slots_[next - tasks_max].name};
        } else if (is_event(next) && slots_[next - tasks_max].state == event_slot::phase::armed) {
            begin_callback(next);
        }
        if (options_.log) [[unlikely]] {
            log_step(next, came, deviates);
        }
        if (came == arrival_kind::external) {
            ++points_;  // a point of its own: nothing that comes back for ever goes on for ever
        }
        if (!external_event) {
            return next;
        }
        fire_external(next);
    }
}

bool execution::record_decision(std::uint8_t value, std::uint8_t fallback) {
    run_statistics& s = result_.statistics;
    const bool deviates = value != fallback;
    if (deviates) {
        result_.decisions.push_back({s.choices, value});
    }
    ++s.choices;
    std::uint64_t& hash = result_.schedule_hash;
    hash = (std::rotl(hash, 23) ^ (value + 1U)) * 0x9e3779b97f4a7c15U;
    return deviates;
}

arrival_kind execution::account(actor next) {
    run_statistics& s = result_.statistics;
    const bool stays = next == current_->id;
    turns_ += stays ? 0U : 1U;
    if (is_event(next)) {
        if (stays) {
            return arrival_kind::stayed;
        }
        if ((callbacks_ & bit(next)) == 0) {
            s.events += fair_ ? 0U : 1U;
            return arrival_kind::external;
        }
        return arrival_kind::handed_over;
    }
    if (stays && (waiting_ & bit(next)) == 0) {
        contexts_[next].stepped = true;
        return arrival_kind::stayed;
    }
    const actor going_on = default_choice();
    const bool somebody_went_on = going_on == current_->id || going_on == last_task_;
    arrival_kind came = arrival_kind::handed_over;
    if ((waiting_ & bit(next)) != 0) {
        const int at = displaceable_cpu(next);
        const actor displaced = cpu_[static_cast<unsigned>(at)].task;
        // Among fair tasks the CPU picks whom it likes: one that has not stepped yet was never picked.
        const bool had_it = contexts_[displaced].stepped || contexts_[displaced].urgency != 0;
        if ((ready_ & bit(displaced)) != 0 && had_it) {
            s.preemptions += fair_ ? 0U : 1U;
            came = arrival_kind::preempted;
        } else if (stays) {
            came = arrival_kind::stayed;
        } else if (somebody_went_on && next != going_on) {
            s.interleavings += fair_ ? 0U : 1U;
            came = arrival_kind::interleaved;
        }
        take_cpu_by_choice(next);
    } else if (somebody_went_on && next != going_on) {
        s.interleavings += fair_ ? 0U : 1U;
        came = arrival_kind::interleaved;
    }
    if (next != last_task_) {
        s.switches += last_task_ == no_actor || fair_ ? 0U : 1U;
        last_task_ = next;
    }
    contexts_[next].stepped = true;  // after it got its CPU, which says that it has not
    return came;
}

// A strategy that watches has to see each step from now on, or none.
void execution::watch_recording() {
    footprint* const where = strategy_->recording();
    footprint::activate(where);
    points_limit_ = where != nullptr || options_.log ? 0 : options_.points_max;
}

// The step begins: it needs to be able to step, and does what it published.
void execution::watch_step(actor next) {
    footprint::note(places::standing(next), false);
    const operation& op = pending_[next];
    if (op.object != 0 && op.mode != access::none) {
        footprint::note(places::object(op.object), op.mode == access::write);
    }
}

void execution::fire_external(actor e) {
    event_slot& slot = slots_[e - tasks_max];
    footprint::note(places::rest, true);
    enable_event(e, false);
    context* const deciding = std::exchange(current_, &outside_context_);
    context* const stack = std::exchange(on_stack_, deciding);
    const std::uint32_t points = points_;
    outside_ = true;
    slot.fire(slot.argument);
    outside_ = false;
    points_ = points;
    on_stack_ = stack;
    current_ = deciding;
}

// Round robin over whatever the priorities allow to step: if that does not get anybody on, nothing will.
actor execution::fair_choice() {
    actor_set later = enabled_;
    if (fair_last_ != no_actor) {
        const std::uint64_t above = fair_last_ % 64U == 63 ? 0 : ~std::uint64_t{0} << (fair_last_ % 64U + 1U);
        if (is_task(fair_last_)) {
            later.tasks &= above;
        } else {
            later.tasks = 0;
            later.events &= above;
        }
    }
    fair_last_ = later.empty() ? enabled_.first() : later.first();
    return fair_last_;
}

std::uint32_t execution::choose(std::uint32_t n, const char* label) {
    assert(n >= 1 && n <= 256);
    if (n == 1 || outside_ || unwinding_) {
        return 0;
    }
    const engine_scope mine;
    std::uint32_t value = 0;
    bool deviates = false;
    if (!fair_) {
        value = strategy_->choose(n);
        if (value >= n) {
            end(verdict::diverged);
        }
        deviates = record_decision(static_cast<std::uint8_t>(value), 0);
        if (watching_ && footprint::active() == nullptr) [[unlikely]] {
            watch_recording();
        }
        result_.statistics.values += value != 0 ? 1U : 0U;
    }
    if (options_.log) {
        close_step();
        event e;
        e.point = points_;
        e.who = current_->id;
        e.cpu = current_->cpu;
        e.deviates = deviates;
        e.kind = op_kind::choose;
        e.label = label;
        e.detail = fmt::format("{} of {}", value, n);
        e.fair = fair_;
        result_.log.push_back(std::move(e));
    }
    return value;
}

}  // namespace tenthrule
