#include "kernel/bucket.hpp"

#include <algorithm>
#include <cassert>

#include "kernel/rtmutex.hpp"

namespace tenthrule::kernel {

hash_bucket::hash_bucket(const char* bucket_name)
    : spin(lock_kinds::bucket, bucket_name),
      rtlock(lock_kinds::bucket_wait_lock, "hb->lock.wait_lock", "hb->lock owner"),
      name(bucket_name) {
    rtlock.name = bucket_name;
    rtlock.is_rtlock = true;
    rtlock.has_fast_path = true;
}

namespace {

void lock_as(system& s, hash_bucket& hb, const lock_class& kind) {
    if (s.rt()) {
        rtlock_lock(s, hb.rtlock, kind);
    } else {
        hb.spin.lock_nested(kind);
    }
}

}  // namespace

void lock_bucket(system& s, hash_bucket& hb) {
    lock_as(s, hb, lock_kinds::bucket);
}

void unlock_bucket(system& s, hash_bucket& hb) {
    if (s.rt()) {
        rtlock_unlock(s, hb.rtlock);
    } else {
        hb.spin.unlock();
    }
}

bool trylock_bucket(system& s, hash_bucket& hb) {
    return s.rt() ? rtlock_trylock(s, hb.rtlock, lock_kinds::bucket) : hb.spin.try_lock();
}

void lock_buckets(system& s, hash_bucket& a, hash_bucket& b) {
    if (&a == &b) {
        lock_bucket(s, a);
        return;
    }
    // By number, as the kernel does by address.
    const bool a_first =
        std::find(s.buckets.begin(), s.buckets.end(), &a) < std::find(s.buckets.begin(), s.buckets.end(), &b);
    lock_bucket(s, a_first ? a : b);
    lock_as(s, a_first ? b : a, lock_kinds::second_bucket);
}

void unlock_buckets(system& s, hash_bucket& a, hash_bucket& b) {
    unlock_bucket(s, a);
    if (&a != &b) {
        unlock_bucket(s, b);
    }
}

void waiters_inc(hash_bucket& hb) {
    hb.waiters.update([](int n) { return n + 1; });
}

void waiters_dec(hash_bucket& hb) {
    hb.waiters.update([](int n) { return n - 1; });
}

void queue_lock(system& s, futex_q& q, hash_bucket& hb) {
    waiters_inc(hb);
    q.lock_ptr.poke(&hb);  // nobody else can see it yet
    lock_bucket(s, hb);
}

void queue_unlock(system& s, hash_bucket& hb) {
    unlock_bucket(s, hb);
    waiters_dec(hb);
}

namespace {

void insert(futex_q& q, hash_bucket& hb) {
    assert(hb.queued < queued_max);
    hb.chain_cell.write();
    const int prio = q.prio.get();
    unsigned at = hb.queued;
    while (at > 0 && hb.chain[at - 1]->prio.get() > prio) {
        hb.chain[at] = hb.chain[at - 1];
        --at;
    }
    hb.chain[at] = &q;
    ++hb.queued;
    q.queued.set(true);
}

void remove(futex_q& q, hash_bucket& hb) {
    hb.chain_cell.write();
    futex_q** const end = hb.chain.data() + hb.queued;
    futex_q** const at = std::find(hb.chain.data(), end, &q);
    if (at != end) {
        std::copy(at + 1, end, at);
        --hb.queued;
    }
    q.queued.set(false);
}

}  // namespace

void enqueue(system& s, futex_q& q, hash_bucket& hb) {
    // By their own priority, not a lent one; everybody outside the realtime classes alike.
    q.prio.set(std::min(s.self().normal_prio.peek(), 100));
    q.task.set(&s.self());
    insert(q, hb);
}

void dequeue(futex_q& q) {
    hash_bucket& hb = *q.lock_ptr.peek();  // its lock is held: it cannot change
    remove(q, hb);
    waiters_dec(hb);
}

void move(futex_q& q, hash_bucket& from, hash_bucket& to, futex_word& key) {
    if (&from != &to) {
        remove(q, from);
        waiters_dec(from);
        waiters_inc(to);
        insert(q, to);
        q.lock_ptr.store(&to);
    }
    q.key.set(&key);
}

futex_q* top_waiter(hash_bucket& hb, const futex_word& key) {
    hb.chain_cell.read();
    for (unsigned i = 0; i < hb.queued; ++i) {
        if (hb.chain[i]->key.get() == &key) {
            return hb.chain[i];
        }
    }
    return nullptr;
}

waiters_of::waiters_of(hash_bucket& hb, const futex_word& key) {
    hb.chain_cell.read();
    for (unsigned i = 0; i < hb.queued; ++i) {
        if (hb.chain[i]->key.get() == &key) {
            found_[count_++] = hb.chain[i];
        }
    }
}

bool unqueue_me(system& s, futex_q& q) {
    for (;;) {
        hash_bucket* const hb = q.lock_ptr.load();
        if (hb == nullptr) {
            return false;
        }
        lock_bucket(s, *hb);
        if (q.lock_ptr.load() == hb) {
            dequeue(q);
            unlock_bucket(s, *hb);
            return true;
        }
        unlock_bucket(s, *hb);  // it was moved in between
    }
}

}  // namespace tenthrule::kernel
