#pragma once

/// What the types of the library share in one execution: its threads, and what is known of each.
///
/// For the library's own use. Everything here belongs to the execution that runs on this OS thread.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "library/code_place.hpp"
#include "runtime/execution.hpp"

namespace tenthrule {

/// Rules of the library. See docs/library.md.
namespace rules {
inline constexpr rule misuse{
    16, "misuse",
    "Threads, locks and the like are used as the standard allows: joined or detached, "
    "unlocked by their holder, alive while they are used."};
inline constexpr rule memory_leak{17, "memory-leak", "What a test allocates it gives back."};
inline constexpr rule double_free{18, "double-free",
                                  "Memory is given back once, and only what was allocated."};
}  // namespace rules

namespace detail {

class blocked_tasks;
class lock_state;
class weak_memory;

/// A thread of the program under test.
struct thread_state {
    const char* name = "";
    void (*destroy)(void* closure) = nullptr;
    void* closure = nullptr;     ///< in the arena; destroyed when the thread has ended, or the execution
    task_bits joiners = 0;       ///< tasks that wait for its end
    sync_clock end;              ///< what has happened before its end
    lock_state* held = nullptr;  ///< the locks it holds, the latest first
    /// What the alarm does besides, and to what; null: nothing.
    void (*on_alarm)(thread_state& t, void* where) = nullptr;
    void* alarm_at = nullptr;
    std::uint32_t alarm_touches =
        0;        ///< the number of the object whose waiting threads it changes; 0: of none
    timer alarm;  ///< of a wait with a deadline, or a sleep
    const char* yielded_in = nullptr;  ///< where it yielded last: a file, and a line
    sync_clock acquired_relaxed;       ///< what an acquire fence makes known
    sync_clock release_fence;          ///< what was known at the last release fence
    struct local_value* locals = nullptr;
    std::uint32_t yielded_at = 0;
    std::uint32_t rereads = 0;  ///< what it has read again and found unchanged, and has changed nothing
    std::uint32_t objects = 0;
    std::uint32_t clock_looks = 0;
    actor id = no_actor;
    actor next_sleeper = no_actor;
    bool finished = false;
    bool timed_out = false;         ///< its alarm rang
    bool changed_something = true;  ///< since it yielded last
};

/// A value of thread-specific storage.
struct local_value {
    const void* key = nullptr;
    void* value = nullptr;
    void (*destroy)(void* value) = nullptr;
    local_value* next = nullptr;
};

/// What a test may decide about the types of the library.
struct session_options {
    std::uint32_t spurious_failures_max = 1;  ///< of weak compare-exchanges, in one execution
    bool spurious_wakeups = false;
    std::uint32_t spin_reads = 8;       ///< the same value read so often in a row: it is being waited for
    bool weak_memory = false;           ///< atomics as C++ has them, else sequentially consistent
    std::uint32_t stale_reads_max = 4;  ///< see detail::weak_memory
};

/// Thread safety: belongs to one execution.
class session {
public:
    /// Null where no test is being executed.
    static session* active() {
        return here;
    }
    /// REQUIRES: a test is being executed.
    static session& current() {
        return *here;
    }

    session() = default;
    session(const session&) = delete;
    session& operator=(const session&) = delete;

    execution& machine() const {
        return *machine_;
    }
    const session_options& options() const {
        return options_;
    }
    std::uint64_t serial() const {
        return serial_;
    }
    thread_state& self() {
        return *static_cast<thread_state*>(machine_->argument());
    }
    thread_state& thread(actor a) {
        return threads_[task_index(a)];
    }

    /// Numbers follow the maker and how many it has made, so that they mean the same in every schedule.
    std::uint32_t new_object() {
        thread_state& me = self();
        return ++me.objects * tasks_max + task_index(me.id);
    }

    unsigned threads_count() const {
        return threads_count_;
    }
    /// A new thread, which has not begun; from boot: which begins by itself. `name` is null, or lives as long
    /// as the execution; `closure` is in the arena. `entry` is given its thread_state, and ends it at last.
    /// REQUIRES: fewer than tasks_max so far.
    thread_state& make_thread(const char* name, void (*entry)(void* state), void (*destroy)(void* closure),
                              void* closure);
    /// One that begins at once.
    thread_state& start_thread(const char* name, void (*entry)(void* state), void (*destroy)(void* closure),
                               void* closure) {
        thread_state& t = make_thread(name, entry, destroy, closure);
        // What a thread does before its first operation touches nobody else, so nobody need choose when.
        machine_->begin_at_once(t.id);
        return t;
    }
    /// The last that the current thread does: it does not return.
    [[noreturn]] void end_thread(thread_state& t);
    /// Returns when it has ended.
    void join(thread_state& t);

