#include "library/semaphore.hpp"

namespace tenthrule::detail {

counted::~counted() {
    session* const s = session::active();
    if (s == nullptr || !alive_in(*s) || waiting_.empty() || s->machine().unwinding()) {
        return;
    }
    const engine_scope mine;
    const execution::no_exceptions here(s->machine());
    fail(rules::misuse, "something is destroyed while threads wait for it",
         "{} destroys {}, for which {} threads wait", s->self().name, in_words(), waiting_.count());
}

session& counted::begin(const char* what, op_kind kind, access mode) {
    session& s = session_for(what);
    const auto as_new = [&] {
        if (look(s)) [[unlikely]] {
            clock_ = {};
            waiting_ = {};
            value_ = initial_;
            expected_ = 0;
            phase_ = 0;
        }
    };
    as_new();
    s.machine().point(kind, mode, number(), name());
    as_new();
    return s;
}

wait_reason counted::why(const char* what) const {
    wait_reason r;
    r.what = what;
    r.object = name();
    return r;
}

// ---- As a semaphore

void counted::take(session& s) {
    --value_;
    s.machine().acquire(clock_);
    s.machine().detail("{} left", value_);
    s.changed();
}

void counted::acquire() {
    session& s = begin("a semaphore", op_kind::lock, access::write);
    while (value_ == 0 && !s.machine().unwinding()) {
        s.machine().detail("none left: sleeps");
        waiting_.sleep({op_kind::lock, access::write, number(), name()}, why("waits for"));
    }
    take(s);
}

bool counted::try_acquire() {
    session& s = begin("a semaphore", op_kind::lock, access::write);
    if (value_ == 0) {
        s.machine().detail("none left");
        return false;
    }
    take(s);
    return true;
}

bool counted::acquire_before(std::uint64_t deadline) {
    session& s = session_for("a semaphore");
    s.start_alarm(deadline, "timeout of a semaphore");
    (void)begin("a semaphore", op_kind::lock, access::write);
    thread_state& me = s.self();
    while (value_ == 0 && !me.timed_out && !s.machine().unwinding()) {
        me.alarm_at = &waiting_;
        me.alarm_touches = number();
        me.on_alarm = [](thread_state& t, void* where) {
            if (static_cast<sleepers*>(where)->remove(t.id)) {
                session::current().machine().stop_spinning(t.id);
            }
        };
        waiting_.sleep({op_kind::lock, access::write, number(), name()}, why("waits for"));
        me.on_alarm = nullptr;
    }
    const bool got_it = value_ != 0;
    if (got_it) {
        take(s);
    } else {
        s.machine().detail("timed out");
    }
    s.stop_alarm();
    return got_it;
}

void counted::let_all_go() {
    while (!waiting_.empty()) {
        session::current().machine().stop_spinning(waiting_.take_first());
    }
}

// All of those who wait may try: which of them succeeds is the schedule's choice.
void counted::release(std::ptrdiff_t by, std::ptrdiff_t max) {
    session& s = begin("a semaphore", op_kind::unlock, access::write);
    if (s.machine().unwinding()) {
        return;
    }
    if (by < 0 || value_ > max - by) {
        fail(rules::misuse, "a semaphore is released too often",
             "{} releases {} by {}: it has {}, and at most {}", s.self().name, in_words(), by, value_, max);
        return;
    }
    value_ += by;
    s.machine().release(clock_);
    s.machine().detail("{} left", value_);
    let_all_go();
    s.changed();
}

// ---- As a latch

void counted::count_down(std::ptrdiff_t by) {
    session& s = begin("a latch", op_kind::rmw, access::write);
    if (s.machine().unwinding()) {
        return;
    }
    if (by < 0 || by > value_) {
        fail(rules::misuse, "a latch is counted down too far", "{} counts {} down by {}: it is at {}",
             s.self().name, in_words(), by, value_);
        return;
    }
    value_ -= by;
    s.machine().release(clock_);
    s.machine().detail("{} left", value_);
    if (value_ == 0) {
        let_all_go();
    }
    s.changed();
}

void counted::wait_for_zero() {
    session& s = begin("a latch", op_kind::load, access::read);
    while (value_ != 0 && !s.machine().unwinding()) {
        s.machine().detail("{} left: sleeps", value_);
        waiting_.sleep({op_kind::load, access::read, number(), name()}, why("waits for"));
    }
    s.machine().acquire(clock_);
}

bool counted::is_zero() {
    session& s = begin("a latch", op_kind::load, access::read);
    if (value_ != 0) {
        return false;
    }
    s.machine().acquire(clock_);
    return true;
}

// ---- As a barrier

counted::arrival counted::arrive(std::ptrdiff_t by, std::ptrdiff_t drop) {
    session& s = begin("a barrier", op_kind::rmw, access::write);
    if (s.machine().unwinding()) {
        return {phase_, false};
    }
    if (by < 1 || by > value_) {
        fail(rules::misuse, "too many arrive at a barrier", "{} arrives at {} for {}: {} are expected",
             s.self().name, in_words(), by, value_);
        return {phase_, false};
    }
    value_ -= by;
    expected_ -= drop;
    s.machine().release(clock_);
    const bool last = value_ == 0;
    if (last) {
        s.machine().acquire(clock_);
    }
    s.machine().detail("{} to come", value_);
    s.changed();
    return {phase_, last};
}

void counted::next_phase() {
    session& s = session::current();
    footprint::note(places::object(number()), true);
    s.machine().release(clock_);
    ++phase_;
    value_ = initial_ + expected_;
    let_all_go();
}

void counted::wait_for_phase(std::uint64_t phase) {
    session& s = begin("a barrier", op_kind::load, access::read);
    while (phase_ == phase && !s.machine().unwinding()) {
        waiting_.sleep({op_kind::load, access::read, number(), name()}, why("waits at"));
    }
    s.machine().acquire(clock_);
}

}  // namespace tenthrule::detail
