#include "library/shared_mutex.hpp"

namespace tenthrule::detail {

shared_lock_state::~shared_lock_state() {
    session* const s = session::active();
    if (s == nullptr || !alive_in(*s) || is_free(false) || s->machine().unwinding()) {
        return;
    }
    const engine_scope mine;
    const execution::no_exceptions here(s->machine());
    fail(rules::misuse, "a lock is destroyed while it is held", "{} destroys {}, which is held",
         s->self().name, in_words());
}

void shared_lock_state::as_new(session& s) {
    if (look(s)) [[unlikely]] {
        written_ = read_ = {};
        waiting_ = {};
        readers_ = 0;
        owner_ = no_actor;
    }
}

wait_reason shared_lock_state::why() const {
    wait_reason r;
    r.what = "waits for";
    r.object = name();
    r.subject = this;
    r.holder = [](const void* subject) {
        const auto& l = *static_cast<const shared_lock_state*>(subject);
        // One reader can be named; of several, who knows.
        const bool one = l.readers_ != 0 && (l.readers_ & (l.readers_ - 1)) == 0;
        return l.owner_ != no_actor ? l.owner_ : one ? first_task(l.readers_) : no_actor;
    };
    return r;
}

void shared_lock_state::check_not_held(session& s, bool shared) {
    const task_bits bit = task_bit(s.self().id);
    if (s.machine().unwinding() || (owner_ != s.self().id && (readers_ & bit) == 0)) {
        return;
    }
    fail(rules::misuse, "a lock is locked by its holder", "{} locks {}{}, which it holds already",
         s.self().name, in_words(), shared ? " for reading" : "");
}

void shared_lock_state::take(session& s, bool shared) {
    s.machine().acquire(written_);
    if (shared) {
        readers_ |= task_bit(s.self().id);
    } else {
        s.machine().acquire(read_);
        owner_ = s.self().id;
    }
    s.machine().detail("{}", shared ? "shared" : "exclusive");
    s.changed();
}

void shared_lock_state::lock(bool shared) {
    session& s = session_for("a lock");
    as_new(s);
    s.machine().point(op_kind::lock, access::write, number(), name());
    as_new(s);
    check_not_held(s, shared);
    while (!is_free(shared) && !s.machine().unwinding()) {
        s.machine().detail("held: sleeps");
        waiting_.sleep(locking(), why());
        as_new(s);
    }
    take(s, shared);
}

bool shared_lock_state::try_lock(bool shared) {
    session& s = session_for("a lock");
    as_new(s);
    s.machine().point(op_kind::lock, access::write, number(), name());
    as_new(s);
    check_not_held(s, shared);
    if (!is_free(shared)) {
        s.machine().detail("busy");
        return false;
    }
    take(s, shared);
    return true;
}

bool shared_lock_state::lock_before(bool shared, std::uint64_t deadline) {
    session& s = session_for("a lock");
    s.start_alarm(deadline, "timeout of a lock");
    as_new(s);
    s.machine().point(op_kind::lock, access::write, number(), name());
    as_new(s);
    check_not_held(s, shared);
    thread_state& me = s.self();
    while (!is_free(shared) && !me.timed_out && !s.machine().unwinding()) {
        me.alarm_at = &waiting_;
        me.alarm_touches = number();
        me.on_alarm = [](thread_state& t, void* where) {
            if (static_cast<sleepers*>(where)->remove(t.id)) {
                session::current().machine().stop_spinning(t.id);
            }
        };
        waiting_.sleep(locking(), without_holder(why()));
        me.on_alarm = nullptr;
        as_new(s);
    }
    const bool got_it = is_free(shared);
    if (got_it) {
        take(s, shared);
    } else {
        s.machine().detail("timed out");
    }
    s.stop_alarm();
    return got_it;
}

void shared_lock_state::unlock(bool shared) {
    session& s = session_for("a lock");
    as_new(s);
    s.machine().point(op_kind::unlock, access::write, number(), name());
    as_new(s);
    const task_bits bit = task_bit(s.self().id);
    const bool held = shared ? (readers_ & bit) != 0 : owner_ == s.self().id;
    if (!held) [[unlikely]] {
        if (!s.machine().unwinding()) {
            fail(rules::double_unlock, "a lock is unlocked by who does not hold it",
                 "{} unlocks {}{}, which it does not hold{}", s.self().name, in_words(),
                 shared ? " for readers" : "", shared ? " so" : "");
        }
        return;
    }
    if (shared) {
        readers_ &= ~bit;
        s.machine().release(read_);
    } else {
        owner_ = no_actor;
        s.machine().release(written_);
    }
    while (!waiting_.empty()) {
        s.machine().stop_spinning(waiting_.take_first());
    }
    s.changed();
}

}  // namespace tenthrule::detail
