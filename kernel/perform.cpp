// From user space into the kernel and back.

#include <cerrno>

#include "kernel/exit.hpp"
#include "kernel/futex.hpp"
#include "kernel/oracle.hpp"
#include "kernel/rtmutex.hpp"

namespace tenthrule::kernel {

namespace {

deadline deadline_of(const system& s, const call& c) {
    return {c.has_timeout, s.e.now() + c.timeout};
}

// What a task that was told no value expects: the one that it sees now.
std::uint32_t expected_value(futex_word& w, const call& c) {
    return c.has_value ? c.value : w.value.load();
}

long enter(system& s, const call& c, std::uint32_t value, deadline until) {
    if (c.op == op_code::sleep) {
        return nanosleep(s, until);
    }
    if (s.words_count == 0) {
        return -EFAULT;
    }
    if (c.bad_timeout) {
        return -EINVAL;
    }
    if (c.clock == clock_id::realtime && !info(c.op).takes(argument::clock) && c.op != op_code::waitv) {
        return -ENOSYS;
    }
    futex_word& w = *s.words[c.futex];
    futex_word& to = *s.words[c.to];
    switch (c.op) {
        case op_code::wait:
            return futex_wait(s, w, value, ~0U, until);
        case op_code::wait_bitset:
            return futex_wait(s, w, value, c.bits, until);
        case op_code::wake:
            return futex_wake(s, w, c.wake_count, ~0U);
        case op_code::wake_bitset:
            return futex_wake(s, w, c.wake_count, c.bits);
        case op_code::wake_op:
            return futex_wake_op(s, c);
        case op_code::requeue:
            return futex_requeue(s, w, to, {c.wake_count, c.move_count, false, 0, false});
        case op_code::cmp_requeue:
            return futex_requeue(s, w, to, {c.wake_count, c.move_count, true, value, false});
        case op_code::cmp_requeue_pi:
            return futex_requeue(s, w, to, {c.wake_count, c.move_count, true, value, true});
        case op_code::lock_pi2:
            if (!s.patched(patch::lock_pi2)) {
                return -ENOSYS;
            }
            [[fallthrough]];
        case op_code::lock_pi:
            return futex_lock_pi(s, w, until, false);
        case op_code::trylock_pi:
            return futex_lock_pi(s, w, {}, true);
        case op_code::unlock_pi:
            return futex_unlock_pi(s, w);
        case op_code::wait_requeue_pi:
            return futex_wait_requeue_pi(s, w, to, value, until);
        case op_code::waitv:
            return futex_waitv(s, c.vector, until);
        default:
            return -ENOSYS;
    }
}

constexpr long codes_of_restart[] = {restart_sys, restart_nointr, restart_block};

bool interrupted(long result) {
    for (const long code : codes_of_restart) {
        if (result == code) {
            return true;
        }
    }
    return false;
}

// A system call, from the instruction that enters the kernel to the one after it; interrupted calls
// restart as the signal's handler and the call say.
long syscall(system& s, const call& c) {
    task_struct& me = s.self();
    futex_word* const w = s.words_count == 0 ? nullptr : s.words[c.futex];
    const bool compares = info(c.op).takes(argument::value);
    const std::uint32_t value = compares && w != nullptr ? expected_value(*w, c) : 0;
    deadline until = deadline_of(s, c);
    if (c.op == op_code::sleep) {
        until.given = true;
    }
    for (;;) {
        if (s.settings.preempt == preempt_model::none) {
            s.e.set_preemptible(false);
        }
        long result = enter(s, c, value, until);
        const bool handler = me.signal_pending;
        me.signal_pending = false;
        if (s.settings.preempt == preempt_model::none) {
            s.e.set_preemptible(true);
        }
        if (!interrupted(result)) {
            return result;
        }
        if (handler && (result == restart_block || (result == restart_sys && !me.signal_restart))) {
            return -EINTR;
        }
        s.e.story("interrupted, restarts");
        oracle::retried(s, "system call restart");
    }
}

call part_of(const call& c, op_code op) {
    call part = c;
    part.op = op;
    part.has_timeout = false;
    return part;
}

// ---- User space, in the manner of a libc

long compare_and_swap(system& s, futex_word& w, std::uint32_t from, std::uint32_t to) {
    std::uint32_t expected = from;
    if (!w.value.compare_exchange(expected, to)) {
        s.e.detail("is {}", owner_words(s, expected));
        return -EAGAIN;
    }
    s.e.story("{} := {}", w.name, owner_words(s, to));
    return 0;
}

long mutex_lock(system& s, const call& c, op_code slow) {
    futex_word& w = *s.words[c.futex];
    if (compare_and_swap(s, w, 0, s.self().tid) == 0) {
        return 0;
    }
    call part = c;
    part.op = slow;
    return syscall(s, part);
}

long mutex_unlock(system& s, const call& c) {
    futex_word& w = *s.words[c.futex];
    if (compare_and_swap(s, w, s.self().tid, 0) == 0) {
        return 0;
    }
    return syscall(s, part_of(c, op_code::unlock_pi));
}

// Waits on the condition's sequence number as it was before the mutex was released, so that a signal in
// between is not lost. The caller checks its predicate again, as with every condition variable.
long cond_wait(system& s, const call& c) {
    futex_word& cond = *s.words[c.futex];
    call mutex;
    mutex.futex = c.to;
    const std::uint32_t sequence = cond.value.load();
    mutex.op = op_code::mutex_unlock;
    const long released = perform(s, mutex);
    if (released != 0) {
        return released;
    }
    call wait = c;
    wait.op = op_code::wait_requeue_pi;
    wait.has_value = true;
    wait.value = sequence;
    const long woken = perform(s, wait);
    if (woken == 0) {
        return 0;
    }
    if (woken != -ETIMEDOUT && woken != -EAGAIN) {
        return woken;
    }
    mutex.op = op_code::mutex_lock;
    const long locked = perform(s, mutex);
    if (locked != 0) {
        return locked;
    }
    return woken == -ETIMEDOUT ? woken : 0;
}

long cond_wake(system& s, const call& c, int others) {
    futex_word& cond = *s.words[c.futex];
    std::uint32_t sequence = cond.value.update([](std::uint32_t v) { return v + 1; }) + 1;
    for (;;) {
        call part = c;
        part.op = op_code::cmp_requeue_pi;
        part.wake_count = 1;
        part.move_count = others;
        part.has_value = true;
        part.value = sequence;
        const long result = perform(s, part);
        if (result != -EAGAIN) {
            return result;
        }
        // Somebody else signalled in between: this signal is as good as any later one.
        sequence = cond.value.load();
        oracle::retried(s, "pthread_cond_signal: the condition changed");
    }
}

void protect(system& s, const call& c) {
    futex_word& w = *s.words[c.futex];
    s.e.point(op_kind::store, access::write, 0, "mprotect");
    w.access = c.access;
    s.e.story("the page of {} is now {}", w.name, access_name(c.access));
}

void set_priority(system& s, const call& c) {
    task_struct& t = c.task == 0xff ? s.self() : *s.tasks[c.task];
    const oracle::pi_section section(s);
    t.pi_lock.lock_irq();
    if (c.priority == 0) {
        t.sched = policy::other;
    } else if (t.sched == policy::other) {
        t.sched = policy::fifo;
    }
    change_normal_prio(s, t, kernel_prio(t.sched, c.priority));
    t.pi_lock.unlock_irq();
    rt_mutex_adjust_pi(s, t);
}

// Another task's list can be asked for by anybody who may trace it.
long get_robust_list(const system& s, const call& c) {
    const task_struct* const of = c.tid == 0 ? &s.self() : s.task_of_tid(c.tid);
    if (of == nullptr || of->exit.peek() == exit_phase::dead) {
        return -ESRCH;
    }
    return c.into_null ? -EFAULT : 0;
}

long run(system& s, const call& c) {
    futex_word* const w = s.words_count == 0 ? nullptr : s.words[c.futex];
    const std::uint32_t tid = s.self().tid;
    switch (c.op) {
        case op_code::mutex_lock:
            return mutex_lock(s, c, op_code::lock_pi);
        case op_code::mutex_trylock:
            return mutex_lock(s, c, op_code::trylock_pi);
        case op_code::mutex_unlock:
            return mutex_unlock(s, c);
        case op_code::cond_wait:
            return cond_wait(s, c);
        case op_code::cond_signal:
            return cond_wake(s, c, 0);
        case op_code::cond_broadcast:
            return cond_wake(s, c, 0x7fffffff);
        case op_code::store:
            w->value.store(c.value);
            s.e.story("{} := {}", w->name, c.value);
            return 0;
        case op_code::add:
            w->value.update([&](std::uint32_t v) { return v + c.value; });
            s.e.story("{} := {}", w->name, w->value.peek());
            return 0;
        case op_code::cas_lock:
            return compare_and_swap(s, *w, 0, tid);
        case op_code::cas_unlock:
            return compare_and_swap(s, *w, tid, 0);
        case op_code::protect:
            protect(s, c);
            return 0;
        case op_code::set_priority:
            set_priority(s, c);
            return 0;
        case op_code::exit:
            exit_futexes(s);
            return 0;
        case op_code::yield:
            s.e.yield_cpu();
            return 0;
        case op_code::robust_add:
            add_robust_entry(s, s.self().id, c.futex, c.pi);
            return 0;
        case op_code::robust_pending:
            set_robust_pending(s, s.self().id, c.futex, c.pi);
            return 0;
        case op_code::get_robust_list:
            return get_robust_list(s, c);
        default:
            return syscall(s, c);
    }
}

// "futex(LOCK_PI, lock)", "pthread_mutex_lock(lock)", "lock = 1".
std::string in_words(const system& s, const call& c) {
    const operation_info& o = info(c.op);
    std::string text = o.name;
    const bool futex2 = std::string_view(o.group) == "futex(2)";
    if (futex2) {
        for (char& letter : text) {
            letter = static_cast<char>(letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter);
        }
        text = "futex(" + text;
    } else {
        text += "(";
    }
    const char* separator = futex2 ? ", " : "";
    if (o.takes(argument::futex)) {
        text += fmt::format("{}{}", separator, s.words[c.futex]->name);
        separator = ", ";
    }
    if (o.takes(argument::to) || o.takes(argument::mutex)) {
        text += fmt::format("{}{}", separator, s.words[c.to]->name);
        separator = ", ";
    }
    if (c.has_timeout || c.op == op_code::sleep) {
        text += fmt::format("{}{} us", separator, c.timeout / 1000);
    }
    if (o.takes(argument::priority)) {
        text += fmt::format("{}{}", separator, c.priority);
    }
    return text + ")";
}

}  // namespace

long perform(system& s, const call& c) {
    oracle::call_begins(s, c);
    const call* const outer = s.self().doing.exchange(&c);
    if (s.e.logging()) {
        s.e.story("{}", in_words(s, c));
    }
    const long result = run(s, c);
    if (s.e.logging()) {
        s.e.story("{} -> {}", in_words(s, c), result_name(result));
    }
    oracle::call_returns(s, c, result);
    s.self().doing = outer;
    return result;
}

}  // namespace tenthrule::kernel
