// Sleeping, spinning, retrying, and the timers that end a sleep.

#include <algorithm>
#include <bit>
#include <cassert>
#include <stdexcept>

#include "runtime/execution.hpp"

namespace tenthrule {

using detail::context;
using detail::event_slot;

void execution::sleep(const wait_reason& why) {
    if (outside_) {
        return;
    }
    context& c = *current_;
    if (unwinding_) {
        pending_[c.id].kind = op_kind::resume;
        point_while_unwinding();
        return;
    }
    if (c.preempt_count != 0 || c.irq_count != 0) {
        const char* lock = c.held_count != 0 ? c.held[c.held_count - 1].name : "no lock";
        report(rules::sleeping_while_atomic, fmt::format("{} {} holding {}", why.what, why.object, lock),
               fmt::format("{} {} {} with preemption or interrupts disabled (holding {})", c.name, why.what,
                           why.object, lock));
    }
    footprint::note(places::sleep(c.id), true);
    c.state = task_state::sleeping;
    ready_ &= ~task_bit(c.id);
    c.why = why;
    c.since = points_;
    pending_[c.id] = {op_kind::resume, access::none, 0, why.object};
    leave_cpu(c);
    ++points_;
    decide();
}

bool execution::wake(actor task) {
    context& c = contexts_[task];
    footprint::note(places::sleep(task), false);
    if (c.state != task_state::sleeping) {
        return false;
    }
    footprint::note(places::sleep(task), true);
    if (tracking()) {
        join(c.clock, current_->clock);
        ++current_->clock[current_->clock_index];
    }
    make_ready(c);
    return true;
}

void execution::release(actor task) {
    context& c = contexts_[task];
    footprint::note(places::standing(task), false);
    if (c.state == task_state::absent) {
        const engine_scope mine;
        if (tracking()) {
            join(c.clock, current_->clock);
            ++current_->clock[current_->clock_index];
        }
        appear(c);
    }
}

void execution::appear(context& c) {
    strategy_->appear(c.id);
    make_ready(c);
}

void execution::enable_event(actor event, bool enabled) {
    event_slot& slot = slots_[event - first_event];
    footprint::note(places::standing(event), slot.enabled != enabled);
    if (slot.enabled == enabled) {
        return;
    }
    footprint::note(places::rest, true);
    slot.enabled = enabled;
    if (enabled) {
        external_ |= event_bit(event);
        pending_[event] = {slot.kind, access::none, 0, slot.name};
        strategy_->appear(event);
    } else {
        external_ &= ~event_bit(event);
    }
    invalidate();
}

void execution::spin(const wait_reason& why) {
    if (outside_) {
        return;
    }
    context& c = *current_;
    if (unwinding_) {
        pending_[c.id].kind = op_kind::resume;
        point_while_unwinding();
        return;
    }
    footprint::note(places::standing(c.id), true);
    footprint::note(places::rest, false);
    c.state = task_state::spinning;
    set_able(c.id, false);
    c.why = why;
    c.since = points_;
    pending_[c.id] = {op_kind::resume, access::none, 0, why.object};
    invalidate();
    ++points_;
    decide();
}

void execution::stop_spinning(actor a) {
    footprint::note(places::standing(a), true);
    make_able(a);
}

void execution::go_on_at_point(actor a) {
    footprint::note_possible(a);
    make_able(a);
}

void execution::make_able(actor a) {
    contexts_[a].state = task_state::ready;
    set_able(a, true);
    invalidate();
}

void execution::count_retry(const char* place, bool promised) {
    context& c = *current_;
    c.retry_place = place;
    if (++c.retries >= options_.retries_max && !fair_ && !outside_ && !unwinding_) {
        start_fair_continuation();
    }
    retrying_ = promised ? c.id : no_actor;
}

void execution::retry(const char* place) {
    count_retry(place, true);
    point(op_kind::yield, access::none, 0, place);
    retrying_ = no_actor;
}

void execution::yield_cpu() {
    point(op_kind::yield, access::none, 0, "yield");
    context& c = *current_;
    if (!cpu_per_task_) {
        footprint::note(places::allocation, false);
    }
    if (outside_ || unwinding_ || waiting_ == 0 || !preemptible(c.id)) {
        return;
    }
    footprint::note(places::standing(c.id), true);
    footprint::note(places::processor(c.cpu), true);
    footprint::note(places::allocation, true);
    c.order = ++queue_tail_;
    cpu_[static_cast<unsigned>(c.cpu)].task = no_actor;
    c.cpu = -1;
    const task_bits before = waiting_;
    waiting_ |= task_bit(c.id);
    reallocate();
    note_claims(before ^ waiting_);
}

// ---- Timers

void execution::arm(timer& t, nanoseconds deadline) {
    point(op_kind::arm, access::write, 0, t.name);
    const engine_scope mine;
    assert(t.slot == no_actor && current_->cpu >= 0);
    const std::uint64_t usable =
        (timers_reserved_ + externals_ >= 64 ? ~std::uint64_t{0}
                                             : (std::uint64_t{1} << (timers_reserved_ + externals_)) - 1);
    std::uint64_t free_slots = usable & ~((std::uint64_t{1} << externals_) - 1);
    while (free_slots != 0 &&
           slots_[static_cast<unsigned>(std::countr_zero(free_slots))].state != event_slot::phase::free) {
        free_slots &= free_slots - 1;
    }
    if (free_slots == 0) {
        throw std::length_error("more timers armed at once than reserved");
    }
    // A task's timer has the task's own slot if it can: then its number says whose it is, and stays the
    // same when other tasks are taken away.
    auto i = static_cast<unsigned>(std::countr_zero(free_slots));
    if (is_task(current_->id)) {
        const unsigned own = externals_ + task_index(current_->id);
        if (own < timers_reserved_ + externals_ && slots_[own].state == event_slot::phase::free) {
            i = own;
        }
    }
    t.slot = static_cast<actor>(first_event + i);
    footprint::note(places::timers, true);
    footprint::note(places::standing(t.slot), true);
    t.cpu = current_->cpu;
    t.deadline = deadline;
    t.running = false;
    t.cancellers = {};
    release(t.clock);
    event_slot& slot = slots_[i];
    slot.state = event_slot::phase::armed;
    slot.name = t.name;
    slot.source = &t;
    armed_ |= event_bit(t.slot);
    pending_[t.slot] = {op_kind::fire, access::write, 0, t.name};
    strategy_->appear(t.slot);
    invalidate();
    detail("at {} us", deadline / 1000);
}

bool execution::cancel(timer& t) {
    footprint::note(places::timers, t.slot != no_actor);
    if (t.slot == no_actor) {
        acquire(t.clock);
        return false;
    }
    if (!t.running) {
        armed_ &= ~event_bit(t.slot);
        slots_[t.slot - first_event].state = event_slot::phase::free;
        t.slot = no_actor;
        invalidate();
        return true;
    }
    t.cancellers.insert(current_->id);
    wait_reason why;
    why.what = "waits for the callback of";
    why.object = t.name;
    spin(why);
    acquire(t.clock);
    return false;
}

// A callback begins or ends on top of whoever has that CPU, able to step or not.
void execution::note_interrupt(int cpu_index) const {
    footprint::note(places::processor(cpu_index), true);
    if (!cpu_per_task_ && !by_urgency_alone()) {
        footprint::note(places::allocation, free_choice_ && waiting_ != 0);
    }
    if (const actor below = cpu_[static_cast<unsigned>(cpu_index)].task; below != no_actor) {
        footprint::note(places::standing(below), true);
        footprint::note(places::preemption(below), true);
    }
}

void execution::begin_callback(actor slot_actor) {
    event_slot& slot = slots_[slot_actor - first_event];
    timer& t = *slot.source;
    footprint::note(places::timers, true);
    footprint::note(places::virtual_time, now_ < t.deadline);
    footprint::note(places::rest, true);
    note_interrupt(t.cpu);
    now_ = std::max(now_, t.deadline);
    t.running = true;
    slot.state = event_slot::phase::running;
    armed_ &= ~event_bit(slot_actor);
    callbacks_ |= event_bit(slot_actor);
    detail::cpu& on = cpu_[static_cast<unsigned>(t.cpu)];
    on.interrupt = slot_actor;
    if (on.task != no_actor) {
        interrupted_ |= task_bit(on.task);
    }
    context& c = contexts_[slot_actor];
    c.id = slot_actor;
    c.state = task_state::ready;
    c.cpu = static_cast<std::int16_t>(t.cpu);
    c.preempt_count = c.irq_count = 1;  // interrupt context: it may neither sleep nor be preempted
    c.held_count = 0;
    c.next_spinner = no_actor;
    c.retries = 0;
    c.retry_place = "";
    c.entry = t.callback;
    c.argument = t.argument;
    c.name = t.name;
    c.no_throw = 0;
    // The slot may have run another callback before: its time must not go back.
    if (c.clock == nullptr) {
        c.clock_index = new_clock_index();
    }
    const std::uint32_t now = c.clock != nullptr ? c.clock[c.clock_index] : 1;
    c.clock = make_clock();
    c.clock[c.clock_index] = now;
    acquire_into(c, t.clock);
    make_fiber(c, slot_actor);
    pending_[slot_actor] = {op_kind::fire, access::write, 0, t.name};
    invalidate();
}

void execution::end_callback() {
    context& c = *current_;
    event_slot& slot = slots_[c.id - first_event];
    timer& t = *slot.source;
    footprint::note(places::timers, true);
    footprint::note(places::rest, (armed_ | external_) != 0);
    note_interrupt(t.cpu);
    release(t.clock);
    t.running = false;
    t.slot = no_actor;
    slot.state = event_slot::phase::free;
    slot.source = nullptr;
    callbacks_ &= ~event_bit(c.id);
    detail::cpu& on = cpu_[static_cast<unsigned>(t.cpu)];
    on.interrupt = no_actor;
    if (on.task != no_actor) {
        interrupted_ &= ~task_bit(on.task);
    }
    c.state = task_state::finished;
    for (; !t.cancellers.empty(); t.cancellers.erase(t.cancellers.first())) {
        stop_spinning(t.cancellers.first());
    }
    invalidate();
    if (on.task != no_actor && waiting_ != 0) {
        give_way(contexts_[on.task]);
    }
}

}  // namespace tenthrule
