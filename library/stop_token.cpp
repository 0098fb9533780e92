#include "library/stop_token.hpp"

namespace tenthrule::detail {

bool stop_state::request() {
    if (requested.update(memory_order_acq_rel, [](bool) { return true; })) {
        return false;
    }
    execution& e = session_for("a stop_source").machine();
    const auto about_to_change = [this] { footprint::note(places::object(requested.number()), true); };
    while (first != nullptr) {
        about_to_change();
        stop_waiter& w = *std::exchange(first, first->next);
        running = &w;
        runner = e.self();
        w.call(w);
        about_to_change();
        running = nullptr;
        waiting.allow(true, {});
    }
    return true;
}

bool stop_state::add(stop_waiter& w) {
    if (requested.load(memory_order_acquire)) {
        return false;
    }
    w.next = first;
    first = &w;
    return true;
}

void stop_state::remove(stop_waiter& w) {
    session* const s = session::active();
    if (s == nullptr) {
        return;
    }
    execution& e = s->machine();
    const execution::no_exceptions here(e);
    footprint::note(places::object(requested.number()), true);
    for (stop_waiter** at = &first; *at != nullptr; at = &(*at)->next) {
        if (*at == &w) {
            *at = w.next;
            return;
        }
    }
    while (running == &w && runner != e.self() && !e.unwinding()) {
        wait_reason why;
        why.what = "waits for the end of";
        why.object = "a stop_callback";
        waiting.enter({op_kind::resume, access::read, requested.number(), "stop_callback"}, false, why);
    }
}

}  // namespace tenthrule::detail
