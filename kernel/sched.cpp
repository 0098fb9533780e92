#include "kernel/sched.hpp"

#include "kernel/oracle.hpp"

namespace tenthrule::kernel {

void set_current_state(system& s, unsigned state) {
    shared<unsigned>& mine = s.self().state;
    if (state == task_running::running && mine.peek() == state) {
        return;  // a waker was first, and nobody but the task itself sets anything else
    }
    mine.store(state);
}

bool signal_pending(const task_struct& t) {
    return t.signal_pending;
}

void resched_and_retry(system& s, const char* place) {
    const bool offers = s.settings.preempt == preempt_model::none;
    if (offers) {
        s.e.set_preemptible(true);
    }
    oracle::retried(s, place);
    if (offers) {
        s.e.set_preemptible(false);
    }
}

void schedule(system& s, const wait_reason& why) {
    task_struct& me = s.self();
    const unsigned state = me.state.peek();
    if (state == task_running::running) {
        return;
    }
    if ((state & task_running::interruptible) != 0 && me.signal_pending) {
        me.state.poke(task_running::running);
        return;
    }
    s.e.story("sleeps ({} {})", why.what, why.object);
    s.e.sleep(why);
}

void wake_up(system& s, task_struct& t, unsigned states, bool from_wake_q) {
    s.e.point(op_kind::wake, access::write, 0, t.name);
    if (from_wake_q) {
        t.on_wake_q.poke(false);  // whoever finds it set before this may rely on this wake-up
    }
    const unsigned state = t.state.peek();
    if ((state & states) == 0) {
        // Waiting for an rtlock: the wake-up is kept for the sleep that the lock interrupted.
        if (state == task_running::rtlock_wait && (t.saved_state & states) != 0) {
            t.saved_state = task_running::running;
        }
        s.e.detail("not asleep");
        return;
    }
    t.state.poke(task_running::running);
    s.e.story("wakes {}", t.name);
    s.e.wake(t.id);
}

void apply_priority(system& s, task_struct& t) {
    const int prio = t.prio.peek();
    int urgency = 0;
    if (prio < 0) {
        urgency = 100;
    } else if (is_realtime(prio)) {
        urgency = 99 - prio;
    }
    if (urgency != s.e.urgency(t.id)) {
        s.e.story("{} {} to priority {}", urgency > s.e.urgency(t.id) ? "boosts" : "deboosts", t.name,
                  urgency);
    }
    s.e.set_urgency(t.id, t.sched, urgency);
}

void wake_q::add(task_struct& t) {
    bool linked = false;
    if (t.on_wake_q.compare_exchange(linked, true)) {
        tasks_[count_++] = &t;
    }
}

void wake_q::flush() {
    if (rtlock_task_ != nullptr) {
        wake_up(s_, *std::exchange(rtlock_task_, nullptr), task_running::rtlock_wait);
    }
    for (unsigned i = 0; i < count_; ++i) {
        wake_up(s_, *tasks_[i], task_running::normal, true);
    }
    count_ = 0;
}

namespace {

struct expiry_argument {
    system* s;
    hrtimer_sleeper* sleeper;
};

void expire(void* argument) {
    const auto& a = *static_cast<expiry_argument*>(argument);
    task_struct* const t = a.sleeper->task.peek();  // nobody else writes it
    a.s->e.story("timeout of {} expires: clears sleeper->task", t->name);
    a.sleeper->task.store_here(nullptr);
    wake_up(*a.s, *t, task_running::normal);
}

}  // namespace

hrtimer_sleeper* make_sleeper(system& s, const char* what) {
    auto* sleeper = s.e.arena().make<hrtimer_sleeper>();
    sleeper->task.poke(&s.self());
    sleeper->expiry.name = what;
    sleeper->expiry.callback = &expire;
    sleeper->expiry.argument = s.e.arena().make<expiry_argument>(expiry_argument{&s, sleeper});
    return sleeper;
}

void start_sleeper(system& s, hrtimer_sleeper& sleeper, nanoseconds deadline) {
    s.e.arm(sleeper.expiry, deadline);
}

void cancel_sleeper(system& s, hrtimer_sleeper& sleeper) {
    s.e.cancel(sleeper.expiry);
}

bool sleeper_expired(hrtimer_sleeper& sleeper) {
    return sleeper.task.load_relaxed() == nullptr;
}

}  // namespace tenthrule::kernel
