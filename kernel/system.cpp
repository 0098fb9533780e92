#include <cassert>
#include <cerrno>

#include "kernel/bucket.hpp"
#include "kernel/futex.hpp"
#include "kernel/oracle.hpp"
#include "kernel/rtmutex.hpp"
#include "kernel/state.hpp"

namespace tenthrule::kernel {

task_struct::task_struct(actor task_actor, std::uint32_t task_tid, const task_spec& spec)
    : id(task_actor),
      tid(task_tid),
      name(spec.name),
      sched(spec.sched),
      normal_prio("normal_prio", kernel_prio(spec.sched, spec.priority)),
      prio("prio", kernel_prio(spec.sched, spec.priority)) {}

task_struct* system::task_of_tid(std::uint32_t tid) const {
    const std::uint32_t first = settings.first_tid;
    if (tid >= first && tid < first + tasks_count) {
        return tasks[tid - first];
    }
    return kernel_thread != nullptr && tid == kernel_thread->tid ? kernel_thread : nullptr;
}

system& boot(execution& e, const config& c) {
    auto* s = e.arena().make<system>(e, c);
    for (unsigned i = 0; i < c.buckets; ++i) {
        static constexpr const char* names[] = {"hb",  "hb1", "hb2",  "hb3",  "hb4",  "hb5",  "hb6",  "hb7",
                                                "hb8", "hb9", "hb10", "hb11", "hb12", "hb13", "hb14", "hb15"};
        assert(c.buckets <= words_max);
        s->buckets[i] = e.arena().make<hash_bucket>(i < std::size(names) ? names[i] : "hb16+");
    }
    return *s;
}

unsigned add_word(system& s, const word_spec& spec) {
    assert(s.words_count < words_max && spec.bucket < s.settings.buckets);
    const unsigned number = s.words_count++;
    s.words[number] = s.e.arena().make<futex_word>(spec, number, *s.buckets[spec.bucket]);
    if (spec.misaligned_by != 0) {
        s.words[number]->around = s.words[spec.inside];
    }
    return number;
}

namespace {
unsigned enter_in_table(system& s, actor id, const task_spec& spec) {
    assert(id == s.tasks_count);
    s.tasks[id] = s.e.arena().make<task_struct>(id, s.settings.first_tid + id, spec);
    return s.tasks_count++;
}
}  // namespace

unsigned add_task(system& s, const task_spec& spec, entry_function entry, void* argument) {
    const actor id = s.e.add_task(spec, entry, argument);
    return enter_in_table(s, id, spec);
}

unsigned add_placeholder(system& s) {
    task_spec nobody;
    nobody.name = "nobody";
    return enter_in_table(s, s.e.add_placeholder(), nobody);
}

unsigned add_kernel_thread(system& s, const char* name, std::uint32_t tid) {
    task_spec spec;
    spec.name = name;
    const unsigned number = enter_in_table(s, s.e.add_placeholder(), spec);
    s.kernel_thread = s.tasks[number];
    s.kernel_thread->tid = tid;
    return number;
}

void poke_word(system& s, unsigned word, std::uint32_t value) {
    s.words[word]->value.poke(value);
}

void set_access(system& s, unsigned word, page_access access) {
    s.words[word]->access = access;
}

void add_robust_entry(system& s, unsigned task, unsigned word, bool pi) {
    task_struct& t = *s.tasks[task];
    robust_entry** link = &t.robust_list;
    while (*link != nullptr) {
        if ((*link)->word == s.words[word]) {
            return;  // it cannot be on the list twice
        }
        link = &(*link)->next;
    }
    *link = s.e.arena().make<robust_entry>(robust_entry{s.words[word], pi, nullptr});
}

void set_robust_pending(system& s, unsigned task, unsigned word, bool pi) {
    s.tasks[task]->robust_pending = s.e.arena().make<robust_entry>(robust_entry{s.words[word], pi, nullptr});
}

void set_initial_owner(system& s, unsigned word, unsigned task) {
    s.words[word]->value.poke(s.tasks[task]->tid);
    s.words[word]->holder = s.tasks[task];
}

namespace {

struct signal_argument {
    system* s;
    task_struct* to;
    bool restart;
};

void deliver(void* argument) {
    const auto& a = *static_cast<signal_argument*>(argument);
    a.to->signal_pending = true;
    a.to->signal_restart = a.restart;
    if ((a.to->state.peek() & task_running::interruptible) != 0) {
        a.to->state.poke(task_running::running);
        a.s->e.wake(a.to->id);
    }
}

}  // namespace

actor add_signal(system& s, unsigned task, const char* name, bool restart, bool enabled) {
    auto* argument = s.e.arena().make<signal_argument>(signal_argument{&s, s.tasks[task], restart});
    return s.e.add_event(op_kind::signal, name, &deliver, argument, enabled);
}

void check_at_rest(system& s, bool /*for_ever*/) {
    oracle::at_rest(s);
}

void check_at_end(system& s) {
    oracle::at_rest(s);
    oracle::at_end(s);
}

// ---- Looking

const char* name_of(const task_struct* t) {
    return t == nullptr ? "nobody" : t->name;
}

std::string owner_text(const system& s, std::uint32_t value) {
    const std::uint32_t tid = value & futex_tid_mask;
    const task_struct* const t = s.task_of_tid(tid);
    std::string text = t != nullptr ? t->name : fmt::format("{}", tid);
    if ((value & futex_waiters) != 0) {
        text += "|WAITERS";
    }
    if ((value & futex_owner_died) != 0) {
        text += "|OWNER_DIED";
    }
    return text;
}

std::uint32_t word_value(const system& s, unsigned word) {
    return s.words[word]->value.peek();
}

std::uint32_t tid_of(const system& s, unsigned task) {
    return s.tasks[task]->tid;
}

std::string word_text(const system& s, unsigned word) {
    const futex_word& w = *s.words[word];
    return w.kind == word_kind::pi ? owner_text(s, w.value.peek()) : fmt::format("{}", w.value.peek());
}

void describe(const system& s, std::string& to) {
    auto put = [&to, first = true](std::string text) mutable {
        to += (first ? "" : "; ") + std::move(text);
        first = false;
    };
    for (unsigned i = 0; i < s.words_count; ++i) {
        put(fmt::format("{}={}", s.words[i]->name, word_text(s, i)));
    }
    for (unsigned i = 0; i < s.pi_states_count; ++i) {
        const pi_state& p = *s.pi_states[i];
        const std::uint32_t owner = p.pi_mutex.owner.peek();
        put(fmt::format("pi_state({})={}", p.key->name, name_of(p.owner.peek())));
        std::string waiters;
        for (unsigned w = 0; w < p.pi_mutex.waiters.size(); ++w) {
            waiters += (w == 0 ? "" : ",") + std::string(name_of(p.pi_mutex.waiters.peek(w)->task.peek()));
        }
        put(fmt::format("rt_mutex({})={}{}", p.key->name, name_of(s.task_of_owner(owner)),
                        waiters.empty() ? "" : " <- " + waiters));
    }
    for (unsigned i = 0; i < s.tasks_count; ++i) {
        const task_struct& t = *s.tasks[i];
        if (t.prio.peek() != t.normal_prio.peek()) {
            put(fmt::format("{} at {}", t.name, s.e.urgency(t.id)));
        }
    }
}

bool held_before(const system& s) {
    return s.self().held_before;
}

bool somebody_ended_holding(const system& s) {
    for (unsigned i = 0; i < s.words_count; ++i) {
        const task_struct* const holder = s.words[i]->holder;
        if (holder != nullptr && s.e.finished(holder->id)) {
            return true;
        }
    }
    return false;
}

std::string why_refused(const system& s) {
    const refusal& r = s.self().refused;
    if (r.word == nullptr) {
        return {};
    }
    return fmt::format("the futex word said {}, pi_state said {}", owner_text(s, r.value), name_of(r.owner));
}

bool owns(system& s, unsigned word) {
    return (s.words[word]->value.load() & futex_tid_mask) == s.self().tid;
}

}  // namespace tenthrule::kernel
