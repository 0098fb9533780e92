// REQUEUE, CMP_REQUEUE, CMP_REQUEUE_PI and WAIT_REQUEUE_PI.

#include <cerrno>

#include "kernel/bucket.hpp"
#include "kernel/futex.hpp"
#include "kernel/leaving.hpp"
#include "kernel/mutations.hpp"
#include "kernel/oracle.hpp"
#include "kernel/pi_state.hpp"
#include "kernel/rtmutex.hpp"
#include "kernel/user_access.hpp"

namespace tenthrule::kernel {

// ---- The agreement between waiter and requeuer since 5.15: who got hold of the waiter first

namespace {

bool has_agreement(const system& s) {
    return s.patched(patch::requeue_state);
}

// Requeuer: false if the waiter is already on its way out.
bool requeue_prepare(system& s, futex_q& q, pi_state* p) {
    if (has_agreement(s)) {
        requeue_state old = q.requeue.load();
        for (;;) {
            if (old == requeue_state::ignore) {
                return false;
            }
            // Not none: prepared before, by the attempt to take the lock for the first waiter.
            if (old != requeue_state::none || q.requeue.compare_exchange(old, requeue_state::in_progress)) {
                break;
            }
        }
    }
    q.state.set(p);
    return true;
}

enum class requeue_end : std::uint8_t { failed, moved, locked };

// Requeuer: it is over for this waiter.
void requeue_complete(system& s, futex_q& q, requeue_end how) {
    if (!has_agreement(s)) {
        return;
    }
    requeue_state old = q.requeue.load();
    requeue_state next = requeue_state::none;
    do {
        if (old == requeue_state::ignore) {
            return;
        }
        if (how == requeue_end::failed) {
            next = old == requeue_state::in_progress ? requeue_state::none : requeue_state::ignore;
        } else {
            next = how == requeue_end::locked ? requeue_state::locked : requeue_state::done;
        }
    } while (!q.requeue.compare_exchange(old, next));
    // A waiter of RT sleeps until it is over. One that got the lock is woken anyhow, and may be gone.
    const bool sleeps = s.rt() && old == requeue_state::wait;
    if (sleeps && (next != requeue_state::locked || !s.patched(patch::requeue_no_rcuwait))) {
        q.requeue_wait.store(true);
        wake_up(s, *q.task.get(), task_running::uninterruptible);
    }
}

bool requeue_not_over(const void* subject) {
    return static_cast<const futex_q*>(subject)->requeue.peek() != requeue_state::wait;
}

// Waiter, after waking: what has been done with it?
requeue_state wakeup_sync(system& s, futex_q& q) {
    requeue_state old = q.requeue.load();
    for (;;) {
        if (old == requeue_state::done || old == requeue_state::locked) {
            return old;
        }
        const requeue_state next = old == requeue_state::none ? requeue_state::ignore : requeue_state::wait;
        if (q.requeue.compare_exchange(old, next)) {
            if (next == requeue_state::ignore) {
                return next;
            }
            break;
        }
    }
    for (;;) {
        if (s.rt()) {
            set_current_state(s, task_running::uninterruptible);
        }
        const requeue_state now = q.requeue.load();
        if (now != requeue_state::wait) {
            if (s.rt()) {
                set_current_state(s, task_running::running);
            }
            return now;
        }
        if (s.rt()) {
            wait_reason why;
            why.what = "waits for the requeue of";
            why.object = q.key.peek()->name;
            why.subject = &q;
            why.available = &requeue_not_over;
            schedule(s, why);
        } else {
            oracle::retried(s, "futex_requeue_pi_wakeup_sync: the requeue is in progress");
        }
    }
}

// The lock was acquired on behalf of a waiter: it leaves the queue and is woken as the owner.
// REQUIRES: both buckets locked.
void wake_as_owner(system& s, futex_q& q, futex_word& to, hash_bucket& hb2) {
    task_struct* task = nullptr;
    if (s.patched(patch::requeue_task_first) || !has_agreement(s)) {
        task = q.task.get();
    }
    q.key.set(&to);
    dequeue(q);
    q.rt_waiter.set(nullptr);
    q.lock_ptr.store(&hb2);
    requeue_complete(s, q, requeue_end::locked);
    if (task == nullptr) {
        // No lock orders this any more: by now the waiter may be gone.
        s.e.point(op_kind::load, access::read, 0, "q.task");
        task = q.task.get();
    }
    wake_up(s, *task, task_running::normal);
}

// Takes the PI word for the first waiter if it is free, else prepares it for waiters.
// result 1: taken, the waiter has been woken; 0: attached (or nobody waits); -errno.
attach_result proxy_trylock(system& s, futex_word& from, futex_word& to, bool more_follow) {
    if (!can_read_inatomic(s, to)) {
        return {-EFAULT, nullptr};
    }
    futex_q* const top = top_waiter(*from.bucket, from);
    if (top == nullptr) {
        return {0, nullptr};
    }
    if (top->requeue_key.get() != &to) {
        return {-EINVAL, nullptr};
    }
    if (has_agreement(s)) {
        if (top->rt_waiter.get() == nullptr || top->state.get() != nullptr) {
            return {-EINVAL, nullptr};
        }
        if (!requeue_prepare(s, *top, nullptr)) {
            if (s.patched(patch::requeue_drop_ignored)) {
                dequeue(*top);
            }
            return {-EAGAIN, nullptr};
        }
    }
    const attach_result taken = lock_pi_atomic(s, to, *to.bucket, *top->task.get(), more_follow);
    if (taken.result == 1) {
        s.e.story("takes {} for {}", to.name, top->task.peek()->name);
        wake_as_owner(s, *top, to, *to.bucket);
    } else if (taken.result < 0) {
        requeue_complete(s, *top, requeue_end::failed);
    }
    return taken;
}

}  // namespace

long futex_requeue(system& s, futex_word& from, futex_word& to, const requeue_request& r) {
    if (r.pi && !s.patched(patch::requeue_pi)) {
        return -ENOSYS;
    }
    if ((r.wake_count < 0 || r.move_count < 0) && s.patched(patch::negative_counts)) {
        return -EINVAL;
    }
    if (r.pi && (&from == &to || r.wake_count != 1)) {
        return -EINVAL;
    }
    if (const int refused = get_futex_key(from, access::read)) {
        return refused;
    }
    if (const int refused = get_futex_key(to, r.pi ? access::write : access::read)) {
        return refused;
    }
    hash_bucket& hb1 = *from.bucket;
    hash_bucket& hb2 = *to.bucket;
    wake_q wake(s);
    for (;;) {
        pi_state* p = nullptr;
        int done = 0;
        long result = 0;
        const bool counted = !mutated(mutation::requeue_not_counted);
        if (counted) {
            waiters_inc(hb2);
        }
        lock_buckets(s, hb1, hb2);
        if (r.compare) {
            std::uint32_t value = 0;
            if (!read_inatomic(s, from, value)) {
                unlock_buckets(s, hb1, hb2);
                if (counted) {
                    waiters_dec(hb2);
                }
                if (read_user(s, from, value) != 0) {
                    return -EFAULT;
                }
                continue;
            }
            result = value != r.value ? -EAGAIN : 0;
        }
        attach_result failed;
        if (result == 0 && r.pi) {
            attach_result taken = proxy_trylock(s, from, to, r.move_count > 0);
            if (taken.result == 1) {
                ++done;
                if (has_agreement(s)) {
                    taken.result = 0;
                } else {
                    taken = lookup_pi_state(s, to, to.value.peek(), hb2);
                }
            }
            p = taken.state;
            failed = taken;
            result = taken.result;
        }
        if (result == 0) {
            waiters_of waiters(hb1, from);
            while (futex_q* const q = waiters.next()) {
                if (done - r.wake_count >= r.move_count) {
                    break;
                }
                const bool pi_waiter = q->rt_waiter.get() != nullptr;
                if (pi_waiter != r.pi || q->state.get() != nullptr) {
                    result = -EINVAL;
                    break;
                }
                if (!r.pi) {
                    if (++done <= r.wake_count) {
                        mark_wake(s, *q, wake);
                    } else {
                        s.e.story("moves {} to {}", q->task.peek()->name, to.name);
                        move(*q, hb1, hb2, to);
                    }
                    continue;
                }
                if (q->requeue_key.get() != &to) {
                    result = -EINVAL;
                    break;
                }
                if (p == nullptr) {
                    oracle::warn(s, "BUG: futex_requeue: a waiter, but no pi_state to attach it to");
                    break;
                }
                get_pi_state(s, *p);
                if (!requeue_prepare(s, *q, p)) {
                    put_pi_state(s, p);
                    if (s.patched(patch::requeue_drop_ignored)) {
                        dequeue(*q);
                    }
                    continue;
                }
                const int started = start_proxy_lock(s, p->pi_mutex, *q->rt_waiter.get(), *q->task.get());
                if (started < 0) {
                    q->state.set(nullptr);
                    put_pi_state(s, p);
                    requeue_complete(s, *q, requeue_end::failed);
                    result = started;
                    break;
                }
                ++done;
                if (started == 1) {
                    s.e.story("takes {} for {}", to.name, q->task.peek()->name);
                    wake_as_owner(s, *q, to, hb2);
                } else {
                    s.e.story("requeues {} to {}", q->task.peek()->name, to.name);
                    move(*q, hb1, hb2, to);
                    requeue_complete(s, *q, requeue_end::moved);
                    if (!s.patched(patch::proxy_tries) && done <= r.wake_count) {
                        wake.add(*q->task.get());  // the proposal of 2009 lets it compete at once
                    }
                }
            }
        }
        put_pi_state(s, p);
        unlock_buckets(s, hb1, hb2);
        wake.flush();
        if (counted) {
            waiters_dec(hb2);
        }
        if (failed.result >= 0 || !retry_after(s, to, failed, "futex_requeue: EAGAIN")) {
            return result != 0 ? result : done;
        }
    }
}

namespace {

// Woken before anything was done with it. REQUIRES: hb locked.
long early_wakeup(system& s, futex_q& q, hrtimer_sleeper* timeout) {
    if (q.queued.get()) {
        dequeue(q);
    }
    if (timeout != nullptr && sleeper_expired(*timeout)) {
        return -ETIMEDOUT;
    }
    return signal_pending(s.self()) ? restart_nointr : -EAGAIN;
}

// The requeuer has taken the lock for the caller; what is left is to say so in pi_state and word.
long finish_locked(system& s, futex_word& to, futex_q& q) {
    pi_state* const p = q.state.get();
    if (p == nullptr || p->owner.load() == &s.self()) {
        return 0;
    }
    hash_bucket& hb = lock_own_bucket(s, q);
    const int fixed = fixup_owner(s, to, q, true);
    put_pi_state(s, p);
    unlock_bucket(s, hb);
    return fixed < 0 ? fixed : 0;
}

// Enqueued on the rt_mutex of the target by the requeuer: waits there, as LOCK_PI does.
long finish_moved(system& s, futex_word& to, futex_q& q, rt_mutex_waiter& waiter, hrtimer_sleeper* timeout) {
    rt_mutex& lock = q.state.peek()->pi_mutex;
    int result = 0;
    if (s.patched(patch::proxy_lock)) {
        result = wait_proxy_lock(s, lock, timeout, waiter);
        const bool acquired =
            leave_rt_mutex(s, q, lock, waiter, result != 0, s.patched(patch::cleanup_before_hb));
        result = acquired ? 0 : result;
    } else {
        result = finish_proxy_lock(s, lock, timeout, waiter);
        lock_own_bucket(s, q);
    }
    const int fixed = fixup_owner(s, to, q, result == 0);
    if (fixed != 0) {
        result = fixed < 0 ? fixed : 0;
    }
    leave_futex(s, q, result);
    // Too late to restart: the wait on the first word is over.
    return result == -EINTR ? -EAGAIN : result;
}

}  // namespace

long futex_wait_requeue_pi(system& s, futex_word& w, futex_word& to, std::uint32_t value, deadline until) {
    if (!s.patched(patch::requeue_pi)) {
        return -ENOSYS;
    }
    if (&w == &to) {
        return -EINVAL;
    }
    if (const int refused = get_futex_key(to, access::write)) {
        return refused;
    }
    if (const int refused = get_futex_key(w, access::read)) {
        return refused;
    }
    hrtimer_sleeper* const timeout = until.given ? make_sleeper(s, "timeout of wait_requeue_pi") : nullptr;
    scoped<rt_mutex_waiter> waiter("rt_waiter");
    waiter->wake_state = task_running::normal;
    scoped<futex_q> q("futex_q");
    q->key.set(&w);
    q->bits.set(~0U);  // whatever val3 is
    q->rt_waiter.set(waiter.get());
    q->requeue_key.set(&to);
    hash_bucket& hb = *w.bucket;
    if (const long refused = queue_if_equal(s, *q, w, value)) {
        return refused;
    }
    wait_queue(s, *q, hb, value, timeout, until);
    long result = 0;
    if (has_agreement(s)) {
        switch (wakeup_sync(s, *q)) {
            case requeue_state::ignore:
                lock_bucket(s, hb);
                result = early_wakeup(s, *q, timeout);
                unlock_bucket(s, hb);
                break;
            case requeue_state::locked:
                result = finish_locked(s, to, *q);
                break;
            case requeue_state::done:
                result = finish_moved(s, to, *q, *waiter, timeout);
                break;
            default:
                oracle::warn(s, "futex_wait_requeue_pi: impossible requeue state");
                break;
        }
    } else {
        lock_bucket(s, hb);
        const bool moved = q->key.get() == &to;
        if (!moved) {
            result = early_wakeup(s, *q, timeout);
        }
        unlock_bucket(s, hb);
        if (moved) {
            // hb1 guarded the requeue: what it did is settled.
            result = q->rt_waiter.peek() == nullptr ? finish_locked(s, to, *q)
                                                    : finish_moved(s, to, *q, *waiter, timeout);
        }
    }
    oracle::waiter_dies(s, *waiter);
    if (timeout != nullptr) {
        cancel_sleeper(s, *timeout);
    }
    return result;
}

}  // namespace tenthrule::kernel
