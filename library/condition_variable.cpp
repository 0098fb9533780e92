#include "library/condition_variable.hpp"

namespace tenthrule::detail {

waiting_threads::~waiting_threads() {
    session* const s = session::active();
    if (s == nullptr || !alive_in(*s) || waiting_.empty() || s->machine().unwinding()) {
        return;
    }
    const engine_scope mine;
    const execution::no_exceptions here(s->machine());
    fail(rules::misuse, "a condition variable is destroyed while threads wait for it",
         "{} destroys {}, for which {} threads wait", s->self().name, in_words(), waiting_.count());
}

// Whoever was waiting goes on: with taking its lock, if that is the one known here.
void waiting_threads::let_go(actor a) {
    if (used_with_ != nullptr) {
        used_with_->wanted_by(a);
    } else if (session::current().machine().state(a) == task_state::spinning) {
        session::current().machine().stop_spinning(a);
    } else {
        notified_ |= task_bit(a);
    }
}

void waiting_threads::notify(bool all) {
    session& s = session_for("a condition variable");
    enter_execution(s);
    execution& e = s.machine();
    e.point(op_kind::wake, access::write, number(), name());
    enter_execution(s);
    const unsigned n = waiting_.count();
    e.detail("{}", n == 0 ? "nobody waits" : all ? "notify_all" : "notify_one");
    if (n == 0) {
        return;
    }
    if (all) {
        while (!waiting_.empty()) {
            let_go(waiting_.take_first());
        }
    } else {
        let_go(waiting_.take(e.choose(n, "which waiting thread is notified")));
    }
    s.changed();
}

void waiting_threads::wrong_lock(session& s, const char* how) {
    if (!s.machine().unwinding()) {
        fail(rules::misuse, fmt::format("a wait with a lock that {}", how),
             "{} waits for {} with a lock that {}", s.self().name, in_words(), how);
    }
}

bool waiting_threads::wait(lock_state& l, bool owned, bool alarm) {
    session& s = session_for("a condition variable");
    enter_execution(s);
    execution& e = s.machine();
    e.point(op_kind::unlock, access::write, number(), name());
    if (e.unwinding()) {
        return true;
    }
    thread_state& me = s.self();
    if (!owned || !l.held_by(me.id)) {
        wrong_lock(s, "it does not hold");
        return true;
    }
    if (waiting_.empty()) {
        used_with_ = &l;
    } else if (used_with_ != &l) {
        wrong_lock(s, "is not that of the others who wait");
        return true;
    }
    const unsigned times = l.give_up(s);
    wait_reason why;
    why.what = "waits for a notification of";
    why.object = name();
    const bool late = alarm && me.timed_out;
    const bool spurious = s.options().spurious_wakeups && e.choose(2, "a spurious wake-up") != 0;
    e.detail("{}", late ? "timed out" : spurious ? "woken spuriously" : "waits");
    bool notified = true;
    if (late || spurious) {
        notified = !late;
        l.lock();
        return notified;
    }
    if (alarm) {
        me.alarm_at = this;
        me.alarm_touches = number();
        me.on_alarm = [](thread_state& t, void* where) {
            auto& w = *static_cast<waiting_threads*>(where);
            // Once it has been notified, time does not matter any more.
            if (w.waiting_.remove(t.id)) {
                t.alarm_at = nullptr;
                w.let_go(t.id);
            }
        };
    }
    waiting_.sleep(l.locking(), why);
    notified = !alarm || me.alarm_at != nullptr;
    me.on_alarm = nullptr;
    if (e.unwinding()) {
        return true;
    }
    l.take_again(s, times);
    return notified;
}

void waiting_threads::begin(session& s) {
    enter_execution(s);
    s.machine().point(op_kind::store, access::write, number(), name());
    enter_execution(s);
    if (!s.machine().unwinding()) {
        const bool spurious =
            s.options().spurious_wakeups && s.machine().choose(2, "a spurious wake-up") != 0;
        s.machine().detail("{}", spurious ? "woken spuriously" : "begins to wait");
        if (spurious) {
            notified_ |= task_bit(s.machine().self());
        } else {
            waiting_.add(s.machine().self());
        }
    }
}

bool waiting_threads::sleep(session& s, bool alarm) {
    execution& e = s.machine();
    thread_state& me = s.self();
    const task_bits bit = task_bit(me.id);
    bool notified = true;
    if ((notified_ & bit) == 0 && !e.unwinding()) {
        const operation going_on{op_kind::resume, access::write, number(), name()};
        if (alarm && me.timed_out) {
            e.point(going_on.kind, going_on.mode, going_on.object, going_on.label);
            notified = !waiting_.remove(me.id);
        } else {
            wait_reason why;
            why.what = "waits for a notification of";
            why.object = name();
            if (alarm) {
                me.alarm_at = this;
                me.alarm_touches = number();
                me.on_alarm = [](thread_state& t, void* where) {
                    auto& w = *static_cast<waiting_threads*>(where);
                    if (w.waiting_.remove(t.id)) {
                        t.alarm_at = nullptr;
                        w.let_go(t.id);
                    }
                };
            }
            e.point_when_possible(going_on, why);
            notified = !alarm || me.alarm_at != nullptr;
            me.on_alarm = nullptr;
        }
    }
    notified_ &= ~bit;
    s.changed();
    return notified;
}

}  // namespace tenthrule::detail
