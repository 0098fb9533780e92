#pragma once

/// The kernel's data, with the kernel's names. What guards a field stands beside it; fields that the kernel
/// reads without a lock are `shared`, the others `guarded`.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/operations.hpp"
#include "kernel/patches.hpp"
#include "kernel/system.hpp"
#include "kernel/waiter_tree.hpp"
#include "runtime/memory.hpp"
#include "runtime/spinlock.hpp"

namespace tenthrule::kernel {

inline constexpr std::uint32_t futex_waiters = 0x80000000U;
inline constexpr std::uint32_t futex_owner_died = 0x40000000U;
inline constexpr std::uint32_t futex_tid_mask = 0x3fffffffU;

namespace lock_kinds {
inline constexpr lock_class bucket{1, "hb->lock"};
inline constexpr lock_class second_bucket{2, "hb->lock (second)"};
inline constexpr lock_class wait_lock{3, "pi_mutex.wait_lock"};
inline constexpr lock_class bucket_wait_lock{4, "hb->lock.wait_lock"};
inline constexpr lock_class pi_lock{5, "pi_lock"};
}  // namespace lock_kinds

struct task_struct;
struct rt_mutex;
struct pi_state;
struct hash_bucket;
struct futex_word;

/// Kernel priorities: smaller is more urgent; realtime 0..98, everybody else 120.
inline constexpr int normal_prio_fair = 120;
constexpr int kernel_prio(policy p, int user_priority) {
    switch (p) {
        case policy::deadline:
            return -1;
        case policy::fifo:
        case policy::rr:
            return 99 - user_priority;
        case policy::other:
            return normal_prio_fair;
    }
    return normal_prio_fair;
}
constexpr bool is_realtime(int prio) {
    return prio < 100;
}

struct rt_mutex_waiter : tracked {
    guarded<task_struct*> task{"rt_waiter.task"};
    guarded<rt_mutex*> lock{"rt_waiter.lock"};
    guarded<int> prio{"rt_waiter.prio"};        ///< key in the lock's tree: wait_lock
    guarded<int> pi_prio{"rt_waiter.pi_prio"};  ///< key in the owner's tree: the owner's pi_lock
    noted<unsigned> wake_state{0};              ///< task states that waking it may end
    noted<bool> enqueued{false};                ///< for the rules only
};

struct rt_mutex {
    rt_mutex(const lock_class& kind, const char* lock_name, const char* owner_name)
        : wait_lock(kind, lock_name),
          owner(owner_name),
          waiters(waiter_tree::key::prio, "rt_mutex.waiters") {}

    raw_spinlock wait_lock;
    shared<std::uint32_t> owner;  ///< see owner_word
    waiter_tree waiters;          ///< wait_lock
    const char* name = "";
    bool is_rtlock = false;
    bool has_fast_path = false;  ///< it is also taken and released by a compare-and-swap without wait_lock
};

namespace task_running {
inline constexpr unsigned running = 0;
inline constexpr unsigned interruptible = 1;
inline constexpr unsigned uninterruptible = 2;
inline constexpr unsigned normal = interruptible | uninterruptible;
inline constexpr unsigned rtlock_wait = 4;
}  // namespace task_running

/// A list of pi_states owned by a task: intrusive, newest first.
struct pi_state_list {
    race_cell cell{"pi_state_list"};
    pi_state* first = nullptr;
};

/// A futex word and a pi_state that name different owners, as somebody met them.
struct refusal {
    const futex_word* word = nullptr;
    std::uint32_t value = 0;
    const task_struct* owner = nullptr;
};

/// How far a task has got with ending (3ef240eaff36; before, the flags PF_EXITING and PF_EXITPIDONE).
enum class exit_phase : std::uint8_t { alive, exiting, dead };

/// A futex that the kernel looks after when its owner ends.
struct robust_entry {
    futex_word* word;
    bool pi;
    robust_entry* next;
};

struct task_struct {
    task_struct(actor task_actor, std::uint32_t task_tid, const task_spec& spec);

    actor id;
    std::uint32_t tid;
    const char* name;
    policy sched;              ///< pi_lock
    guarded<int> normal_prio;  ///< pi_lock
    guarded<int> prio;         ///< effective, possibly boosted: pi_lock, read by the task itself
    raw_spinlock pi_lock{lock_kinds::pi_lock, "pi_lock"};
    waiter_tree pi_waiters{waiter_tree::key::pi_prio, "pi_waiters"};  ///< pi_lock
    guarded<task_struct*> pi_top_task{
        "pi_top_task"};  ///< who lent it priority when that was looked at: pi_lock
    guarded<rt_mutex_waiter*> pi_blocked_on{"pi_blocked_on"};  ///< pi_lock
    pi_state_list owned;                                       ///< pi_lock
    shared<unsigned> state{"task state", task_running::running};
    noted<unsigned> saved_state{task_running::running};  ///< while waiting for an rtlock; pi_lock
    shared<bool> on_wake_q{"wake_q link", false};
    noted<bool> signal_pending{false};
    noted<bool> signal_restart{true};
    guarded<exit_phase> exit{"exit state", exit_phase::alive};  ///< pi_lock
    actor_set exit_waiters;               ///< who sleeps until this task is dead: pi_lock
    robust_entry* robust_list = nullptr;  ///< in the order of entry
    robust_entry* robust_pending = nullptr;

    // What the rules remember. The model never looks at it.
    noted<const call*> doing;     ///< the call that it is in
    noted<unsigned> pi_sections;  ///< in so many sections in which waiter trees and priorities may disagree
    bool owned_before = false;    ///< its TID was in the word when the call began
    bool held_before = false;     ///< it held the lock that the call takes or gives up
    unsigned retries = 0;
    unsigned locks_before = 0;
    noted<const task_struct*> wake_owed_by;  ///< has handed it a lock and has yet to wake it
    refusal refused;                         ///< what it met, if its call failed for that
};

struct pi_state : tracked {
    explicit pi_state(futex_word& for_word);

