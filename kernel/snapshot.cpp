#include "kernel/snapshot.hpp"

#include <algorithm>

#include "kernel/state.hpp"

namespace tenthrule::kernel {

namespace {

class viewer {
public:
    explicit viewer(const system& s) : s_(s) {}

    snapshot look() {
        snapshot all;
        for (unsigned i = 0; i < s_.words_count; ++i) {
            all.words.push_back(view(*s_.words[i]));
        }
        for (unsigned i = 0; i < s_.pi_states_count; ++i) {
            all.locks.push_back(view(*s_.pi_states[i]));
        }
        if (s_.rt()) {
            for (unsigned i = 0; i < s_.settings.buckets; ++i) {
                all.locks.push_back(view(s_.buckets[i]->rtlock, s_.buckets[i]->name));
                all.locks.back().of_bucket = true;
            }
        }
        for (unsigned i = 0; i < s_.tasks_count; ++i) {
            all.tasks.push_back(view(*s_.tasks[i]));
        }
        return all;
    }

private:
    // A pointer may be stale in a kernel with bugs: it is compared, never followed.
    actor known(const task_struct* t) const {
        const auto* const end = s_.tasks.begin() + s_.tasks_count;
        const auto* const found = std::find(s_.tasks.begin(), end, t);
        return t == nullptr || found == end ? no_actor : (*found)->id;
    }

    snapshot::word view(const futex_word& w) const {
        snapshot::word v;
        v.name = w.name;
        v.kind = w.kind;
        v.value = w.value.peek();
        v.text = word_text(s_, w.index);
        if (w.kind == word_kind::pi) {
            v.owner = known(s_.task_of_tid(v.value & futex_tid_mask));
            v.waiters = (v.value & futex_waiters) != 0;
            v.owner_died = (v.value & futex_owner_died) != 0;
        }
        for (unsigned i = 0; i < w.bucket->queued; ++i) {
            const futex_q& q = *w.bucket->chain[i];
            if (q.key.peek() == &w) {
                v.queue.push_back({known(q.task.peek()), q.prio.peek()});
            }
        }
        return v;
    }

    snapshot::lock view(const pi_state& p) {
        snapshot::lock v = view(p.pi_mutex, p.key->name);
        v.pi_state_owner = known(p.owner.peek());
        v.references = p.references.peek();
        return v;
    }

    snapshot::lock view(const rt_mutex& m, const char* name) {
        snapshot::lock v;
        v.name = name;
        const std::uint32_t owner = m.owner.peek();
        v.owner = known(s_.task_of_owner(owner));
        v.has_waiters = (owner & has_waiters) != 0;
        v.owner_pending = (owner & owner_pending) != 0;
        for (unsigned i = 0; i < m.waiters.size(); ++i) {
            rt_mutex_waiter* const w = m.waiters.peek(i);
            v.waiters.push_back({known(w->task.peek()), w->prio.peek()});
            blocked_.emplace_back(w, name);
        }
        return v;
    }

    snapshot::task view(const task_struct& t) const {
        snapshot::task v;
        v.id = t.id;
        v.name = t.name;
        v.tid = t.tid;
        v.sched = t.sched;
        v.normal_prio = t.normal_prio.peek();
        v.prio = t.prio.peek();
        const rt_mutex_waiter* const blocked_on = t.pi_blocked_on.peek();
        const auto waits = std::find_if(blocked_.begin(), blocked_.end(),
                                        [=](const auto& entry) { return entry.first == blocked_on; });
        if (waits != blocked_.end()) {
            v.blocked_on = waits->second;
        }
        for (unsigned i = 0; i < t.pi_waiters.size(); ++i) {
            v.lenders.push_back(known(t.pi_waiters.peek(i)->task.peek()));
        }
        return v;
    }

    const system& s_;
    std::vector<std::pair<const rt_mutex_waiter*, const char*>> blocked_;  // waiter, name of its lock
};

}  // namespace

snapshot look(const system& s) {
    return viewer(s).look();
}

std::string priority_words(policy sched, int prio, bool lent) {
    if (prio < 0) {
        return "deadline";
    }
    if (!is_realtime(prio)) {
        return "other";
    }
    const bool round_robin = sched == policy::rr && !lent;
    return fmt::format("{} {}", round_robin ? "rr" : "fifo", 99 - prio);
}

}  // namespace tenthrule::kernel
