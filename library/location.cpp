#include "library/location.hpp"

namespace tenthrule::detail {

void fence(std::memory_order order) {
    session* const s = session::active();
    if (s == nullptr) {
        return;
    }
    if (s->memory() != nullptr) {
        s->memory()->fence(order);
        return;
    }
    thread_state& me = s->self();
    if (acquires(order)) {
        s->machine().acquire(me.acquired_relaxed);
    }
    if (releases(order)) {
        s->machine().release_only(me.release_fence);
    }
}

bool location_base::sleep_on_futex(session& s, bool alarm) const {
    wait_reason why;
    why.what = "sleeps on";
    why.object = name();
    thread_state& me = s.self();
    const operation going_on{op_kind::resume, access::none, 0, name()};
    me.rereads = 0;
    if (alarm && me.timed_out) {
        return false;
    }
    if (alarm) {
        me.alarm_at = &waiting_;
        me.alarm_touches = number();
        me.on_alarm = [](thread_state& t, void* where) {
            if (static_cast<sleepers*>(where)->remove(t.id)) {
                t.alarm_at = nullptr;
                session::current().machine().stop_spinning(t.id);
            }
        };
    }
    waiting_.sleep(going_on, why);
    const bool woken = !alarm || me.alarm_at != nullptr;
    me.on_alarm = nullptr;
    return woken;
}

// The thread has read what it knows again and again: it waits for somebody else.
void location_base::point_in_loop(session& s, access mode) const {
    s.machine().count_retry(name(), true);
    s.machine().point(op_kind::yield, mode, number(), name());
}

// It begins no release sequence, but for what a fence before it released.
void location_base::store_relaxed(session& s, const thread_state& me) const {
    execution::forget(clock_);
    s.machine().merge(clock_, me.release_fence);
}

}  // namespace tenthrule::detail
