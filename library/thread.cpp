#include "library/thread.hpp"

namespace tenthrule {

void thread::join() {
    detail::session& s = detail::session_for("thread::join");
    if (state_ == nullptr) {
        if (!s.machine().unwinding()) {
            detail::fail(rules::misuse, "join of a thread that is not joinable",
                         "{} joins a thread that is not joinable", s.self().name);
        }
        return;
    }
    if (state_ == &s.self()) {
        detail::fail(rules::misuse, "a thread joins itself", "{} joins itself", s.self().name);
        return;
    }
    s.join(*std::exchange(state_, nullptr));
}

void thread::detach() {
    detail::session& s = detail::session_for("thread::detach");
    if (state_ == nullptr && !s.machine().unwinding()) {
        detail::fail(rules::misuse, "detach of a thread that is not joinable",
                     "{} detaches a thread that is not joinable", s.self().name);
    }
    state_ = nullptr;
}

void thread::give_up(const char* how) {
    detail::session* const s = detail::session::active();
    detail::thread_state* const t = std::exchange(state_, nullptr);
    if (s == nullptr || t == nullptr || s->machine().unwinding()) {
        return;
    }
    const execution::no_exceptions here(s->machine());
    detail::fail(rules::misuse, fmt::format("a joinable thread is {}", how),
                 "the thread object of {} is {} while it is joinable: neither joined nor detached", t->name,
                 how);
}

void this_thread::detail_sleep::until(std::uint64_t deadline) {
    detail::session& s = detail::session_for("this_thread::sleep_for");
    s.start_alarm(deadline, "end of a sleep");
    detail::blocked_tasks nobody;
    wait_reason why;
    why.what = "sleeps until";
    why.object = "its time has come";
    nobody.enter_before_alarm({op_kind::resume, access::none, 0, "sleep"}, false, why);
    s.stop_alarm();
}

}  // namespace tenthrule
