#pragma once

/// How the kernel touches user memory. With a spinlock held page faults are off: a page that is absent, or
/// does not allow the access, makes it fail. Then the locks are dropped, the page is faulted in, and the
/// operation begins again.

#include "kernel/state.hpp"

namespace tenthrule::kernel {

// ---- With page faults off: scheduling points. False: a fault.

bool read_inatomic(system& s, futex_word& w, std::uint32_t& value);

enum class swap : std::uint8_t { done, changed, fault };
/// changed: `expected` becomes the value found.
swap cmpxchg_inatomic(system& s, futex_word& w, std::uint32_t& expected, std::uint32_t desired);
/// Before another atomic change of the word.
bool can_write_inatomic(system& s, futex_word& w);

// ---- REQUIRES: no spinlock held. 0 or -EFAULT

int read_user(system& s, futex_word& w, std::uint32_t& value);
int fault_in_user_writeable(system& s, futex_word& w);

}  // namespace tenthrule::kernel
