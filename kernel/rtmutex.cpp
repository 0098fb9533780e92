#include "kernel/rtmutex.hpp"

#include <cerrno>
#include <utility>

#include "kernel/mutations.hpp"
#include "kernel/oracle.hpp"
#include "kernel/rtmutex_parts.hpp"

namespace tenthrule::kernel {

void enqueue(system& s, rt_mutex& lock, rt_mutex_waiter& w) {
    lock.waiters.insert(w);
    w.enqueued = true;
    oracle::tree_changed(s, lock.waiters, "the waiters of a lock");
}

void dequeue(system& s, rt_mutex& lock, rt_mutex_waiter& w) {
    lock.waiters.erase(w);
    w.enqueued = false;
    oracle::tree_changed(s, lock.waiters, "the waiters of a lock");
}

void enqueue_pi(system& s, task_struct& owner, rt_mutex_waiter& w) {
    owner.pi_waiters.insert(w);
    oracle::tree_changed(s, owner.pi_waiters, "the pi_waiters of a task");
}

void dequeue_pi(system& s, task_struct& owner, rt_mutex_waiter& w) {
    owner.pi_waiters.erase(w);
    oracle::tree_changed(s, owner.pi_waiters, "the pi_waiters of a task");
}

void set_keys(system& s, rt_mutex_waiter& w, int prio) {
    w.prio.set(prio);
    if (!s.patched(patch::separate_keys)) {
        w.pi_prio.set(prio);
    }
}

void set_pi_key(system& s, rt_mutex_waiter& w) {
    if (s.patched(patch::separate_keys)) {
        w.pi_prio.set(w.prio.get());
    }
}

// Of a waiter that comes first without having changed itself.
void renew_pi_key(system& s, rt_mutex_waiter& w) {
    if (!s.patched(patch::stale_keys)) {
        set_pi_key(s, w);
    }
}

void set_owner(system& s, rt_mutex& lock, task_struct* t, std::uint32_t flags) {
    const bool none = lock.waiters.empty() || mutated(mutation::waiters_bit_lost);
    lock.owner.store(owner_word(t, flags | (none ? 0 : has_waiters)));
    if (t != nullptr && !lock.is_rtlock) {
        s.e.story("rt_mutex of {} := {}{}", lock.name, t->name, flags != 0 ? "|PENDING" : "");
    }
}

bool fast_lock(rt_mutex& lock, task_struct& t) {
    std::uint32_t expected = 0;
    return lock.owner.compare_exchange(expected, owner_word(&t, 0));
}

bool fast_unlock(rt_mutex& lock, task_struct& t) {
    std::uint32_t expected = owner_word(&t, 0);
    return lock.owner.compare_exchange(expected, 0);
}

rt_mutex* blocked_on_lock(task_struct& t) {
    rt_mutex_waiter* const w = t.pi_blocked_on.get();
    return w != nullptr ? w->lock.get() : nullptr;
}

namespace {

// Equal priorities may pass only in front of sleeping spinlocks, and only outside the realtime classes.
bool may_steal(const rt_mutex& lock, int prio, rt_mutex_waiter& top) {
    const int top_prio = top.prio.get();
    if (prio < top_prio || (prio == top_prio && mutated(mutation::equals_steal))) {
        return true;
    }
    return prio == top_prio && lock.is_rtlock && !is_realtime(prio);
}

actor owner_of_rt_mutex(const void* lock) {
    const std::uint32_t number = static_cast<const rt_mutex*>(lock)->owner.peek() >> owner_shift;
    return number == 0 ? no_actor : static_cast<actor>(number - 1);
}

// Nobody owns it: whoever sleeps in front of it sleeps for nothing.
bool ownerless(const void* lock) {
    return owner_of_rt_mutex(lock) == no_actor;
}

}  // namespace

wait_reason waits_for(const rt_mutex& lock) {
    wait_reason why;
    why.what = "waits for";
    why.object = lock.name;
    why.subject = &lock;
    why.holder = &owner_of_rt_mutex;
    why.available = &ownerless;
    return why;
}

task_struct* rt_mutex_owner(system& s, rt_mutex& lock) {
    return s.task_of_owner(lock.has_fast_path ? lock.owner.load() : lock.owner.load_locked());
}

task_struct* rt_mutex_owner_lockless(system& s, rt_mutex& lock) {
    return s.task_of_owner(lock.owner.load());
}

std::uint32_t mark_waiters(rt_mutex& lock) {
    // Without fast paths the bit means something to holders of wait_lock only.
    if (lock.has_fast_path) {
        return lock.owner.update([](std::uint32_t word) { return word | has_waiters; });
    }
    const std::uint32_t word = lock.owner.load_locked();
    lock.owner.store_locked(word | has_waiters);
    return word;
}

void fixup_rt_mutex_waiters(rt_mutex& lock) {
    if (!lock.waiters.empty()) {
        return;
    }
    const std::uint32_t word = lock.owner.peek();
    if ((word & has_waiters) == 0) {
        return;
    }
    const std::uint32_t clean = word & ~has_waiters;
    if (lock.has_fast_path) {
        lock.owner.store(clean);
    } else {
        lock.owner.store_locked(clean);
    }
}

bool try_to_take_rt_mutex(system& s, rt_mutex& lock, task_struct& task, rt_mutex_waiter* waiter) {
    const oracle::pi_section section(s);
    // The bit first: from now on nobody takes or releases the lock without wait_lock.
    const std::uint32_t before = mark_waiters(lock);
    if (task_struct* const owner = s.task_of_owner(before)) {
        s.e.story("cannot take {}: {} owns it", lock.name, owner->name);
        return false;
    }
    rt_mutex_waiter* const top = lock.waiters.top();
    if (waiter != nullptr) {
        if (waiter != top && !may_steal(lock, waiter->prio.get(), *top)) {
            s.e.story("cannot take {}: {} comes first", lock.name, top->task.peek()->name);
            return false;
        }
        dequeue(s, lock, *waiter);
    } else if (top != nullptr) {
        if (!may_steal(lock, prio_of(task), *top)) {
            return false;
        }
        s.e.story("steals {} from {}", lock.name, top->task.peek()->name);
    } else {
        set_owner(s, lock, &task);
        return true;
    }
    oracle::acquires(s, lock, task, waiter);
    task.pi_lock.lock();
    if (waiter != nullptr || !s.patched(patch::trylock_stays_blocked)) {
        task.pi_blocked_on.set(nullptr);
    }
    if (rt_mutex_waiter* const next = lock.waiters.top()) {
        renew_pi_key(s, *next);
        enqueue_pi(s, task, *next);
    }
    task.pi_lock.unlock();
    set_owner(s, lock, &task);
    return true;
}

int task_blocks_on_rt_mutex(system& s, rt_mutex& lock, rt_mutex_waiter& waiter, task_struct& task,
                            chain_walk walk) {
    const oracle::pi_section section(s);
    task_struct* const owner = rt_mutex_owner(s, lock);
    if (owner == &task) {
        return -EDEADLK;
    }
    task.pi_lock.lock();
    waiter.task.set(&task);
    waiter.lock.set(&lock);
    set_keys(s, waiter, prio_of(task));
    set_pi_key(s, waiter);
    rt_mutex_waiter* const old_top = lock.waiters.top();
    enqueue(s, lock, waiter);
    oracle::enqueued(s, waiter, task);
    task.pi_blocked_on.set(&waiter);
    task.pi_lock.unlock();
    if (owner == nullptr) {
        if (!s.patched(patch::waiter_stays) && !lock.is_rtlock) {
            oracle::warn(s, "BUG: task_blocks_on_rt_mutex: NULL pointer dereference: nobody to boost");
        }
        return 0;
    }
    bool goes_on = false;
    owner->pi_lock.lock();
    if (&waiter == lock.waiters.top()) {
        if (old_top != nullptr) {
            dequeue_pi(s, *owner, *old_top);
        }
        enqueue_pi(s, *owner, waiter);
        rt_mutex_adjust_prio(s, *owner);
        goes_on = owner->pi_blocked_on.get() != nullptr;
    } else if (walk == chain_walk::full) {
        goes_on = true;
    }
    rt_mutex* const next_lock = blocked_on_lock(*owner);
    owner->pi_lock.unlock();
    if (!goes_on || next_lock == nullptr) {
        return 0;
    }
    lock.wait_lock.unlock_irq();
    const int result = adjust_prio_chain(s, *owner, walk, &lock, next_lock, &waiter, task);
    lock.wait_lock.lock_irq();
    return result;
}

void remove_waiter(system& s, rt_mutex& lock, rt_mutex_waiter& waiter) {
    const oracle::pi_section section(s);
    const bool was_top = lock.waiters.top() == &waiter;
    task_struct* const owner = rt_mutex_owner(s, lock);
    task_struct* waiter_task = &s.self();
    if (s.patched(patch::waiter_task)) {
        waiter_task = waiter.task.get();
        if (waiter_task == nullptr) {
            oracle::warn(s, "remove_waiter: a waiter without a task");
            return;
        }
    }
    waiter_task->pi_lock.lock();
    dequeue(s, lock, waiter);
    waiter_task->pi_blocked_on.set(nullptr);
    waiter_task->pi_lock.unlock();
    if (owner == nullptr || !was_top) {
        return;
    }
    owner->pi_lock.lock();
    dequeue_pi(s, *owner, waiter);
    if (rt_mutex_waiter* const next = lock.waiters.top();
        next != nullptr && !mutated(mutation::next_waiter_not_inserted)) {
        renew_pi_key(s, *next);
        enqueue_pi(s, *owner, *next);
    }
    rt_mutex_adjust_prio(s, *owner);
    rt_mutex* const next_lock = blocked_on_lock(*owner);
    owner->pi_lock.unlock();
    if (next_lock == nullptr) {
        return;
    }
    lock.wait_lock.unlock_irq();
    adjust_prio_chain(s, *owner, chain_walk::minimal, &lock, next_lock, nullptr, s.self());
    lock.wait_lock.lock_irq();
}

handover::handover(system& s) : s_(s), wake_(s) {}

void handover::begin(task_struct& next, bool rtlock) {
    next_ = &next;
    next.wake_owed_by = &s_.self();
    if (s_.patched(patch::deboost_first)) {
        // Else the owner could lose its CPU holding a boost whose donor already runs.
        s_.e.preempt_disable();
        if (!mutated(mutation::no_deboost)) {
            rt_mutex_adjust_prio(s_, s_.self());
        }
    } else {
        section_.emplace(s_);
    }
    if (rtlock) {
        wake_.add_rtlock(next);
    } else {
        wake_.add(next);
    }
}

void handover::finish() {
    if (next_ == nullptr) {
        return;
    }
    wake_.flush();
    std::exchange(next_, nullptr)->wake_owed_by = nullptr;
    if (s_.patched(patch::deboost_first)) {
        s_.e.preempt_enable();
        return;
    }
    task_struct& me = s_.self();
    me.pi_lock.lock_irq();
    rt_mutex_adjust_prio(s_, me);
    me.pi_lock.unlock_irq();
    section_.reset();
}

void mark_wakeup_next_waiter(system& s, rt_mutex& lock, handover& over) {
    const oracle::pi_section section(s);
    task_struct& me = s.self();
    me.pi_lock.lock();
    rt_mutex_waiter& top = *lock.waiters.top();
    dequeue_pi(s, me, top);
    over.begin(*top.task.get(), lock.is_rtlock);
    lock.owner.store(has_waiters);
    if (!lock.is_rtlock) {
        s.e.story("rt_mutex of {} := nobody|HAS_WAITERS", lock.name);
    }
    me.pi_lock.unlock();
}

}  // namespace tenthrule::kernel
