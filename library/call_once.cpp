#include "library/call_once.hpp"

namespace tenthrule {

bool once_flag::begin() {
    detail::session& s = detail::session_for("call_once");
    execution& e = s.machine();
    const auto as_new = [&] {
        if (look(s)) [[unlikely]] {
            waiting_ = {};
            clock_ = {};
            state_ = state::fresh;
        }
    };
    as_new();
    e.point(op_kind::rmw, access::write, number(), name());
    as_new();
    if (state_ == state::running && runner_ == e.self() && !e.unwinding()) {
        detail::fail(rules::misuse, "call_once in its own function",
                     "{} calls call_once with {} while it runs it", s.self().name, in_words());
    }
    while (state_ == state::running && !e.unwinding()) {
        wait_reason why;
        why.what = "waits for";
        why.object = name();
        why.subject = this;
        why.holder = [](const void* subject) { return static_cast<const once_flag*>(subject)->runner_; };
        e.detail("somebody is at it: sleeps");
        waiting_.sleep({op_kind::rmw, access::write, number(), name()}, why);
        as_new();
    }
    e.acquire(clock_);
    if (state_ == state::done || e.unwinding()) {
        return false;
    }
    state_ = state::running;
    runner_ = e.self();
    s.changed();
    return true;
}

void once_flag::end(bool returned) {
    detail::session& s = detail::session_for("call_once");
    execution& e = s.machine();
    if (e.unwinding()) {
        return;
    }
    const execution::no_exceptions here(e);
    e.point(op_kind::unlock, access::write, number(), name());
    state_ = returned ? state::done : state::fresh;
    runner_ = no_actor;
    e.release(clock_);
    while (!waiting_.empty()) {
        e.stop_spinning(waiting_.take_first());
    }
    s.changed();
}

}  // namespace tenthrule
