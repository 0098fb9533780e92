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

// Where a CPU per task is missing, what may be taken away decides who gets it. If tasks may take CPUs by
// choice, it even decides who can step.
void execution::record_preemptibility() const {
    const context& c = *current_;
    footprint::note(places::preemption(c.id), true);
    if (!cpu_per_task_) {
        footprint::note(places::allocation, free_choice_ && waiting_ != 0);
    }
    for (std::uint64_t set = armed_; set != 0; set &= set - 1) {
        if (slots_[static_cast<unsigned>(std::countr_zero(set))].source->cpu == c.cpu) {
            footprint::note(places::timers, true);
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
        footprint::note(places::allocation, true);
        c.order = ++queue_tail_;
        waiting_ |= task_bit(c.id);
        reallocate();
    }
}

void execution::leave_cpu(context& c) {
    footprint::note(places::standing(c.id), true);
    footprint::note(places::rest, false);
    if (!cpu_per_task_) {
        footprint::note(places::allocation, true);
    }
    if (c.cpu < 0) {
        waiting_ &= ~task_bit(c.id);  // it lost its CPU since its last point
        return;
    }
    footprint::note(places::processor(c.cpu), true);
    cpu_[static_cast<unsigned>(c.cpu)].task = no_actor;
    c.cpu = -1;
    interrupted_ &= ~task_bit(c.id);
    reallocate();
}

void execution::place(actor t, int cpu_index) {
    footprint::note(places::standing(t), true);
    footprint::note(places::processor(cpu_index), true);
    if (!cpu_per_task_) {
        footprint::note(places::allocation, true);
    }
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
    footprint::note(places::allocation, false);
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
            place(t, static_cast<int>(i));
            return true;
        }
        if (contexts_[holder].urgency < lowest && preemptible(holder)) {
            lowest = contexts_[holder].urgency;
            victim = static_cast<int>(i);
        }
    }
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
    if (!cpu_per_task_) {
        footprint::note(places::allocation, !same);
    }
    free_choice_ = free_choice_ || urgency == 0 || sched == policy::rr;
    c.sched = sched;
    invalidate();  // the policy alone says whether there is a time slice
    if (c.urgency == urgency) {
        return;
    }
    c.order = urgency > c.urgency ? ++queue_tail_ : --queue_head_;
    c.urgency = urgency;
    if (!cpu_per_task_ && waiting_ != 0) {
        reallocate();
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
