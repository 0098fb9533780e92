#include "kernel/oracle.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include "kernel/rules.hpp"

namespace tenthrule::kernel {

namespace rules {

std::span<const rule* const> all() {
    static constexpr std::array list{
        &mutual_exclusion, &owner_on_return, &state_agreement, &unexpected_error,  &priority_inheritance,
        &waiter_integrity, &refcount,        &lock_balance,    &bucket_accounting, &kernel_warning,
        &bounded_retries,  &owner_died,      &queue_order,
    };
    return list;
}

}  // namespace rules

namespace oracle {

namespace {

// More than a schedule can be to blame for: after run_options::retries_max retries a fair continuation
// begins, in which everybody steps in turn. One that is still retrying so many rounds later starves while
// others get on.
constexpr unsigned retries_max = 500;

task_struct* named_by(const system& s, const futex_word& w) {
    return s.task_of_tid(w.value.peek() & futex_tid_mask);
}

pi_state* state_of(const system& s, const futex_word& w) {
    for (unsigned i = 0; i < s.pi_states_count; ++i) {
        if (s.pi_states[i]->key == &w) {
            return s.pi_states[i];
        }
    }
    return nullptr;
}

// "rt_mutex says stealer, pi_state says waiter".
std::string kernel_view(const system& s, const futex_word& w) {
    const pi_state* const p = state_of(s, w);
    if (p == nullptr) {
        return "the kernel knows of no owner";
    }
    return fmt::format("rt_mutex says {}, pi_state says {}",
                       name_of(s.task_of_owner(p->pi_mutex.owner.peek())), name_of(p->owner.peek()));
}

// Takes the PI word c says, if it succeeds.
bool locks(const call& c) {
    switch (c.op) {
        case op_code::lock_pi:
        case op_code::lock_pi2:
        case op_code::trylock_pi:
        case op_code::wait_requeue_pi:
        case op_code::mutex_lock:
        case op_code::mutex_trylock:
        case op_code::cas_lock:
            return true;
        default:
            return false;
    }
}

bool unlocks(const call& c) {
    return c.op == op_code::unlock_pi || c.op == op_code::mutex_unlock || c.op == op_code::cas_unlock;
}

futex_word& locked_word(const system& s, const call& c) {
    return *s.words[c.op == op_code::wait_requeue_pi ? c.to : c.futex];
}

// The call's own name, whatever the scenario calls its words and tasks.
const char* call_name(const call* c) {
    return c == nullptr ? "user space" : info(c->op).name;
}

// Nobody is inside the kernel on that word but asleep: word, pi_state and rt_mutex have to agree. To be asked
// before they are looked at, for that makes whatever others do to them depend on this step.
bool stable(const system& s, const futex_word& w) {
    for (unsigned i = 0; i < s.tasks_count; ++i) {
        const task_struct& t = *s.tasks[i];
        const call* const c = t.doing;
        // Whoever ends is at work on every word that it owns.
        const bool concerned =
            c != nullptr && (c->op == op_code::exit || s.words[c->futex] == &w || s.words[c->to] == &w);
        // Asleep in front of an rtlock it is in the middle of something.
        if (concerned && (!s.e.asleep(t.id) || t.state.peek() == task_running::rtlock_wait)) {
            return false;
        }
    }
    return true;
}

// A word on a page that was taken away cannot be kept up to date.
bool can_be_written(const futex_word& w) {
    return w.access == page_access::read_write;
}

void check_agreement(system& s, const futex_word& w) {
    if (w.kind != word_kind::pi || !stable(s, w)) {
        return;
    }
    const pi_state* const p = state_of(s, w);
    if (p == nullptr) {
        return;
    }
    const hash_bucket& hb = *w.bucket;
    hb.chain_cell.peeked();
    const auto* const queued_end = hb.chain.data() + hb.queued;
    const auto holders =
        std::count_if(hb.chain.data(), queued_end, [p](const futex_q* q) { return q->state.peek() == p; });
    if (p->references.peek() != holders) {
        s.e.report(
            rules::refcount, "the references are not those of the waiters",
            fmt::format("nobody is inside the kernel on {}, and {} waiters are queued with its pi_state, but "
                        "its reference count is {}",
                        w.name, holders, p->references.peek()));
    }
    const std::uint32_t word = p->pi_mutex.owner.peek();
    const task_struct* const by_lock = s.task_of_owner(word);
    const task_struct* const by_state = p->owner.peek();
    const task_struct* const by_word = named_by(s, w);
    // Handed over and not taken yet: nobody owns the rt_mutex, but its top waiter may. That it does is for
    // others to see to.
    const bool handed_over = by_lock == nullptr && (word & has_waiters) != 0;
    // Its owner has died: the word may name the dead for as long as nobody has taken the lock.
    const bool disowned =
        by_state == nullptr && (by_word == nullptr || by_word->exit.peek() != exit_phase::alive);
    if ((by_lock != by_state && !handed_over) || (by_state != by_word && !disowned && can_be_written(w))) {
        s.e.report(rules::state_agreement, "word, pi_state and rt_mutex name different owners",
                   fmt::format("nobody is inside the kernel on {}, yet its word says {}, {}", w.name,
                               owner_text(s, w.value.peek()), kernel_view(s, w)));
    }
}

void check_blocked_on(system& s, const rt_mutex& lock) {
    for (unsigned i = 0; i < lock.waiters.size(); ++i) {
        const rt_mutex_waiter& w = *lock.waiters.peek(i);
        const task_struct* const t = w.task.peek();
        if (t != nullptr && t->pi_blocked_on.peek() != &w) {
            s.e.report(
                rules::waiter_integrity, "pi_blocked_on does not name an enqueued waiter",
                fmt::format("a waiter of {} is enqueued on {}, but its pi_blocked_on names {}: nobody who "
                            "follows the chain gets there",
                            t->name, lock.name, t->pi_blocked_on.peek() == nullptr ? "nothing" : "another"));
        }
    }
}

void check_waiters_bit(system& s, const rt_mutex& lock) {
    if ((lock.owner.peek() & has_waiters) == 0) {
        s.e.report(rules::waiter_integrity, "a lock with waiters does not say so",
                   fmt::format(
                       "{} waits for {}, whose owner word says {} without HAS_WAITERS: its owner can release "
                       "it without waking anybody",
                       name_of(lock.waiters.peek(0)->task.peek()), lock.name,
                       name_of(s.task_of_owner(lock.owner.peek()))));
    }
}

void check_lock(system& s, const rt_mutex& lock) {
    if (lock.waiters.size() != 0) {
        check_waiters_bit(s, lock);
        check_blocked_on(s, lock);
    }
}

void check_locks(system& s) {
    for (unsigned i = 0; i < s.pi_states_count; ++i) {
        check_lock(s, s.pi_states[i]->pi_mutex);
    }
    for (unsigned i = 0; s.rt() && i < s.settings.buckets; ++i) {
        check_lock(s, s.buckets[i]->rtlock);
    }
}

}  // namespace

void warn(system& s, const char* text) {
    s.e.report(rules::kernel_warning, text, fmt::format("{}: {}", s.e.name(s.e.self()), text));
}

// ---- Calls

void call_begins(system& s, const call& c) {
    task_struct& me = s.self();
    me.retries = 0;
    me.locks_before = s.e.locks_held();
    me.held_before = false;
    me.refused = {};
    me.signal_pending = false;  // in user space its handler has run at once
    if (s.words_count == 0) {
        return;
    }
    if (locks(c)) {
        me.owned_before = named_by(s, locked_word(s, c)) == &me;
        me.held_before = locked_word(s, c).holder == &me;
    } else if (unlocks(c)) {
        gives_up(s, locked_word(s, c));
    }
}

void dies(system& s, task_struct& t) {
    for (unsigned i = 0; i < s.words_count; ++i) {
        futex_word& w = *s.words[i];
        if (w.holder == &t) {
            w.holder = nullptr;
            w.holder_died = true;
        }
    }
}

void obtained(system& s, futex_word& w) {
    task_struct& me = s.self();
    if (w.holder_died.exchange(false) && (w.value.peek() & futex_owner_died) == 0) {
        s.e.report(
            rules::owner_died, fmt::format("{} is not told that the owner died", call_name(me.doing)),
            fmt::format("the owner of {} died holding it; {} is the next owner, but the futex word says {}, "
                        "without OWNER_DIED",
                        w.name, me.name, owner_text(s, w.value.peek())));
    }
    if (w.holder != nullptr && w.holder != &me) {
        s.e.report(rules::mutual_exclusion,
                   fmt::format("{} obtains a lock that is held", call_name(me.doing)),
                   fmt::format("{} obtains {} while {} still holds it; {}", me.name, w.name, w.holder->name,
                               kernel_view(s, w)));
    }
    w.holder = &me;
}

void gives_up(system& s, futex_word& w) {
    if (w.holder == &s.self()) {
        w.holder = nullptr;
        s.self().held_before = true;
    }
}

void call_returns(system& s, const call& c, long result) {
    task_struct& me = s.self();
    const bool unbalanced =
        s.e.locks_held() != me.locks_before || s.e.preempt_count() != 0 || s.e.irq_count() != 0;
    if (unbalanced) {
        const char* what = s.e.locks_held() != me.locks_before
                               ? s.e.lock_held(s.e.locks_held() - 1).name
                               : (s.e.irq_count() != 0 ? "interrupts disabled" : "preemption disabled");
        s.e.report(rules::lock_balance, fmt::format("{} returns with {}", call_name(&c), what),
                   fmt::format("{} returns from {} with {} still held", me.name, call_name(&c), what));
    }
    if (me.pi_blocked_on.peek() != nullptr) {
        s.e.report(rules::waiter_integrity, fmt::format("pi_blocked_on set on return from {}", call_name(&c)),
                   fmt::format("{} returns from {} while pi_blocked_on still points to a waiter of its stack",
                               me.name, call_name(&c)));
    }
    if (s.words_count == 0) {
        return;
    }
    if (locks(c)) {
        futex_word& w = locked_word(s, c);
        const task_struct* const named = named_by(s, w);
        if (result == 0) {
            if (named != &me && can_be_written(w)) {
                s.e.report(
                    rules::owner_on_return,
                    fmt::format("{} returned ok; the word names somebody else", call_name(&c)),
                    fmt::format("{} returned ok to {}, but the futex word of {} says {}; {}", call_name(&c),
                                me.name, w.name, owner_text(s, w.value.peek()), kernel_view(s, w)));
            }
            obtained(s, w);
        } else if (named == &me && !me.owned_before && can_be_written(w)) {
            s.e.report(
                rules::owner_on_return,
                fmt::format("{} returned {}; the word names the caller", call_name(&c), result_name(result)),
                fmt::format("{} returned {} to {}, but the futex word of {} says {}; {}", call_name(&c),
                            result_name(result), me.name, w.name, owner_text(s, w.value.peek()),
                            kernel_view(s, w)));
        }
    } else if (unlocks(c) && result != 0) {
        futex_word& w = locked_word(s, c);
        if (w.holder == nullptr && named_by(s, w) == &me) {
            w.holder = &me;
        }
    }
    const call* const inside = me.doing.exchange(nullptr);
    check_agreement(s, *s.words[c.futex]);
    check_agreement(s, *s.words[c.to]);
    me.doing = inside;
}

void retried(system& s, const char* place) {
    task_struct& me = s.self();
    const unsigned allowed = s.settings.retries_allowed;
    if (++me.retries > (allowed != 0 ? allowed : retries_max)) {
        s.e.report(rules::bounded_retries, place,
                   fmt::format("{} has retried {} times: {}", me.name, me.retries, place));
        me.retries = 0;
    }
    s.e.retry(place);
}

// ---- rt_mutex

void acquires(system& s, const rt_mutex& lock, const task_struct& t, const rt_mutex_waiter* waiter) {
    if (lock.waiters.size() == 0) {
        return;
    }
    const rt_mutex_waiter& first = *lock.waiters.peek(0);
    const int key = waiter != nullptr ? waiter->prio.peek() : t.prio.peek();
    // Whoever waited among equals came first, or it would not have been before them. Outside the realtime
    // classes a sleeping spinlock may be taken by whoever runs.
    const bool equal = key == first.prio.peek();
    const bool lateral = equal && lock.is_rtlock && !is_realtime(key);
    if (key > first.prio.peek() || (equal && waiter == nullptr && !lateral)) {
        s.e.report(rules::queue_order, "overtaken by somebody who is not more urgent",
                   fmt::format("{} takes {}, for which {} waits, who is as urgent and came first", t.name,
                               lock.name, name_of(first.task.peek())));
    }
}

void releases(system& s, const rt_mutex& lock) {
    const task_struct* const owner = s.task_of_owner(lock.owner.peek());
    if (owner != &s.self()) {
        s.e.report(rules::kernel_warning, "an rt_mutex is released by somebody who does not own it",
                   fmt::format("{} releases the rt_mutex of {}, which {} owns", s.self().name, lock.name,
                               name_of(owner)));
    }
}

void priority_changed(system& s, const task_struct& t) {
    if (!s.e.can_be_preempted(t.id)) {
        return;
    }
    for (unsigned i = 0; i < s.tasks_count; ++i) {
        const task_struct& next = *s.tasks[i];
        const bool asleep = s.e.asleep(next.id);
        if (next.wake_owed_by == &t && asleep && next.prio.peek() < t.prio.peek()) {
            s.e.report(
                rules::priority_inheritance, "a hand-over loses its boost before the wake-up",
                fmt::format("{} has handed a lock to {} and has yet to wake it, but no longer runs at the "
                            "priority of {}: anybody in between delays it without bound",
                            t.name, next.name, next.name));
        }
    }
}

void about_to_block(system& s, const task_struct& t, const char* lock) {
    const rt_mutex_waiter* const w = t.pi_blocked_on.peek();
    if (w != nullptr) {
        s.e.report(rules::waiter_integrity, "takes a sleeping lock while enqueued on another",
                   fmt::format("{} takes {}, which may block, while its waiter on {} is still enqueued",
                               t.name, lock, w->lock.peek() != nullptr ? w->lock.peek()->name : "a lock"));
    }
}

void enqueued(system& s, const rt_mutex_waiter& w, const task_struct& t) {
    const rt_mutex_waiter* const other = t.pi_blocked_on.peek();
    if (other != nullptr && other != &w) {
        s.e.report(rules::waiter_integrity, "a second waiter of one task is enqueued",
                   fmt::format("{} is enqueued on {} while it is still enqueued on {}", t.name,
                               w.lock.peek()->name, other->lock.peek()->name));
    }
}

void tree_changed(system& s, const waiter_tree& tree, const char* which) {
    if (!tree.ordered()) {
        s.e.report(rules::waiter_integrity, fmt::format("order of {}", which),
                   fmt::format("{} are no longer in the order of their keys", which));
    }
}

void waiter_dies(system& s, const rt_mutex_waiter& w) {
    const auto in_a_tree = [&] {
        if (w.enqueued) {
            return true;
        }
        for (unsigned i = 0; i < s.tasks_count; ++i) {
            if (s.tasks[i]->pi_waiters.contains(w)) {
                return true;
            }
        }
        return false;
    };
    if (in_a_tree()) {
        s.e.report(
            rules::waiter_integrity, "a waiter dies while it is enqueued",
            fmt::format("the stack frame of {} that holds its waiter ends while the waiter is in a tree",
                        s.self().name));
    }
    for (unsigned i = 0; i < s.tasks_count; ++i) {
        if (s.tasks[i]->pi_blocked_on.peek() == &w) {
            s.e.report(rules::waiter_integrity, "pi_blocked_on is left pointing to a dead waiter",
                       fmt::format("pi_blocked_on of {} still points to a waiter whose stack frame ends",
                                   s.tasks[i]->name));
        }
    }
}

namespace {

// The best priority among the top waiters of the rt_mutexes that t owns; and each of them, and nothing
// else, has to be in t's pi_waiters.
void check_task(system& s, const task_struct& t) {
    int best = t.normal_prio.peek();
    unsigned owned = 0;
    const auto look_at = [&](const rt_mutex& lock) {
        if (s.task_of_owner(lock.owner.peek()) != &t || lock.waiters.size() == 0) {
            return;
        }
        const rt_mutex_waiter& top = *lock.waiters.peek(0);
        ++owned;
        best = top.prio.peek() < best ? top.prio.peek() : best;
        if (!t.pi_waiters.contains(top)) {
            s.e.report(rules::priority_inheritance, "a top waiter is missing in its owner's pi_waiters",
                       fmt::format("{} owns {}, but does not know its top waiter {}", t.name, lock.name,
                                   name_of(top.task.peek())));
        }
        if (top.pi_prio.peek() != top.prio.peek()) {
            s.e.report(rules::priority_inheritance, "a key in pi_waiters is out of date",
                       fmt::format("in the pi_waiters of {} the top waiter of {} still has an old priority",
                                   t.name, lock.name));
        }
    };
    for (unsigned i = 0; i < s.pi_states_count; ++i) {
        look_at(s.pi_states[i]->pi_mutex);
    }
    if (s.rt()) {
        for (unsigned i = 0; i < s.settings.buckets; ++i) {
            look_at(s.buckets[i]->rtlock);
        }
    }
    if (t.pi_waiters.size() != owned) {
        s.e.report(rules::priority_inheritance, "pi_waiters holds a waiter of a lock that is not owned",
                   fmt::format("{} has {} waiters in pi_waiters, but owns {} contended locks", t.name,
                               t.pi_waiters.size(), owned));
    }
    if (t.prio.peek() != best) {
        const auto user = [](int prio) { return is_realtime(prio) ? 99 - prio : 0; };
        s.e.report(rules::priority_inheritance,
                   t.prio.peek() < best ? "a boost without a donor" : "a boost is missing",
                   fmt::format("{} runs at priority {}, but its own and its waiters' give {}", t.name,
                               user(t.prio.peek()), user(best)));
    }
}

}  // namespace

bool pi_section::in_some(const system& s) {
    return std::any_of(s.tasks.begin(), s.tasks.begin() + s.tasks_count,
                       [](const task_struct* t) { return t->pi_sections != 0; });
}

void pi_section::check_priorities(system& s) {
    check_locks(s);
    if (!s.e.rule_on(rules::priority_inheritance)) {
        return;
    }
    for (unsigned i = 0; i < s.tasks_count; ++i) {
        check_task(s, *s.tasks[i]);
    }
}

// ---- pi_state

void reference_taken(system& s, const pi_state& p, int before) {
    if (before <= 0) {
        s.e.report(rules::refcount, "a reference to a freed pi_state is taken",
                   fmt::format("the reference count of the pi_state of {} goes from {} to {}", p.key->name,
                               before, before + 1));
    }
}

void reference_dropped(system& s, const pi_state& p, int before) {
    if (before <= 0) {
        s.e.report(rules::refcount, "a reference is dropped twice",
                   fmt::format("the reference count of the pi_state of {} drops below zero", p.key->name));
    }
}

void pi_state_dies(system& s, const pi_state& p) {
    if (p.listed_by != nullptr) {
        s.e.report(rules::refcount, "a pi_state is freed while it is on a list",
                   fmt::format("the pi_state of {} is freed, but {} still has it on its list", p.key->name,
                               p.listed_by->name));
    }
}

// ---- At rest

void at_rest(system& s) {
    for (unsigned i = 0; i < s.settings.buckets; ++i) {
        const hash_bucket& hb = *s.buckets[i];
        if (hb.spin.held() || hb.rtlock.owner.peek() != 0) {
            return;  // somebody is stuck inside; that is for other rules
        }
        if (hb.waiters.peek() != static_cast<int>(hb.queued)) {
            s.e.report(rules::bucket_accounting, "the waiter count differs from the queue",
                       fmt::format("{} counts {} waiters, but {} are queued", hb.name, hb.waiters.peek(),
                                   hb.queued));
        }
        for (unsigned q = 0; q < hb.queued; ++q) {
            if (hb.chain[q]->lock_ptr.peek() != &hb) {
                s.e.report(rules::bucket_accounting, "a queued waiter names another bucket",
                           fmt::format("{} is queued in {}, but its lock_ptr names another bucket",
                                       name_of(hb.chain[q]->task.peek()), hb.name));
            }
        }
    }
    check_locks(s);
    for (unsigned i = 0; i < s.words_count; ++i) {
        check_agreement(s, *s.words[i]);
    }
}

void at_end(system& s) {
    for (unsigned i = 0; i < s.pi_states_count; ++i) {
        const pi_state& p = *s.pi_states[i];
        s.e.report(rules::refcount, "a pi_state is left over",
                   fmt::format("everybody has finished, but the pi_state of {} still has {} references",
                               p.key->name, p.references.peek()));
    }
}

}  // namespace oracle

}  // namespace tenthrule::kernel
