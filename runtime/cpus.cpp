// Who has a CPU: global and instant. After every change the most urgent ready tasks that are allowed to
// have the CPUs, except where preemption is off.

#include <bit>
#include <limits>

#include "runtime/execution.hpp"

namespace tenthrule {

using detail::context;

bool execution::preemptible(actor t) const {
    const context& c = contexts_[t];
    return c.preempt_count == 0 && c.irq_count == 0 && c.may_preempt &&
           cpu_[static_cast<unsigned>(c.cpu)].interrupt == no_actor;
}

bool execution::interrupts_on(int cpu_index) const {
    const detail::cpu& c = cpu_[static_cast<unsigned>(cpu_index)];
    return c.interrupt == no_actor && (c.task == no_actor || contexts_[c.task].irq_count == 0);
}

// Where CPUs go by urgency alone, whoever looks for one says whose preemptibility it depended on, and whoever
// can be preempted again depends on who waits for that CPU. Where tasks may take CPUs by choice, what may be
// taken away even decides who can step; and where some may not run everywhere, any of them may have to move.
void execution::record_preemptibility() const {
    const context& c = *current_;
    footprint::note(places::preemption(c.id), true);
    if (cpu_per_task_) {
        return;
    }
    if (!by_urgency_alone()) {
        footprint::note(places::allocation, free_choice_ && waiting_ != 0);
    } else if (c.cpu >= 0 && preemptible(c.id)) {
        footprint::note(places::processor(c.cpu), false);
    }
}

void execution::record_interruptibility() const {
    for (std::uint64_t set = armed_; set != 0; set &= set - 1) {
        if (slots_[static_cast<unsigned>(std::countr_zero(set))].source->cpu == current_->cpu) {
            footprint::note(places::timers, true);
        }
    }
}

// From now on what everybody has done about preemption and interrupts matters in another way.
void execution::beyond_urgency(bool by_choice, bool by_place) {
    if ((by_choice && !free_choice_) || (by_place && !affinities_)) {
        for (unsigned i = 0; i < tasks_; ++i) {
            footprint::note(places::standing(task_actor(i)), true);
        }
        for (unsigned i = 0; i < cpus_ && !cpu_per_task_; ++i) {
            footprint::note(places::processor(static_cast<int>(i)), true);
        }
    }
    free_choice_ = free_choice_ || by_choice;
    affinities_ = affinities_ || by_place;
}

// Whether the task `t`, which can be preempted again, may have to give its CPU to somebody who waits.
// Everybody else has found out before that there is none for him.
bool execution::is_claimed(const context& t) const {
    if (!by_urgency_alone()) {
        return true;
    }
    for (task_bits set = waiting_; set != 0; set &= set - 1) {
        if (contexts_[first_task(set)].urgency > t.urgency) {
            return true;
        }
    }
    return false;
}

// Preemption is on again for the task `t`, while somebody waits for a CPU.
void execution::give_way(const context& t) {
    invalidate();
    if (is_claimed(t)) {
        footprint::note(places::allocation, false);
        const task_bits before = waiting_;
        reallocate();
        note_claims(before ^ waiting_);
    }
}

// Those tasks, of at most that urgency, wait for a CPU from now on, or no more.
void execution::record_claims(task_bits changed, int urgency) const {
    footprint::note(places::allocation, true);
    for (task_bits set = changed; set != 0; set &= set - 1) {
        urgency = std::max(urgency, contexts_[first_task(set)].urgency);
    }
    for (unsigned i = 0; i < cpus_; ++i) {
        if (cpu_[i].task != no_actor && contexts_[cpu_[i].task].urgency < urgency) {
            footprint::note(places::processor(static_cast<int>(i)), true);
        }
    }
}

// That `t` got the CPU `found` (-1: none) depended on who had those before it if it was idle; else on who had
// any of them, and on who of the less urgent could not be preempted.
void execution::record_search(const context& t, int found) const {
    const bool idle = found >= 0 && cpu_[static_cast<unsigned>(found)].task == no_actor;
    for (unsigned i = 0; i < (idle ? static_cast<unsigned>(found) : cpus_); ++i) {
        footprint::note(places::processor(static_cast<int>(i)), false);
    }
    if (idle) {
        return;
    }
    const int urgency = found < 0 ? t.urgency : contexts_[cpu_[static_cast<unsigned>(found)].task].urgency;
    for (unsigned i = 0; i < cpus_; ++i) {
        const actor holder = cpu_[i].task;
        const bool before = contexts_[holder].urgency < urgency ||
                            (contexts_[holder].urgency == urgency && static_cast<int>(i) <= found);
        if (before) {
            footprint::note(places::preemption(holder), false);
        }
    }
}

void execution::make_ready(context& c) {
    footprint::note(places::standing(c.id), true);
    c.state = task_state::ready;
    ready_ |= task_bit(c.id);
    if (cpu_per_task_) {
        place(c.id, static_cast<int>(task_index(c.id)));
    } else {
        note_queues();
        c.order = ++queue_tail_;
        const task_bits before = waiting_;
        waiting_ |= task_bit(c.id);
        reallocate();
        note_claims(before ^ waiting_);
    }
}

void execution::leave_cpu(context& c) {
    footprint::note(places::standing(c.id), true);
    footprint::note(places::rest, false);
    if (!cpu_per_task_) {
        footprint::note(places::allocation, false);
        note_queues();
    }
    const task_bits before = waiting_;
    if (c.cpu < 0) {
        waiting_ &= ~task_bit(c.id);  // it lost its CPU since its last point
        note_claims(before ^ waiting_);
        return;
    }
    footprint::note(places::processor(c.cpu), true);
    cpu_[static_cast<unsigned>(c.cpu)].task = no_actor;
    c.cpu = -1;
    interrupted_ &= ~task_bit(c.id);
    reallocate();
    note_claims(before ^ waiting_);
}

void execution::place(actor t, int cpu_index) {
    footprint::note(places::standing(t), true);
    footprint::note(places::processor(cpu_index), true);
    note_queues();
    detail::cpu& c = cpu_[static_cast<unsigned>(cpu_index)];
    c.task = t;
    contexts_[t].cpu = static_cast<std::int16_t>(cpu_index);
    stepped_ &= ~task_bit(t);
    waiting_ &= ~task_bit(t);
    if (c.interrupt != no_actor) {
        interrupted_ |= task_bit(t);
    }
    invalidate();
}

actor execution::most_urgent(task_bits set) const {
    actor best = no_actor;
    for (; set != 0; set &= set - 1) {
        const actor t = first_task(set);
        if (best == no_actor || contexts_[t].urgency > contexts_[best].urgency ||
            (contexts_[t].urgency == contexts_[best].urgency && contexts_[t].order < contexts_[best].order)) {
            best = t;
        }
    }
    return best;
}

void execution::reallocate() {
    invalidate();
    if (cpu_per_task_) {
        return;
    }
    task_bits candidates = waiting_;
    while (candidates != 0) {
        const actor t = most_urgent(candidates);
        candidates &= ~task_bit(t);
        const task_bits before = waiting_;
        if (find_cpu(t)) {
            candidates |= waiting_ & ~before;  // whoever was displaced may fit elsewhere
        } else if (!affinities_) {
            return;  // nobody less urgent can do better
        }
    }
}

bool execution::find_cpu(actor t) {
    const context& c = contexts_[t];
    int victim = -1;
    int lowest = c.urgency;
    for (unsigned i = 0; i < cpus_; ++i) {
        if (((c.affinity >> i) & 1U) == 0) {
            continue;
        }
        const actor holder = cpu_[i].task;
        if (holder == no_actor) {
            note_search(c, static_cast<int>(i));
            place(t, static_cast<int>(i));
            return true;
        }
        if (contexts_[holder].urgency < lowest && preemptible(holder)) {
            lowest = contexts_[holder].urgency;
            victim = static_cast<int>(i);
        }
    }
    note_search(c, victim);
    if (victim < 0 && affinities_) {
        std::uint64_t visited = 0;
        for (unsigned i = 0; i < cpus_ && victim < 0; ++i) {
            if (((c.affinity >> i) & 1U) != 0 && vacate(static_cast<int>(i), c.urgency, visited)) {
                victim = static_cast<int>(i);
            }
        }
    }
    if (victim < 0) {
        return false;
    }
    const actor holder = cpu_[static_cast<unsigned>(victim)].task;
    if (holder != no_actor) {
        context& displaced = contexts_[holder];
        footprint::note(places::standing(holder), true);
        displaced.cpu = -1;
        displaced.order = --queue_head_;
        waiting_ |= task_bit(holder);
    }
    place(t, victim);
    return true;
}

// Moves the holder of a CPU elsewhere: to an idle CPU, or to that of somebody less urgent than
// `urgency`, or by moving that one's holder in turn.
bool execution::vacate(int cpu_index, int urgency, std::uint64_t& visited) {
    visited |= std::uint64_t{1} << static_cast<unsigned>(cpu_index);
    const actor holder = cpu_[static_cast<unsigned>(cpu_index)].task;
    if (holder == no_actor) {
        return true;
    }
    if (!preemptible(holder)) {
        return false;
    }
    context& moving = contexts_[holder];
    for (unsigned i = 0; i < cpus_; ++i) {
        if (((moving.affinity >> i) & 1U) == 0 || ((visited >> i) & 1U) != 0) {
            continue;
        }
        const actor other = cpu_[i].task;
        const bool displaceable =
            other != no_actor && contexts_[other].urgency < urgency && preemptible(other);
        if (displaceable) {
            footprint::note(places::standing(other), true);
            contexts_[other].cpu = -1;
            contexts_[other].order = --queue_head_;
            waiting_ |= task_bit(other);
            cpu_[i].task = no_actor;
        }
        if (displaceable || vacate(static_cast<int>(i), urgency, visited)) {
            cpu_[static_cast<unsigned>(cpu_index)].task = no_actor;
            place(holder, static_cast<int>(i));
            return true;
        }
    }
    return false;
}

void execution::set_urgency(actor task, policy sched, int urgency) {
    context& c = contexts_[task];
    const bool same = c.urgency == urgency && c.sched == sched;
    footprint::note(places::standing(task), !same);
    if (!cpu_per_task_ && !same) {
        footprint::note(places::allocation, false);
        note_queues();
        if (c.cpu >= 0) {
            footprint::note(places::processor(c.cpu), true);
        }
    }
    beyond_urgency(urgency == 0 || sched == policy::rr, false);
    c.sched = sched;
    invalidate();  // the policy alone says whether there is a time slice
    if (c.urgency == urgency) {
        return;
    }
    c.order = urgency > c.urgency ? ++queue_tail_ : --queue_head_;
    const int higher = std::max(c.urgency, urgency);
    c.urgency = urgency;
    if (!cpu_per_task_ && waiting_ != 0) {
        const task_bits before = waiting_;
        reallocate();
        note_claims((before ^ waiting_) | ((before | waiting_) & task_bit(task)), higher);
    }
}

// ---- What a strategy may choose although CPUs are given by urgency: which fair task a CPU runs, and when
// the time slice of an rr task ends.

int execution::displaceable_cpu(actor t) const {
    const context& c = contexts_[t];
    for (unsigned i = 0; i < cpus_; ++i) {
        const actor holder = cpu_[i].task;
        if (((c.affinity >> i) & 1U) == 0 || holder == no_actor || !preemptible(holder)) {
            continue;
        }
        const context& h = contexts_[holder];
        if (h.urgency != c.urgency) {
            continue;
        }
        if (c.urgency == 0 || h.sched == policy::rr) {
            return static_cast<int>(i);
        }
    }
    return -1;
}

bool execution::may_displace(actor t) const {
    const context& c = contexts_[t];
    if (c.urgency != 0) {
        for (task_bits set = waiting_; set != 0; set &= set - 1) {
            const context& other = contexts_[first_task(set)];
            if (other.urgency == c.urgency && other.order < c.order) {
                return false;  // first come, first served
            }
        }
    }
    return displaceable_cpu(t) >= 0;
}

void execution::take_cpu_by_choice(actor t) {
    const int at = displaceable_cpu(t);
    context& displaced = contexts_[cpu_[static_cast<unsigned>(at)].task];
    footprint::note(places::standing(displaced.id), true);
    displaced.cpu = -1;
    displaced.order = ++queue_tail_;
    waiting_ |= task_bit(displaced.id);
    place(t, at);
    reallocate();
}

}  // namespace tenthrule
