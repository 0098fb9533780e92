// futex_waitv(2): one task on several queues at once.

#include <array>
#include <cassert>
#include <cerrno>

#include "kernel/bucket.hpp"
#include "kernel/futex.hpp"
#include "kernel/oracle.hpp"
#include "kernel/user_access.hpp"

namespace tenthrule::kernel {

namespace {

/// A futex_q for each word of the vector, for as long as the call lasts.
class vector_queue {
public:
    vector_queue(system& s, std::span<const waitv_entry> vector) : s_(s), vector_(vector) {
        const task_struct& me = s.self();
        for (std::size_t i = 0; i < vector.size(); ++i) {
            entries_[i] = make_tracked<futex_q>("futex_q", me.name, me.id);
            entries_[i]->key.set(&word(i));
            entries_[i]->bits.set(~0U);
        }
    }
    vector_queue(const vector_queue&) = delete;
    vector_queue& operator=(const vector_queue&) = delete;
    ~vector_queue() {
        for (std::size_t i = 0; i < vector_.size(); ++i) {
            end_lifetime(*entries_[i]);
        }
    }

    /// Queues on every word that has its value. 0: asleep on all of them, as far as the queues are concerned;
    /// 1: woken meanwhile, see woken(); -errno.
    int enqueue_all();
    /// Leaves the first n queues. True: it was woken on one of them; see woken().
    bool leave(std::size_t n);
    long woken() const {
        return woken_;
    }
    bool still_queued() const;

private:
    futex_word& word(std::size_t i) const {
        return *s_.words[vector_[i].futex];
    }
    /// 0; 1: the page was absent and is there now; -errno.
    int enqueue_one(std::size_t i);

    system& s_;
    std::span<const waitv_entry> vector_;
    long woken_ = -1;
    std::array<futex_q*, waitv_max> entries_;
};

int vector_queue::enqueue_one(std::size_t i) {
    futex_word& w = word(i);
    futex_q& q = *entries_[i];
    queue_lock(s_, q, *w.bucket);
    std::uint32_t uval = 0;
    const bool present = read_inatomic(s_, w, uval);
    if (present && uval == vector_[i].value) {
        enqueue(s_, q, *w.bucket);
        s_.e.story("queued on {}", w.name);
        unlock_bucket(s_, *w.bucket);
        return 0;
    }
    queue_unlock(s_, *w.bucket);
    set_current_state(s_, task_running::running);
    if (leave(i)) {
        return 1;
    }
    if (present) {
        return -EAGAIN;
    }
    return read_user(s_, w, uval) != 0 ? -EFAULT : 1;
}

int vector_queue::enqueue_all() {
    // The state before the queues: each bucket is unlocked while the next word is looked at.
    set_current_state(s_, task_running::interruptible);
    for (std::size_t i = 0; i < vector_.size();) {
        const int result = enqueue_one(i);
        if (result < 0 || woken_ >= 0) {
            return result;
        }
        if (result > 0) {
            set_current_state(s_, task_running::interruptible);
            i = 0;
        } else {
            ++i;
        }
    }
    return 0;
}

bool vector_queue::leave(std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) {
        if (!unqueue_me(s_, *entries_[i])) {
            woken_ = static_cast<long>(i);
        }
    }
    return woken_ >= 0;
}

bool vector_queue::still_queued() const {
    for (std::size_t i = 0; i < vector_.size(); ++i) {
        if (entries_[i]->lock_ptr.load() == nullptr) {
            return false;
        }
    }
    return true;
}

bool never_available(const void* /*subject*/) {
    return false;
}

}  // namespace

long futex_waitv(system& s, std::span<const waitv_entry> vector, deadline until) {
    if (!s.patched(patch::waitv)) {
        return -ENOSYS;
    }
    if (vector.empty()) {
        return -EINVAL;
    }
    assert(vector.size() <= waitv_max);
    for (const waitv_entry& entry : vector) {
        if (const int refused = get_futex_key(*s.words[entry.futex], access::read)) {
            return refused;
        }
    }
    hrtimer_sleeper* const timeout = until.given ? make_sleeper(s, "timeout of waitv") : nullptr;
    if (timeout != nullptr) {
        start_sleeper(s, *timeout, until.at);
    }
    vector_queue queue(s, vector);
    const auto expired = [&] { return timeout != nullptr && sleeper_expired(*timeout); };
    long result = 0;
    for (;;) {
        result = queue.enqueue_all();
        if (result != 0) {
            result = result > 0 ? queue.woken() : result;
            break;
        }
        if (!expired() && queue.still_queued()) {
            wait_reason why;
            why.what = "sleeps on several, the first of them";
            why.object = s.words[vector.front().futex]->name;
            why.available = &never_available;
            schedule(s, why);
        }
        set_current_state(s, task_running::running);
        if (queue.leave(vector.size())) {
            result = queue.woken();
            break;
        }
        if (expired()) {
            result = -ETIMEDOUT;
            break;
        }
        if (signal_pending(s.self())) {
            result = restart_sys;
            break;
        }
        oracle::retried(s, "futex_waitv: spurious wake-up");
    }
    if (timeout != nullptr) {
        cancel_sleeper(s, *timeout);
    }
    return result;
}

}  // namespace tenthrule::kernel
