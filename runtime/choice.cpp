// Who steps next.

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>
#include <utility>

#include "runtime/execution.hpp"
#include "runtime/jump.hpp"

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
    task_bits tasks = ready_ & ~interrupted_;
    if (waiting_ != 0) {
        for (task_bits set = waiting_; set != 0; set &= set - 1) {
            const actor t = first_task(set);
            if (!may_displace(t)) {
                tasks &= ~task_bit(t);
            }
        }
    }
    where_.enabled.tasks = tasks;
    where_.enabled.events = detail::low_word(callbacks_) | external_ | (armed_ != 0 ? fireable() : 0);
    only_ = where_.enabled.single() ? where_.enabled.first() : no_actor;
    const bool ordinary = (where_.enabled.events | waiting_) == 0 && where_.enabled.tasks != 0;
    const bool told = following_ && only_ != no_actor;
    points_limit_ = ordinary && !told ? ordinary_points_ : 0;
}

inline bool execution::room_for_decision() const {
    return result_.decisions.size() != result_.decisions.capacity();
}

void execution::make_room_for_decisions() {
    const engine_scope mine;
    result_.decisions.reserve(std::max<std::size_t>(64, 2 * result_.decisions.size()));
}

inline bool execution::record_decision(std::uint8_t value, std::uint8_t fallback) {
    run_statistics& s = result_.statistics;
    const bool deviates = value != fallback;
    if (deviates) {
        if (!room_for_decision()) [[unlikely]] {
            make_room_for_decisions();
        }
        result_.decisions.push_back({s.choices, value});
    }
    ++s.choices;
    std::uint64_t& hash = result_.schedule_hash;
    hash = (std::rotl(hash, 23) ^ (value + 1U)) * 0x9e3779b97f4a7c15U;
    return deviates;
}

// `counts`: 0 in a fair continuation, else 1.
inline void execution::note_switch(actor next, std::uint32_t counts) {
    if (next != last_task_) {
        result_.statistics.switches += last_task_ == no_actor ? 0U : counts;
        last_task_ = next;
    }
}

// `next` is a task with a CPU, and another one than stepped last.
inline arrival_kind execution::go_over_to(actor next, actor going_on, std::uint32_t counts) {
    const bool interleaved = going_on != no_actor && next != going_on;
    result_.statistics.interleavings += interleaved ? counts : 0U;
    note_switch(next, counts);
    return interleaved ? arrival_kind::interleaved : arrival_kind::handed_over;
}

// Whoever stepped last, if he can go on; else the task that did. no_actor: nobody can.
inline actor execution::who_could_go_on(actor here) const {
    if (here != no_actor && where_.enabled.contains(here)) {
        return here;
    }
    return last_task_ != no_actor && where_.enabled.contains(last_task_) ? last_task_ : no_actor;
}

// REQUIRES: at least two are enabled.
inline actor execution::ask(actor here, actor usual, bool goes_on) {
    where_.current = here;
    where_.fallback = usual;
    where_.fallback_goes_on = goes_on;
    where_.current_yields = here != no_actor && pending_[here].kind == op_kind::yield;
    where_.current_retries = where_.current_yields && retrying_ == here && !options_.retries_count;
    where_.choice = result_.statistics.choices;
    const actor next = [&] {
        const engine_scope mine;
        return strategy_->pick(where_);
    }();
    settled_until_ = strategy_->settled_until();
    if (next == no_actor) [[unlikely]] {
        end(strategy_->redundant() ? verdict::redundant : verdict::diverged);
    }
    assert(where_.enabled.contains(next));
    record_decision(next, usual);
    if (watching_ && footprint::active() == nullptr) [[unlikely]] {
        watch_recording();
    }
    return next;
}

// What asking comes to if the strategy does nothing but draw, among tasks.
inline actor execution::draw(actor usual) {
    const actor next = draw_one({where_.enabled.tasks, 0}, *lots_);
    record_decision(next, usual);
    return next;
}

// Nearly every choice of nearly every program: nothing but tasks, each with a CPU, and nobody looks on.
inline actor execution::choose_among_running(actor here) {
    const actor going_on = who_could_go_on(here);
    actor next = only_;
    if (next == no_actor) {
        const actor usual = going_on != no_actor ? going_on : where_.enabled.first();
        if (lots_ != nullptr) {
            next = draw(usual);
        } else {
            next = ask(here, usual, going_on != no_actor);
            if (watching_) [[unlikely]] {
                watch_step(next);
            }
        }
    }
    if (next != here) {
        ++where_.turns;
        (void)go_over_to(next, going_on, 1);
    }
    stepped_ |= task_bit(next);
    return next;
}

// A function of its own: a jump needs all registers saved, and who does not jump none.
[[gnu::noinline]] void execution::go_to(context& to) {
    jump(to);
}

