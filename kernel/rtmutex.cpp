#include "kernel/rtmutex.hpp"

#include <cerrno>

#include "kernel/oracle.hpp"

namespace tenthrule::kernel {

namespace {

constexpr std::uint32_t has_waiters = 1;

int prio_of(task_struct& t) {
    return t.prio.peek();
}

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

// The keys are copies: a tree must not change its order because a task's priority does. Before
// f7853c342418 both trees used one copy.
void set_keys(system& s, rt_mutex_waiter& w, int prio) {
    w.prio.set(prio);
    if (!s.patched(patch::separate_keys)) {
        w.pi_prio.set(prio);
    }
}

// Copied when the waiter enters an owner's tree, under that owner's pi_lock.
void set_pi_key(system& s, rt_mutex_waiter& w) {
    if (s.patched(patch::separate_keys)) {
        w.pi_prio.set(w.prio.get());
    }
}

void set_owner(system& s, rt_mutex& lock, task_struct* t) {
    lock.owner.store(owner_word(t, !lock.waiters.empty()));
    if (t != nullptr && !lock.is_rtlock) {
        s.e.story("rt_mutex of {} := {}", lock.name, t->name);
    }
}

// Equal priorities may pass only in front of sleeping spinlocks, and only outside the realtime classes.
bool may_steal(const rt_mutex& lock, int prio, rt_mutex_waiter& top) {
    const int top_prio = top.prio.get();
    if (prio < top_prio) {
        return true;
    }
    return prio == top_prio && lock.is_rtlock && !is_realtime(prio);
}

rt_mutex* blocked_on_lock(task_struct& t) {
    rt_mutex_waiter* const w = t.pi_blocked_on.get();
    return w != nullptr ? w->lock.get() : nullptr;
}

actor owner_of_rt_mutex(const void* lock) {
    const std::uint32_t word = static_cast<const rt_mutex*>(lock)->owner.peek();
    return word < 2 ? no_actor : static_cast<actor>((word >> 1U) - 1);
}

// Nobody owns it: whoever sleeps in front of it sleeps for nothing.
bool ownerless(const void* lock) {
    return static_cast<const rt_mutex*>(lock)->owner.peek() < 2;
}

wait_reason waits_for(const rt_mutex& lock) {
    wait_reason why;
    why.what = "waits for";
    why.object = lock.name;
    why.subject = &lock;
    why.holder = &owner_of_rt_mutex;
    why.available = &ownerless;
    return why;
}

}  // namespace

task_struct* rt_mutex_owner(system& s, rt_mutex& lock) {
    // Outside wait_lock only the fast paths of rtlocks write it.
    return s.task_of_owner(lock.is_rtlock ? lock.owner.load() : lock.owner.load_locked());
}

task_struct* rt_mutex_owner_lockless(system& s, rt_mutex& lock) {
    return s.task_of_owner(lock.owner.load());
}

namespace {

// Sets the waiters bit and gives the word as it was. Without fast paths the bit means something to holders of
// wait_lock only.
std::uint32_t mark_waiters(rt_mutex& lock) {
    if (lock.is_rtlock) {
        return lock.owner.update([](std::uint32_t word) { return word | has_waiters; });
    }
    const std::uint32_t word = lock.owner.load_locked();
    lock.owner.store_locked(word | has_waiters);
    return word;
}

}  // namespace

void fixup_rt_mutex_waiters(system& s, rt_mutex& lock) {
    if (!lock.waiters.empty()) {
        return;
    }
    const std::uint32_t word = lock.owner.peek();
    if ((word & has_waiters) == 0) {
        return;
    }
    const std::uint32_t clean = owner_word(s.task_of_owner(word), false);
    if (lock.is_rtlock) {
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
    task.pi_lock.lock();
    task.pi_blocked_on.set(nullptr);
    if (rt_mutex_waiter* const next = lock.waiters.top()) {
        set_pi_key(s, *next);
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
        return 0;
    }
    bool goes_on = false;
    owner->pi_lock.lock();
    if (&waiter == lock.waiters.top()) {
        if (old_top != nullptr) {
            dequeue_pi(s, *owner, *old_top);
        }
        set_pi_key(s, waiter);
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
    if (rt_mutex_waiter* const next = lock.waiters.top()) {
        set_pi_key(s, *next);
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

namespace {

// Takes the top waiter's weight off the owner and leaves the lock ownerless; the waiter stays enqueued
// until it takes the lock. Deboosting comes before the wake-up, and preemption stays off in between: else
// the owner could lose its CPU holding a boost whose donor already runs.
void mark_wakeup_next_waiter(system& s, rt_mutex& lock, wake_q& wake) {
    const oracle::pi_section section(s);
    task_struct& me = s.self();
    me.pi_lock.lock();
    rt_mutex_waiter& top = *lock.waiters.top();
    dequeue_pi(s, me, top);
    s.e.preempt_disable();
    rt_mutex_adjust_prio(s, me);
    lock.owner.store(has_waiters);
    if (!lock.is_rtlock) {
        s.e.story("rt_mutex of {} := nobody|HAS_WAITERS", lock.name);
    }
    task_struct& next = *top.task.get();
    if (lock.is_rtlock) {
        wake.add_rtlock(next);
    } else {
        wake.add(next);
    }
    me.pi_lock.unlock();
}

}  // namespace

bool rt_mutex_futex_unlock_locked(system& s, rt_mutex& lock, wake_q& wake) {
    if (lock.waiters.empty()) {
        lock.owner.store(0);
        s.e.story("rt_mutex of {} := nobody", lock.name);
        return false;
    }
    mark_wakeup_next_waiter(s, lock, wake);
    return true;
}

void finish_unlock(system& s, wake_q& wake) {
    wake.flush();
    s.e.preempt_enable();
}

// ---- For futexes

void init_proxy_locked(rt_mutex& lock, task_struct& owner) {
    lock.owner.poke(owner_word(&owner, false));
}

int start_proxy_lock_locked(system& s, rt_mutex& lock, rt_mutex_waiter& waiter, task_struct& task) {
    waiter.wake_state = task_running::normal;
    if (try_to_take_rt_mutex(s, lock, task, nullptr)) {
        return 1;
    }
    int result = task_blocks_on_rt_mutex(s, lock, waiter, task, chain_walk::full);
    if (result != 0 && rt_mutex_owner(s, lock) == nullptr) {
        result = 0;  // the owner went away while the chain was walked: waiting will do
    }
    if (result != 0 && !s.patched(patch::early_deadlock)) {
        remove_waiter(s, lock, waiter);
    }
    return result;
}

int start_proxy_lock(system& s, rt_mutex& lock, rt_mutex_waiter& waiter, task_struct& task) {
    lock.wait_lock.lock_irq();
    const int result = start_proxy_lock_locked(s, lock, waiter, task);
    if (s.patched(patch::early_deadlock) &&
        (s.patched(patch::waiter_not_enqueued) ? result < 0 && waiter.enqueued : result != 0)) {
        remove_waiter(s, lock, waiter);
    }
    lock.wait_lock.unlock_irq();
    return result;
}

namespace {

int wait_for_lock(system& s, rt_mutex& lock, hrtimer_sleeper* timeout, rt_mutex_waiter& waiter) {
    for (;;) {
        if (try_to_take_rt_mutex(s, lock, s.self(), &waiter)) {
            return 0;
        }
        if (timeout != nullptr && sleeper_expired(*timeout)) {
            s.e.story("sleeper->task is NULL: timed out");
            return -ETIMEDOUT;
        }
        if (signal_pending(s.self())) {
            return -EINTR;
        }
        lock.wait_lock.unlock_irq();
        schedule(s, waits_for(lock));
        set_current_state(s, task_running::interruptible);
        lock.wait_lock.lock_irq();
    }
}

}  // namespace

int wait_proxy_lock(system& s, rt_mutex& lock, hrtimer_sleeper* timeout, rt_mutex_waiter& waiter) {
    set_current_state(s, task_running::interruptible);
    lock.wait_lock.lock_irq();
    const int result = wait_for_lock(s, lock, timeout, waiter);
    set_current_state(s, task_running::running);
    fixup_rt_mutex_waiters(s, lock);
    lock.wait_lock.unlock_irq();
    return result;
}

bool cleanup_proxy_lock(system& s, rt_mutex& lock, rt_mutex_waiter& waiter) {
    bool removed = false;
    lock.wait_lock.lock_irq();
    // Once more, whatever it came back with: an unlocker may have chosen this task in the meantime.
    try_to_take_rt_mutex(s, lock, s.self(), &waiter);
    if (rt_mutex_owner(s, lock) != &s.self()) {
        remove_waiter(s, lock, waiter);
        removed = true;
    }
    fixup_rt_mutex_waiters(s, lock);
    lock.wait_lock.unlock_irq();
    return removed;
}

bool futex_trylock_locked(system& s, rt_mutex& lock) {
    const bool taken = try_to_take_rt_mutex(s, lock, s.self(), nullptr);
    fixup_rt_mutex_waiters(s, lock);
    return taken;
}

bool futex_trylock(system& s, rt_mutex& lock) {
    if (rt_mutex_owner_lockless(s, lock) != nullptr) {
        return false;
    }
    lock.wait_lock.lock_irq();
    const bool taken = futex_trylock_locked(s, lock);
    lock.wait_lock.unlock_irq();
    return taken;
}

void futex_unlock(system& s, rt_mutex& lock) {
    wake_q wake(s);
    lock.wait_lock.lock_irq();
    const bool waiters = rt_mutex_futex_unlock_locked(s, lock, wake);
    lock.wait_lock.unlock_irq();
    if (waiters) {
        finish_unlock(s, wake);
    }
}

// ---- Sleeping spinlocks

void rtlock_lock(system& s, rt_mutex& lock, const lock_class& kind) {
    task_struct& me = s.self();
    oracle::about_to_block(s, me, lock.name);
    std::uint32_t expected = 0;
    if (!lock.owner.compare_exchange(expected, owner_word(&me, false))) {
        lock.wait_lock.lock_irq();
        if (!try_to_take_rt_mutex(s, lock, me, nullptr)) {
            scoped<rt_mutex_waiter> waiter("rt_waiter");
            waiter->wake_state = task_running::rtlock_wait;
            me.saved_state = me.state.exchange(task_running::rtlock_wait);
            task_blocks_on_rt_mutex(s, lock, *waiter, me, chain_walk::minimal);
            while (!try_to_take_rt_mutex(s, lock, me, waiter.get())) {
                lock.wait_lock.unlock_irq();
                schedule(s, waits_for(lock));
                lock.wait_lock.lock_irq();
                set_current_state(s, task_running::rtlock_wait);
            }
            // In one step: a wake-up meant for the interrupted sleep arrives before or after it, never in
            // between.
            me.state.update([&](unsigned) { return std::exchange(me.saved_state, task_running::running); });
            oracle::waiter_dies(s, *waiter);
        }
        fixup_rt_mutex_waiters(s, lock);
        lock.wait_lock.unlock_irq();
    }
    s.e.lock_taken(&lock, kind, lock.name, true);
}

void rtlock_unlock(system& s, rt_mutex& lock) {
    task_struct& me = s.self();
    s.e.lock_dropped(&lock);
    std::uint32_t expected = owner_word(&me, false);
    if (lock.owner.compare_exchange(expected, 0)) {
        return;
    }
    wake_q wake(s);
    lock.wait_lock.lock_irq();
    while (lock.waiters.empty()) {
        // Nobody waits any more: back to the fast path, and only after wait_lock has been dropped, since
        // whoever takes the lock then may be gone, and the lock with it, before this function is through.
        fixup_rt_mutex_waiters(s, lock);
        lock.wait_lock.unlock_irq();
        expected = owner_word(&me, false);
        if (lock.owner.compare_exchange(expected, 0)) {
            return;
        }
        lock.wait_lock.lock_irq();
    }
    mark_wakeup_next_waiter(s, lock, wake);
    lock.wait_lock.unlock_irq();
    finish_unlock(s, wake);
}

// ---- Priorities

void rt_mutex_adjust_prio(system& s, task_struct& t) {
    int prio = t.normal_prio.get();
    if (rt_mutex_waiter* const top = t.pi_waiters.top()) {
        // The donor's priority as it is now, not the key under which it is enqueued.
        const int lent = prio_of(*top->task.get());
        prio = lent < prio ? lent : prio;
    }
    if (prio != t.prio.get()) {
        t.prio.set(prio);
        apply_priority(s, t);
    }
}

void rt_mutex_adjust_pi(system& s, task_struct& t) {
    t.pi_lock.lock_irq();
    rt_mutex_waiter* const w = t.pi_blocked_on.get();
    if (w == nullptr || w->prio.get() == prio_of(t)) {
        t.pi_lock.unlock_irq();
        return;
    }
    rt_mutex* const next_lock = w->lock.get();
    t.pi_lock.unlock_irq();
    adjust_prio_chain(s, t, chain_walk::minimal, nullptr, next_lock, nullptr, t);
}

namespace {

constexpr unsigned chain_depth_max = 1024;

// One step of the walk, from a task to the lock it is blocked on and on to that lock's owner.
struct chain_step {
    task_struct* task;
    rt_mutex* next_lock;
    rt_mutex_waiter* top_waiter;
};

}  // namespace

int adjust_prio_chain(system& s, task_struct& first, chain_walk walk, rt_mutex* orig_lock,
                      rt_mutex* next_lock, rt_mutex_waiter* orig_waiter, task_struct& top_task) {
    const oracle::pi_section section(s);
    chain_step at{&first, next_lock, orig_waiter};
    bool requeue = true;  // once off it stays off: from there on it only looks for a deadlock
    for (unsigned depth = 0; depth < chain_depth_max;) {
        at.task->pi_lock.lock_irq();
        rt_mutex_waiter* w = at.task->pi_blocked_on.get();
        // All locks were dropped on the way here: any of this may have changed.
        bool over = w == nullptr;
        over = over || (orig_waiter != nullptr && rt_mutex_owner_lockless(s, *orig_lock) == nullptr);
        over = over || w->lock.get() != at.next_lock;
        if (!over && at.top_waiter != nullptr) {
            rt_mutex_waiter* const top = at.task->pi_waiters.top();
            if (top == nullptr) {
                over = true;
            } else if (top != at.top_waiter) {
                over = walk == chain_walk::minimal;
                requeue = false;
            }
        }
        if (!over && w->prio.get() == prio_of(*at.task)) {
            over = walk == chain_walk::minimal;
            requeue = false;
        }
        if (over) {
            at.task->pi_lock.unlock_irq();
            return 0;
        }
        rt_mutex& lock = *w->lock.get();
        if (!lock.wait_lock.try_lock()) {
            // The order is wait_lock before pi_lock; here it is the other way round.
            at.task->pi_lock.unlock_irq();
            s.e.retry("rt_mutex chain walk: wait_lock is busy");
            continue;
        }
        ++depth;
        if (&lock == orig_lock || rt_mutex_owner(s, lock) == &top_task) {
            lock.wait_lock.unlock();
            at.task->pi_lock.unlock_irq();
            s.e.story("finds a cycle: deadlock");
            return -EDEADLK;
        }
        rt_mutex_waiter* const old_top = lock.waiters.top();
        if (requeue) {
            dequeue(s, lock, *w);
            set_keys(s, *w, prio_of(*at.task));
            enqueue(s, lock, *w);
        }
        at.task->pi_lock.unlock();
        task_struct* const owner = rt_mutex_owner(s, lock);
        if (owner == nullptr) {
            // Nobody to boost, but whoever is first now must know that the lock can be had.
            rt_mutex_waiter* const top = lock.waiters.top();
            task_struct* const wake = requeue && top != old_top ? top->task.get() : nullptr;
            const unsigned states = wake != nullptr ? top->wake_state : 0;
            if (wake != nullptr) {
                wake_up(s, *wake, states);
            }
            lock.wait_lock.unlock_irq();
            return 0;
        }
        owner->pi_lock.lock();
        rt_mutex_waiter* const new_top = lock.waiters.top();
        if (requeue && w == new_top) {
            dequeue_pi(s, *owner, *old_top);
            set_pi_key(s, *w);
            enqueue_pi(s, *owner, *w);
            rt_mutex_adjust_prio(s, *owner);
        } else if (requeue && w == old_top) {
            dequeue_pi(s, *owner, *w);
            set_pi_key(s, *new_top);
            enqueue_pi(s, *owner, *new_top);
            rt_mutex_adjust_prio(s, *owner);
            w = new_top;  // the owner may have lost its boost, and so may the rest of the chain
        }
        at = {owner, blocked_on_lock(*owner), new_top};
        owner->pi_lock.unlock();
        lock.wait_lock.unlock_irq();
        if (at.next_lock == nullptr) {
            return 0;
        }
        if (walk == chain_walk::minimal && w != new_top) {
            return 0;
        }
    }
    return -EDEADLK;
}

}  // namespace tenthrule::kernel
