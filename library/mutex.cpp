#include "library/mutex.hpp"

namespace tenthrule::detail {

/// The locks that a thread holds, the latest first.
class lock_list {
public:
    static void add(thread_state& t, lock_state& l) {
        l.next_held_ = t.held;
        t.held = &l;
    }
    static void remove(thread_state& t, lock_state& l) {
        lock_state** at = &t.held;
        while (*at != nullptr && *at != &l) {
            at = &(*at)->next_held_;
        }
        if (*at != nullptr) {
            *at = l.next_held_;
        }
    }
};

const char* lock_still_held(const thread_state& t) {
    return t.held->name();
}

lock_state::~lock_state() {
    session* const s = session::active();
    if (s == nullptr || !alive_in(*s) || owner_ == no_actor) {
        return;
    }
    if (s->machine().unwinding()) {
        return;
    }
    lock_list::remove(s->thread(owner_), *this);
    execution& e = s->machine();
    const engine_scope mine;
    const execution::no_exceptions here(e);
    fail(rules::misuse, "a lock is destroyed while it is held", "{} destroys {}, which {} holds",
         e.name(e.self()), in_words(), owner_ == e.self() ? "it" : e.name(owner_));
}

wait_reason lock_state::why() const {
    wait_reason r;
    r.what = "waits for";
    r.object = name();
    r.subject = this;
    r.holder = [](const void* subject) { return static_cast<const lock_state*>(subject)->owner_; };
    return r;
}

void lock_state::renew() {
    clock_ = {};
    wanted_ = {};
    next_held_ = nullptr;
    depth_ = 0;
    owner_ = no_actor;
}

void lock_state::take(session& s, bool waited) {
    if (s.machine().unwinding()) {
        owner_ = s.machine().self();  // whoever had it: nobody relies on it any more
        depth_ = 1;
        return;
    }
    footprint::note(places::taken(number()), !waited);
    owner_ = s.machine().self();
    depth_ = 1;
    s.machine().acquire(clock_);
    lock_list::add(s.self(), *this);
    wanted_.allow(false, why());
    s.changed();
}

void lock_state::hand_back(session& s) {
    if (s.machine().unwinding()) {
        owner_ = no_actor;
        return;
    }
    footprint::note(places::given_back(number()), false);
    s.machine().release(clock_);
    lock_list::remove(s.self(), *this);
    owner_ = no_actor;
    depth_ = 0;
    wanted_.allow(true, why());
    s.changed();
}

// True if the current thread holds it already: that is all right for a recursive one only.
bool lock_state::lock_again(session& s) {
    if (owner_ != s.machine().self()) {
        return false;
    }
    if (!recursive_ && !s.machine().unwinding()) {
        fail(rules::misuse, "a lock is locked by its holder", "{} locks {}, which it holds already",
             s.self().name, in_words());
    }
    ++depth_;
    return true;
}

void lock_state::lock() {
    session& s = session_for("a lock");
    enter_execution(s);
    if (owner_ == s.machine().self()) {
        s.machine().point(op_kind::lock, access::write, number(), name());
        (void)lock_again(s);
        return;
    }
    wanted_.enter(locking(), owner_ == no_actor, why());
    enter_execution(s);
    take(s, true);
}

bool lock_state::lock_before_alarm() {
    session& s = session::current();
    enter_execution(s);
    if (owner_ == s.machine().self()) {
        return lock_again(s);
    }
    wanted_.enter_before_alarm(locking(), owner_ == no_actor, why());
    enter_execution(s);
    if (owner_ != no_actor) {
        s.machine().detail("timed out");
        return false;
    }
    take(s, false);
    return true;
}

bool lock_state::try_lock() {
    session& s = session_for("a lock");
    enter_execution(s);
    s.machine().point(op_kind::lock, access::write, number(), name());
    enter_execution(s);
    if (owner_ == s.machine().self() && recursive_) {
        return lock_again(s);
    }
    if (owner_ != no_actor) {
        s.machine().detail("busy");
        return false;
    }
    take(s, false);
    return true;
}

void lock_state::unlock() {
    session& s = session_for("a lock");
    enter_execution(s);
    s.machine().point(op_kind::unlock, access::write, number(), name());
    enter_execution(s);
    if (owner_ != s.machine().self()) [[unlikely]] {
        wrong_unlock(s);
        return;
    }
    if (--depth_ == 0) {
        hand_back(s);
    }
}

void lock_state::wrong_unlock(session& s) {
    if (s.machine().unwinding()) {
        return;
    }
    const engine_scope mine;
    if (owner_ == no_actor) {
        fail(rules::double_unlock, "a lock is unlocked that nobody holds",
             "{} unlocks {}, which nobody holds", s.self().name, in_words());
    } else {
        fail(rules::double_unlock, "a lock is unlocked by somebody else", "{} unlocks {}, which {} holds",
             s.self().name, in_words(), s.machine().name(owner_));
    }
}

unsigned lock_state::give_up(session& s) {
    const unsigned times = depth_;
    footprint::note(places::object(number()), true);
    hand_back(s);
    return times;
}

void lock_state::wanted_by(actor a) {
    footprint::note(places::object(number()), true);
    wanted_.adopt(a, owner_ == no_actor, why());
}

void lock_state::take_again(session& s, unsigned times) {
    wanted_.leave(s.machine().self());
    enter_execution(s);
    take(s, true);
    depth_ = times;
}

bool timed_lock::lock_until(std::uint64_t deadline) {
    session& s = session::current();
    s.start_alarm(deadline, "timeout of a lock");
    const bool locked = state_.lock_before_alarm();
    s.stop_alarm();
    return locked;
}

}  // namespace tenthrule::detail