void execution::decide() {
    // Most choices are made here, where nothing is called but, at the end, the jump: no register need be
    // saved.
    if (points_ < points_limit_ && only_ == no_actor && room_for_decision()) [[likely]] {
        const actor here = current_->id;
        assert(where_.enabled.contains(here));  // or something has changed since it was chosen
        if (lots_ != nullptr) {
            const actor next = draw(here);
            if (next != here) {
                ++where_.turns;
                (void)go_over_to(next, here, 1);
                stepped_ |= task_bit(next);
                go_to(contexts_[next]);
            }
            return;
        }
        if (result_.statistics.choices < settled_until_ && pending_[here].kind != op_kind::yield) {
            record_decision(here, here);
            return;
        }
    }
    decide_with_care();
}

void execution::decide_with_care() {
    const actor here = current_->id;
    if (points_ >= points_limit_) {
        if (outside_) [[unlikely]] {
            return;
        }
        if (unwinding_) [[unlikely]] {
            point_while_unwinding();
            return;
        }
        if (current_->host != nullptr) {
            jump(*std::exchange(current_->host, nullptr));  // going on from there is a step of its own
            return;
        }
        if (dirty_) {
            refresh();
        }
    }
    actor next = no_actor;
    try {
        next = points_ < points_limit_ ? choose_among_running(here) : choose_among_all();
    } catch (const execution_ended&) {
        if (!unwinding_ || may_throw()) {
            throw;
        }
        return;
    }
    if (next != here) {
        jump(contexts_[next]);
    }
}

actor execution::choose_among_all() {
    const engine_scope mine;
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
            const bool over = where_.enabled.tasks == 0 && callbacks_ == 0 && all_finished();
            strategy_->stepped(over ? actor_set{} : where_.enabled);
        }
        if (where_.enabled.tasks == 0 && callbacks_ == 0) [[unlikely]] {
            if (where_.enabled.empty() || all_finished()) {
                nobody_can_step();
            }
            if (external_ == 0) {
                check_waiting(false);
            }
        }
        const actor going_on = who_could_go_on(current_->id);
        actor next = only_;
        bool deviates = false;
        if (next == no_actor && !fair_) {
            const actor usual = going_on != no_actor ? going_on : where_.enabled.first();
            next = ask(current_->id, usual, going_on != no_actor);
            deviates = next != usual;
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
        const arrival_kind came = account(next, going_on);
        const bool external_event =
            is_event(next) && slots_[next - first_event].state == event_slot::phase::external;
        if (external_event) {
            pending_[next] = {slots_[next - first_event].kind, access::none, 0,
                              slots_[next - first_event].name};
        } else if (is_event(next) && slots_[next - first_event].state == event_slot::phase::armed) {
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

arrival_kind execution::account(actor next, actor going_on) {
    run_statistics& s = result_.statistics;
    const std::uint32_t counts = fair_ ? 0 : 1;
    const bool stays = next == current_->id;
    where_.turns += stays ? 0U : 1U;
    if (is_event(next)) {
        if (stays) {
            return arrival_kind::stayed;
        }
        if ((callbacks_ & event_bit(next)) == 0) {
            s.events += counts;
            return arrival_kind::external;
        }
        return arrival_kind::handed_over;
    }
    arrival_kind came = arrival_kind::stayed;
    if ((waiting_ & task_bit(next)) != 0) {
        const int at = displaceable_cpu(next);
        const actor displaced = cpu_[static_cast<unsigned>(at)].task;
        // Among fair tasks the CPU picks whom it likes: one that has not stepped yet was never picked.
        const bool had_it = (stepped_ & task_bit(displaced)) != 0 || contexts_[displaced].urgency != 0;
        if ((ready_ & task_bit(displaced)) != 0 && had_it) {
            s.preemptions += counts;
            came = arrival_kind::preempted;
            note_switch(next, counts);
        } else if (stays) {
            note_switch(next, counts);
        } else {
            came = go_over_to(next, going_on, counts);
        }
        take_cpu_by_choice(next);
    } else if (!stays) {
        came = go_over_to(next, going_on, counts);
    }
    stepped_ |= task_bit(next);  // after it got its CPU, which says that it has not
    return came;
}

void execution::limit_points() {
    const bool all_matter = options_.log || footprint::active() != nullptr;
    ordinary_points_ = all_matter ? 0 : options_.points_max;
    invalidate();
}

// A strategy that watches has to see each step from now on, or none.
void execution::watch_recording() {
    footprint::activate(strategy_->recording());
    limit_points();
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
    event_slot& slot = slots_[e - first_event];
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
    const actor_set later = fair_last_ == no_actor ? where_.enabled : where_.enabled.after(fair_last_);
    fair_last_ = later.empty() ? where_.enabled.first() : later.first();
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
