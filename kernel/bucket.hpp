#pragma once

/// Hash buckets: where waiters queue, and the lock that guards them.

#include "kernel/state.hpp"

namespace tenthrule::kernel {

/// A spinlock, or on RT a sleeping lock that boosts its holder.
void lock_bucket(system& s, hash_bucket& hb);
void unlock_bucket(system& s, hash_bucket& hb);
bool trylock_bucket(system& s, hash_bucket& hb);
/// In an order that excludes deadlock; once if they are the same.
void lock_buckets(system& s, hash_bucket& a, hash_bucket& b);
void unlock_buckets(system& s, hash_bucket& a, hash_bucket& b);

/// The counter tells wakers without the lock whether there may be somebody: it goes up before the
/// lock is taken.
void waiters_inc(hash_bucket& hb);
void waiters_dec(hash_bucket& hb);

/// Announces a waiter and takes the lock.
void queue_lock(system& s, futex_q& q, hash_bucket& hb);
/// Takes that back.
void queue_unlock(system& s, hash_bucket& hb);

// ---- REQUIRES: hb locked

void enqueue(system& s, futex_q& q, hash_bucket& hb);
/// Also counts the waiter down.
void dequeue(futex_q& q);
void move(futex_q& q, hash_bucket& from, hash_bucket& to, futex_word& key);
/// The first waiter of that word; nullptr if there is none.
futex_q* top_waiter(hash_bucket& hb, const futex_word& key);

/// Waiters of one word, in order, while the chain changes under way.
class waiters_of {
public:
    waiters_of(hash_bucket& hb, const futex_word& key);
    /// nullptr at the end.
    futex_q* next() {
        return at_ < count_ ? found_[at_++] : nullptr;
    }

private:
    unsigned at_ = 0;
    unsigned count_ = 0;
    std::array<futex_q*, queued_max> found_;
};

/// Leaves the queue if nobody has taken this waiter off it. False: it was woken.
bool unqueue_me(system& s, futex_q& q);

}  // namespace tenthrule::kernel