    rt_mutex pi_mutex;
    shared<task_struct*> owner{"pi_state->owner"};  ///< wait_lock to write
    shared<int> references{"pi_state refcount", 1};
    futex_word* key;
    pi_state* next = nullptr;       ///< in the owner's list: its pi_lock
    noted<task_struct*> listed_by;  ///< whose list; for the rules
};

enum class requeue_state : std::uint8_t { none, ignore, in_progress, wait, done, locked };

struct futex_q : tracked {
    guarded<task_struct*> task{"q.task"};
    guarded<int> prio{"q.prio"};
    guarded<futex_word*> key{"q.key"};                     ///< hb->lock
    guarded<pi_state*> state{"q.pi_state"};                ///< hb->lock
    guarded<rt_mutex_waiter*> rt_waiter{"q.rt_waiter"};    ///< hb->lock
    guarded<futex_word*> requeue_key{"q.requeue_pi_key"};  ///< set before queuing
    guarded<std::uint32_t> bits{"q.bitset"};
    shared<hash_bucket*> lock_ptr{"q.lock_ptr"};
    shared<requeue_state> requeue{"q.requeue_state", requeue_state::none};
    guarded<bool> queued{"q.list"};                      ///< hb->lock
    shared<bool> requeue_wait{"q.requeue_wait", false};  ///< RT: the waiter sleeps until the requeue is over
};

/// Waiters of one bucket: more than one for each task, because of futex_waitv(2).
inline constexpr unsigned queued_max = 256;

struct hash_bucket {
    explicit hash_bucket(const char* name);

    shared<int> waiters{"hb->waiters", 0};
    raw_spinlock spin;  ///< unless RT
    rt_mutex rtlock;    ///< RT
    race_cell chain_cell{"hb->chain"};
    unsigned queued = 0;
    std::array<futex_q*, queued_max> chain;  ///< ordered by prio, first come first served
    const char* name;
};

struct futex_word {
    futex_word(const word_spec& spec, unsigned number, hash_bucket& in)
        : value(spec.name, spec.initial),
          name(spec.name),
          index(number),
          kind(spec.kind),
          robust(spec.robust),
          process_shared(spec.process_shared),
          misaligned_by(spec.misaligned_by),
          faults_left(spec.faults),
          bucket(&in) {}

    shared<std::uint32_t> value;
    const char* name;
    unsigned index;
    word_kind kind;
    bool robust;
    bool process_shared;
    unsigned misaligned_by;        ///< no futex, but an address inside `around`
    futex_word* around = nullptr;  ///< the word that it lies in
    noted<unsigned> faults_left;   ///< how often its page may yet turn out to be absent
    noted<page_access> access{page_access::read_write};
    hash_bucket* bucket;

    // For the rules.
    noted<task_struct*> holder;  ///< who may be in its critical section
    noted<bool> holder_died;     ///< and nobody has got the lock since
};

struct hrtimer_sleeper {
    timer expiry;
    shared<task_struct*> task{"sleeper->task"};
};

/// The owner word of an rt_mutex: who owns it, and two flags.
inline constexpr std::uint32_t has_waiters = 1;
inline constexpr std::uint32_t owner_pending = 2;  ///< it was handed over, but not taken yet (until 2.6.38)
inline constexpr unsigned owner_shift = 2;

inline std::uint32_t owner_word(const task_struct* t, std::uint32_t flags) {
    return (t == nullptr ? 0U : (static_cast<std::uint32_t>(t->id) + 1U) << owner_shift) | flags;
}

inline constexpr unsigned words_max = 64;
inline constexpr unsigned pi_states_max = 64;

class system {
public:
    system(execution& engine, const config& c) : e(engine), settings(c) {}

    bool patched(patch p) const {
        return settings.patches.contains(p);
    }
    bool rt() const {
        return settings.preempt == preempt_model::rt;
    }
    /// REQUIRES: called from a task, not from a callback.
    task_struct& self() const {
        return *tasks[e.self()];
    }
    task_struct* task_of_tid(std::uint32_t tid) const;
    /// Of an rt_mutex; see owner_word.
    task_struct* task_of_owner(std::uint32_t word) const {
        return (word >> owner_shift) == 0 ? nullptr : tasks[(word >> owner_shift) - 1];
    }

    execution& e;
    config settings;
    unsigned tasks_count = 0;
    unsigned words_count = 0;
    std::array<task_struct*, tasks_max> tasks;
    std::array<futex_word*, words_max> words;
    std::array<hash_bucket*, words_max> buckets;
    // For the rules and for showing the state.
    noted<unsigned> pi_states_count;
    std::array<pi_state*, pi_states_max> pi_states;
    task_struct* kernel_thread = nullptr;  ///< the one, if there is any
};

// ---- Small things that several parts need

/// "0", "waiter", "waiter|WAITERS".
std::string owner_text(const system& s, std::uint32_t value);
const char* name_of(const task_struct* t);

/// The same for a log line: the text is made only if the line is.
struct owner_words {
    owner_words(const system& of, std::uint32_t word) : s(&of), value(word) {}
    const system* s;
    std::uint32_t value;
};

}  // namespace tenthrule::kernel

template <>
struct fmt::formatter<tenthrule::kernel::owner_words> : fmt::formatter<std::string_view> {
    template <typename Context>
    auto format(const tenthrule::kernel::owner_words& words, Context& context) const {
        return fmt::formatter<std::string_view>::format(tenthrule::kernel::owner_text(*words.s, words.value),
                                                        context);
    }
};
