#pragma once

/// How the kernel touches user memory. With a spinlock held page faults are off: a page that is absent, or
/// does not allow the access, makes it fail. Then the locks are dropped, the page is faulted in, and the
/// operation begins again.

#include <cerrno>

#include "kernel/state.hpp"

namespace tenthrule::kernel {

/// Whether a futex can be looked up at that address: 0, -EINVAL if it is misaligned, or -EFAULT. Of a private
/// futex the address alone matters, of a process-shared one also the page, and what is to be done there.
inline int get_futex_key(const futex_word& w, access mode) {
    if (w.misaligned_by != 0) [[unlikely]] {
        return -EINVAL;
    }
    const bool refused =
        w.access == page_access::none || (mode == access::write && w.access == page_access::read_only);
    return w.process_shared && refused ? -EFAULT : 0;
}

namespace detail {
/// Whether the page is there is nobody's business but the memory management's: a decision of the schedule.
bool finds_page_absent(system& s, futex_word& w);
}  // namespace detail

// ---- With page faults off: scheduling points. False: a fault.

inline bool read_inatomic(system& s, futex_word& w, std::uint32_t& value) {
    if (w.access == page_access::none || (w.faults_left != 0 && detail::finds_page_absent(s, w)))
        [[unlikely]] {
        return false;
    }
    value = w.value.load();
    return true;
}

/// A read whose value nobody looks at, so that only a fault matters: no scheduling point.
inline bool can_read_inatomic(system& s, futex_word& w) {
    return w.access != page_access::none && (w.faults_left == 0 || !detail::finds_page_absent(s, w));
}

/// Before an atomic change of the word.
inline bool can_write_inatomic(system& s, futex_word& w) {
    return w.access == page_access::read_write && (w.faults_left == 0 || !detail::finds_page_absent(s, w));
}

enum class swap : std::uint8_t { done, changed, fault };
/// changed: `expected` becomes the value found.
inline swap cmpxchg_inatomic(system& s, futex_word& w, std::uint32_t& expected, std::uint32_t desired) {
    if (!can_write_inatomic(s, w)) [[unlikely]] {
        return swap::fault;
    }
    return w.value.compare_exchange(expected, desired) ? swap::done : swap::changed;
}

// ---- REQUIRES: no spinlock held. 0 or -EFAULT

int read_user(system& s, futex_word& w, std::uint32_t& value);
int fault_in_user_writeable(system& s, futex_word& w);

}  // namespace tenthrule::kernel
