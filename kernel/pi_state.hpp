#pragma once

/// The kernel's knowledge of a contended PI futex: who owns it, and the rt_mutex on which others wait.
/// Exists while somebody waits; reference-counted.

#include "kernel/state.hpp"

namespace tenthrule::kernel {

void get_pi_state(system& s, pi_state& p);
/// Frees it with the last reference.
void put_pi_state(system& s, pi_state* p);
/// Under whatever lock guards it: wait_lock since 734009e96d19, before that the bucket lock.
task_struct* owner_of(system& s, pi_state& p);
/// Moves it from its owner's list to that of `to`. REQUIRES: as owner_of.
void change_owner(system& s, pi_state& p, task_struct* to);

/// What an exiting task still owns. REQUIRES: t.pi_lock held.
pi_state* first_owned(task_struct& t);
/// Takes it off its owner's list for good. REQUIRES: as owner_of, and owner.pi_lock.
void disown(pi_state& p, task_struct& owner);
/// A reference, unless the last one is gone already. REQUIRES: the pi_lock of whose list it is on.
bool get_pi_state_unless_zero(system& s, pi_state& p);

/// What an attempt to take a PI word for `task` found out.
struct attach_result {
    int result = 0;  ///< 1: taken; 0: attached to `state` (with a reference); or -errno
    pi_state* state = nullptr;
    task_struct* exiting = nullptr;  ///< -EBUSY: whom to wait for
};

/// REQUIRES: hb locked. Takes the word if it is free; else marks it as contended and attaches to its owner.
/// `set_waiters`: keep the waiters bit in the word, since more waiters follow.
attach_result lock_pi_atomic(system& s, futex_word& w, hash_bucket& hb, task_struct& task, bool set_waiters);
/// REQUIRES: hb locked. Attaches to whoever `uval` names.
attach_result lookup_pi_state(system& s, futex_word& w, std::uint32_t uval, hash_bucket& hb);

/// After waiting for the rt_mutex, with or without success: makes word and pi_state agree with it.
/// 1: the caller owns the lock; 0: it does not; -errno. REQUIRES: q's bucket locked; may drop and retake it.
int fixup_owner(system& s, futex_word& w, futex_q& q, bool locked);

/// q.lock_ptr's bucket, locked, with the pointer checked again.
hash_bucket& lock_own_bucket(system& s, futex_q& q);

}  // namespace tenthrule::kernel