    /// The current thread did something that others can see, and is not just waiting.
    void changed() {
        changed(self());
    }
    /// `me` is the current thread.
    void changed(thread_state& me) {
        me.rereads = 0;
        me.changed_something = true;
        machine_->progress();
    }

    /// The memory of the atomics; null: they are sequentially consistent, and keep their values themselves.
    weak_memory* memory() const {
        return memory_;
    }

    /// Whether this weak compare-exchange fails though it need not.
    bool fails_spuriously();
    /// Whether another one may.
    bool may_fail_spuriously() const {
        return spurious_failures_ < options_.spurious_failures_max;
    }
    void failed_spuriously() {
        ++spurious_failures_;
    }
    std::uint64_t now();
    /// What looking at a clock gives: time passes meanwhile.
    std::uint64_t look_at_clock();
    /// From now on timed_out will be set at any time. A scheduling point.
    void start_alarm(std::uint64_t deadline, const char* name);
    void stop_alarm();
    /// A scheduling point. A loop that comes back here and has only read is taken for waiting.
    void yield(const code_place& where);

    // ---- For whoever executes tests

    /// `memory`: for weak memory; else null.
    void begin(execution& machine, const session_options& options, weak_memory* memory = nullptr);
    /// Destroys the closures of threads that did not run, when the execution is over.
    void end();
    /// Makes `s` the session of the current OS thread; gives the one before. Null: none.
    static session* exchange(session* s) {
        return std::exchange(here, s);
    }
    /// The execution ends because of an assumption that does not hold.
    bool assumed_away = false;

private:
    static void ring(void* state);
    void finish(thread_state& t);

    static inline constinit thread_local session* here = nullptr;

    execution* machine_ = nullptr;
    weak_memory* memory_ = nullptr;
    std::uint64_t serial_ = 0;
    session_options options_;
    std::uint32_t spurious_failures_ = 0;
    std::uint64_t time_passed_ = 0;
    unsigned threads_count_ = 0;
    std::array<thread_state, tasks_max> threads_;
};

/// `why` of a wait that has a deadline: nobody has to act.
wait_reason without_holder(wait_reason why);

/// Tasks at a point before something that only some of them can do, or none now.
class blocked_tasks {
public:
    /// The scheduling point before it. Returns when it is possible. `possible`: whether it is so now.
    void enter(const operation& op, bool possible, const wait_reason& why);
    /// Likewise, or when the alarm of the current thread has rung.
    void enter_before_alarm(const operation& op, bool possible, const wait_reason& why);
    /// `a` is asleep at a point before it. Once it goes on, it has to call `leave`.
    void adopt(actor a, bool possible, const wait_reason& why);
    void leave(actor a) {
        tasks_ &= ~task_bit(a);
    }
    /// From now on it is, or is not, possible for those who are about to do it. REQUIRES: the step writes the
    /// object of their operation.
    void allow(bool possible, const wait_reason& why);
    bool empty() const {
        return tasks_ == 0;
    }

private:
    task_bits tasks_ = 0;
    bool possible_ = false;  ///< for all of them
};

/// Tasks that sleep until somebody wakes them, in the order in which they came.
class sleepers {
public:
    /// The current thread sleeps from now on; the scheduling point before `op`, with which it goes on.
    void sleep(const operation& op, const wait_reason& why);
    bool empty() const {
        return first_ == no_actor;
    }
    unsigned count() const;
    /// One of them, the strategy's choice, is none of them any more; it can step. no_actor: there was none.
    actor wake_one(const char* label);
    /// The first one is none of them any more. REQUIRES: not empty. Does not make it able to step.
    actor take_first();
    /// Likewise the n-th, from 0.
    actor take(unsigned n);
    /// Adds the current thread, without a scheduling point.
    void add(actor a);
    /// False if it is none of them.
    bool remove(actor a);

private:
    actor first_ = no_actor;
    actor last_ = no_actor;
};

/// Ends the execution with a violation of `r`, unless it is off. `identity` must name no thread and no step.
/// From destructors the caller holds an execution::no_exceptions.
[[gnu::cold]] void violated(const rule& r, std::string_view identity, std::string_view message);

template <typename... Args>
[[gnu::cold]] void fail(const rule& r, std::string_view identity, fmt::format_string<Args...> format,
                        Args&&... args) {
    const engine_scope mine;
    violated(r, identity, fmt::format(format, std::forward<Args>(args)...));
}

/// Where there is no test: throws std::logic_error.
[[noreturn, gnu::cold]] void used_outside(const char* what);

inline session& session_for(const char* what) {
    session* const s = session::active();
    if (s == nullptr) [[unlikely]] {
        used_outside(what);
    }
    return *s;
}

}  // namespace detail
}  // namespace tenthrule
