// WAIT, WAKE, WAKE_OP and nanosleep.

#include <cerrno>

#include "kernel/bucket.hpp"
#include "kernel/futex.hpp"
#include "kernel/mutations.hpp"
#include "kernel/oracle.hpp"
#include "kernel/user_access.hpp"

namespace tenthrule::kernel {

namespace {

struct plain_wait {
    const futex_q* q;
    const futex_word* word;
    std::uint32_t value;
};

// A plain waiter waits for the word to change and a wake-up to follow; the word has changed: it waits for
// nothing. Unless it has been moved: it does not say what it expects of another word.
bool word_changed(const void* subject) {
    const auto& w = *static_cast<const plain_wait*>(subject);
    return w.q->key.peek() == w.word && w.word->value.peek() != w.value;
}

bool never(const void* /*subject*/) {
    return false;
}

}  // namespace

void wait_queue(system& s, futex_q& q, hash_bucket& hb, std::uint32_t value, hrtimer_sleeper* timeout,
                deadline until) {
    futex_word& word = *q.key.peek();
    // The state first: whoever wakes this task from now on must find it.
    const bool late = mutated(mutation::state_set_too_late);
    if (!late) {
        set_current_state(s, task_running::interruptible);
    }
    enqueue(s, q, hb);
    s.e.story("queued on {}", word.name);
    unlock_bucket(s, hb);
    if (late) {
        set_current_state(s, task_running::interruptible);
    }
    if (timeout != nullptr) {
        start_sleeper(s, *timeout, until.at);
    }
    if (timeout == nullptr || !sleeper_expired(*timeout)) {
        wait_reason why;
        why.what = "sleeps on";
        why.object = word.name;
        why.subject = s.e.arena().make<plain_wait>(plain_wait{&q, &word, value});
        why.available = q.rt_waiter.peek() == nullptr ? &word_changed : &never;
        schedule(s, why);
    }
    set_current_state(s, task_running::running);
}

void mark_wake(system& s, futex_q& q, wake_q& wake) {
    if (q.state.get() != nullptr || q.rt_waiter.get() != nullptr) {
        oracle::warn(s, "mark_wake_futex: refusing to wake a PI futex waiter");
        return;
    }
    task_struct* t = q.task.get();
    dequeue(q);
    // From here on the waiter may return and its futex_q be gone.
    q.lock_ptr.store(nullptr);
    if (mutated(mutation::woken_read_too_late)) {
        s.e.point(op_kind::load, access::read, 0, "q.task");
        t = q.task.get();
    }
    wake.add(*t);
}

long queue_if_equal(system& s, futex_q& q, futex_word& w, std::uint32_t value) {
    for (;;) {
        queue_lock(s, q, *w.bucket);
        std::uint32_t uval = 0;
        const bool present = read_inatomic(s, w, uval);
        if (present && uval == value) {
            return 0;
        }
        queue_unlock(s, *w.bucket);
        if (present) {
            return -EAGAIN;
        }
        if (read_user(s, w, uval) != 0) {
            return -EFAULT;
        }
    }
}

long futex_wait(system& s, futex_word& w, std::uint32_t value, std::uint32_t bits, deadline until) {
    if (bits == 0) {
        return -EINVAL;
    }
    if (const int refused = get_futex_key(w, access::read)) {
        return refused;
    }
    hrtimer_sleeper* const timeout = until.given ? make_sleeper(s, "timeout of wait") : nullptr;
    long result = 0;
    for (;;) {
        scoped<futex_q> q("futex_q");
        q->key.set(&w);
        q->bits.set(bits);
        hash_bucket& hb = *w.bucket;
        result = queue_if_equal(s, *q, w, value);
        if (result != 0) {
            break;
        }
        wait_queue(s, *q, hb, value, timeout, until);
        if (!unqueue_me(s, *q)) {
            result = 0;
            break;
        }
        if (timeout != nullptr && sleeper_expired(*timeout)) {
            result = -ETIMEDOUT;
            break;
        }
        if (signal_pending(s.self())) {
            result = timeout != nullptr ? restart_block : restart_sys;
            break;
        }
        if (timeout != nullptr) {
            cancel_sleeper(s, *timeout);
        }
        oracle::retried(s, "futex_wait: spurious wake-up");
    }
    if (timeout != nullptr) {
        cancel_sleeper(s, *timeout);
    }
    return result;
}

long futex_wake(system& s, futex_word& w, int count, std::uint32_t bits) {
    if (bits == 0) {
        return -EINVAL;
    }
    if (const int refused = get_futex_key(w, access::read)) {
        return refused;
    }
    hash_bucket& hb = *w.bucket;
    if (hb.waiters.load() == 0) {
        return 0;
    }
    wake_q wake(s);
    long result = 0;
    lock_bucket(s, hb);
    waiters_of waiters(hb, w);
    while (futex_q* const q = waiters.next()) {
        if (q->state.get() != nullptr || q->rt_waiter.get() != nullptr) {
            result = -EINVAL;
            break;
        }
        if ((q->bits.get() & bits) == 0) {
            continue;
        }
        mark_wake(s, *q, wake);
        if (++result >= count) {
            break;
        }
    }
    unlock_bucket(s, hb);
    wake.flush();
    return result;
}

namespace {

bool compares(std::uint32_t old, const call& c) {
    const auto a = static_cast<std::int32_t>(old);
    const auto b = static_cast<std::int32_t>(c.compare_with);
    switch (c.compare) {
        case wake_op_compare::eq:
            return a == b;
        case wake_op_compare::ne:
            return a != b;
        case wake_op_compare::lt:
            return a < b;
        case wake_op_compare::le:
            return a <= b;
        case wake_op_compare::gt:
            return a > b;
        case wake_op_compare::ge:
            return a >= b;
        case wake_op_compare::bad:
            return false;
    }
    return false;
}

std::uint32_t apply(std::uint32_t old, const call& c) {
    switch (c.operation) {
        case wake_op_kind::set:
            return c.operand;
        case wake_op_kind::add:
            return old + c.operand;
        case wake_op_kind::bit_or:
            return old | c.operand;
        case wake_op_kind::and_not:
            return old & ~c.operand;
        case wake_op_kind::bit_xor:
            return old ^ c.operand;
        case wake_op_kind::bad:
            return old;
    }
    return old;
}

// Wakes up to `count` plain waiters of `w`; -EINVAL at a PI waiter.
long wake_some(system& s, futex_word& w, int count, wake_q& wake) {
    long woken = 0;
    waiters_of waiters(*w.bucket, w);
    while (futex_q* const q = waiters.next()) {
        if (q->state.get() != nullptr || q->rt_waiter.get() != nullptr) {
            return -EINVAL;
        }
        mark_wake(s, *q, wake);
        if (++woken >= count) {
            break;
        }
    }
    return woken;
}

}  // namespace

long futex_wake_op(system& s, const call& c) {
    futex_word& w = *s.words[c.futex];
    futex_word& second = *s.words[c.to];
    if (const int refused = get_futex_key(w, access::read)) {
        return refused;
    }
    if (const int refused = get_futex_key(second, access::write)) {
        return refused;
    }
    wake_q wake(s);
    lock_buckets(s, *w.bucket, *second.bucket);
    if (c.operation == wake_op_kind::bad) {
        unlock_buckets(s, *w.bucket, *second.bucket);
        return -ENOSYS;
    }
    while (!can_write_inatomic(s, second)) {
        unlock_buckets(s, *w.bucket, *second.bucket);
        if (fault_in_user_writeable(s, second) != 0) {
            return -EFAULT;
        }
        lock_buckets(s, *w.bucket, *second.bucket);
    }
    const std::uint32_t old = second.value.update([&](std::uint32_t v) { return apply(v, c); });
    if (c.compare == wake_op_compare::bad) {
        unlock_buckets(s, *w.bucket, *second.bucket);
        return -ENOSYS;
    }
    long result = wake_some(s, w, c.wake_count, wake);
    if (result >= 0 && compares(old, c)) {
        const long more = wake_some(s, second, c.move_count, wake);
        result = more < 0 ? more : result + more;
    }
    unlock_buckets(s, *w.bucket, *second.bucket);
    wake.flush();
    return result;
}

void sleep_uninterruptibly(system& s, nanoseconds duration, const char* what) {
    hrtimer_sleeper* const timeout = make_sleeper(s, what);
    wait_reason why;
    why.what = "sleeps for";
    why.object = "a while";
    set_current_state(s, task_running::uninterruptible);
    start_sleeper(s, *timeout, s.e.now() + duration);
    if (!sleeper_expired(*timeout)) {
        schedule(s, why);
    }
    cancel_sleeper(s, *timeout);
    set_current_state(s, task_running::running);
}

long nanosleep(system& s, deadline until) {
    hrtimer_sleeper* const timeout = make_sleeper(s, "sleep");
    wait_reason why;
    why.what = "sleeps for";
    why.object = "a while";
    bool expired = false;
    do {
        // The state before the timer: an expiry that comes early must find it.
        set_current_state(s, task_running::interruptible);
        start_sleeper(s, *timeout, until.at);
        if (!sleeper_expired(*timeout)) {
            schedule(s, why);
        }
        cancel_sleeper(s, *timeout);
        expired = sleeper_expired(*timeout);
    } while (!expired && !signal_pending(s.self()));
    set_current_state(s, task_running::running);
    return expired ? 0 : restart_block;
}

}  // namespace tenthrule::kernel
