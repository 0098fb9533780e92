#include "library/location.hpp"

namespace tenthrule::detail {

void fence(std::memory_order order) {
    session* const s = session::active();
    if (s == nullptr) {
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

// The thread has read what it knows again and again: it waits for somebody else.
void location_base::point_in_loop(session& s, access mode) const {
    s.machine().count_retry(name(), true);
    s.machine().point(op_kind::yield, mode, number(), name());
}

// It begins no release sequence, but for what a fence before it released.
void location_base::store_relaxed(session& s) const {
    if (clock_.times != nullptr) {
        std::memset(clock_.times, 0, clock_.times[-1] * sizeof(std::uint32_t));
    }
    s.machine().merge(clock_, s.self().release_fence);
}

}  // namespace tenthrule::detail
