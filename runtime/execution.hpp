#pragma once

/// One execution of a program under a controlled scheduler.
///
/// Tasks and timer callbacks are fibers of one OS thread. Just before each visible operation the
/// running fiber publishes what it is about to do and asks the strategy, on its own stack, who steps
/// next; only when that is somebody else does it switch, straight to the chosen fiber.
///
/// Who may step follows from the machine: a task needs a CPU, and CPUs go to the most urgent tasks by
/// the rules of their policies. Everything else that is open goes through the strategy.
///
/// Thread safety: an execution belongs to one OS thread while `run` lasts. Several may live in
/// several threads.

#include <array>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "runtime/arena.hpp"
#include "runtime/event_log.hpp"
#include "runtime/footprint.hpp"
#include "runtime/lock_order.hpp"
#include "runtime/program.hpp"
#include "runtime/random.hpp"
#include "runtime/rules.hpp"
#include "runtime/schedule.hpp"
#include "runtime/stack_pool.hpp"
#include "runtime/strategy.hpp"
#include "runtime/types.hpp"
#include "runtime/user_code.hpp"

namespace tenthrule {

/// How CPUs are given to a task. Urgency is compared across policies: deadline > fifo and rr by their
/// priority > other.
enum class policy : std::uint8_t { other, fifo, rr, deadline };

/// fifo and rr: 1..99, larger is more urgent (as sched_setscheduler(2) takes it); otherwise ignored.
constexpr int urgency_of(policy p, int priority) {
    switch (p) {
        case policy::other:
            return 0;
        case policy::fifo:
        case policy::rr:
            return priority;
        case policy::deadline:
            return 100;
    }
    return 0;
}

enum class start_mode : std::uint8_t {
    boot,     ///< runnable from the beginning
    arrives,  ///< becomes runnable by an event, at any time
    held,     ///< becomes runnable when the program calls `release`
    at_once,  ///< runs up to its first scheduling point in its maker's step, and is runnable from then on
};

struct task_spec {
    const char* name = "task";
    policy sched = policy::other;
    int priority = 0;
    std::uint64_t affinity = ~std::uint64_t{0};  ///< bit c: may run on CPU c
    start_mode start = start_mode::boot;
};

enum class task_state : std::uint8_t {
    absent,    ///< not arrived yet
    ready,     ///< could step, given a CPU
    sleeping,  ///< until somebody wakes it
    spinning,  ///< keeps its CPU, until what it spins for is handed to it, or is possible
    finished,
};

/// Why a task does not get on: shown in deadlock reports, and asked whether that is legitimate.
struct wait_reason {
    const char* what = "waits for";  ///< "sleeps on futex", "spins on"
    const char* object = "";
    const void* subject = nullptr;                     ///< given back to the two functions
    actor (*holder)(const void* subject) = nullptr;    ///< who has to act; no_actor: nobody in particular
    bool (*available)(const void* subject) = nullptr;  ///< true: it sleeps though it need not
};

using entry_function = void (*)(void* argument);

struct run_options {
    std::uint32_t points_max = 10'000;  ///< after these a fair continuation decides: livelock or just long
    std::uint32_t fair_points = 2'000;  ///< length of that continuation
    std::uint32_t retries_max = 200;    ///< retries of one operation that start the fair continuation early
    bool retries_count = false;  ///< a rule counts retries, so going round a loop once more is not nothing
    rule_set rules;              ///< which rules are on
    bool log = false;            ///< record every event
    bool unwind = false;         ///< an execution that ends early unwinds its fibers, so that destructors run
};

enum class verdict : std::uint8_t {
    completed,   ///< every task finished, no rule violated
    violation,   ///< see run_result::failure
    step_bound,  ///< points_max reached, still making progress
    diverged,    ///< the strategy gave up (a replay that does not fit)
    redundant,   ///< the strategy gave up: all that could follow has been seen
};

struct run_statistics {
    std::uint32_t points = 0;         ///< scheduling points
    std::uint32_t choices = 0;        ///< those with a choice, and choose() calls
    std::uint32_t switches = 0;       ///< another task runs than before
    std::uint32_t preemptions = 0;    ///< a CPU was taken from a task that could have gone on
    std::uint32_t interleavings = 0;  ///< another CPU steps though the current one could have gone on
    std::uint32_t events = 0;         ///< timers fired, tasks arrived, signals
    std::uint32_t values = 0;         ///< choose() that did not give the default
    std::uint32_t fair = 0;           ///< fair continuations: stretches in which nothing was decided
};

struct run_result {
    verdict end = verdict::completed;
    violation failure;  ///< if end == violation
    run_statistics statistics;
    schedule decisions;               ///< replays the execution
    std::uint64_t schedule_hash = 0;  ///< equal for equal sequences of decisions
    std::vector<event> log;           ///< if run_options::log
};

/// Something whose lifetime is watched: the cells in it refuse to be touched after it has ended.
struct tracked_object {
    const char* type = "object";
    const char* name = "";
    actor owner = no_actor;  ///< whose stack it stands on; no_actor: nobody's
    bool alive = true;
    std::uint32_t cell = 0;  ///< see footprint.hpp; 0: it never ends
};

/// A vector clock attached to something that orders tasks. Empty until the first release. In the arena; in
/// front of it stands its width, because tasks that are made later widen the clocks to come.
///
/// Mostly it holds what one task knew when it released it. Whoever knows what that task did at that time
/// knows all of it (as in FastTrack, Flanagan and Freund, PLDI 2009), and most acquisitions end there. That
/// holds because whoever gives its clock away advances its own time: what it learns then has a later one.
struct sync_clock {
    static constexpr std::uint32_t several = ~std::uint32_t{0};

    std::uint32_t* times = nullptr;
    std::uint32_t released_at = several;  ///< that task's own time; several: more than one task's knowledge
    std::uint8_t released_by = 0;         ///< the task's place among the times
};

struct held_lock {
    const void* lock = nullptr;
    const lock_class* kind = nullptr;
    const char* name = "";
};

/// A timer on the virtual clock. It may fire at any time after it was armed, but not before timers
/// with an earlier deadline that could fire as well. The callback runs in interrupt context on the CPU
/// that armed it. Owned by the program; must outlive its last arming (an arena does).
struct timer {
    const char* name = "timer";
    entry_function callback = nullptr;
    void* argument = nullptr;
    nanoseconds deadline = 0;
    // Written by the execution only.
    actor slot = no_actor;
    int cpu = -1;
    bool running = false;
    actor_set cancellers;  ///< spin until the callback has returned
    sync_clock clock;
};

/// Thrown through the fibers of an execution that ended early and is being unwound.
struct execution_ended {};

namespace detail {

inline constexpr unsigned held_locks_max = 16;

/// What the C++ runtime keeps for each thread, and has to keep for each fiber: the exceptions being handled
/// and the number of those under way.
struct exception_state {
    void* caught = nullptr;
    unsigned uncaught = 0;
};

/// A fiber and what the engine knows of it: a task, or a timer's callback.
struct context {
    std::uint32_t* clock = nullptr;
    std::uint8_t clock_index = 0;
    actor id = no_actor;
    task_state state = task_state::absent;
    bool may_preempt = true;  ///< see execution::set_preemptible
    std::int16_t cpu = -1;
    std::uint16_t preempt_count = 0;
    std::uint16_t irq_count = 0;
    std::uint8_t held_count = 0;
    actor next_spinner = no_actor;
    int urgency = 0;
    policy sched = policy::other;
    bool started = false;
    std::uint8_t no_throw = 0;  ///< see execution::no_exceptions
    std::int64_t order = 0;     ///< position among equally urgent waiting tasks: smaller is earlier
    std::uint64_t affinity = ~std::uint64_t{0};
    void* fiber = nullptr;
    entry_function entry = nullptr;
    void* argument = nullptr;
    const char* name = "";
    wait_reason why;
    std::uint32_t since = 0;    ///< scheduling point at which it began to wait
    std::uint32_t retries = 0;  ///< since its last progress
    const char* retry_place = "";
    const void* stack_low = nullptr;
    std::size_t stack_size = 0;
    void* fake_stack = nullptr;
    exception_state exceptions;  ///< while somebody else runs, if there are any
    context* host = nullptr;  ///< in whose step this task runs, up to its next point: waits until it is there
    std::array<held_lock, held_locks_max> held;
};

struct event_slot {
    enum class phase : std::uint8_t { free, external, armed, running } state = phase::free;
    bool enabled = false;  // external events only
    op_kind kind = op_kind::signal;
    const char* name = "";
    entry_function fire = nullptr;
    void* argument = nullptr;
    timer* source = nullptr;
};

struct cpu {
    actor task = no_actor;
    actor interrupt = no_actor;  ///< the timer callback on top of it
};

}  // namespace detail

class execution {
public:
    execution();
    execution(const execution&) = delete;
    execution& operator=(const execution&) = delete;
    ~execution();

    /// The execution of this thread. REQUIRES: called from inside `run`.
    static execution& current() {
        return *current_execution;
    }
    /// Null outside `run`.
    static execution* active() {
        return current_execution;
    }
    /// Different for every `run` of every execution in this process, and never 0.
    std::uint64_t serial() const {
        return serial_;
    }
    program& running_program() const {
        return *program_;
    }

    /// Runs `p` once. The result stays valid until the next `run`.
    const run_result& run(program& p, strategy& s, const run_options& options, std::uint64_t seed = 0);

    // ---- Setting up (from program::boot)

    /// 0: a CPU for every task. At most 64. REQUIRES: before the first task.
    void set_cpus(unsigned n);

    /// Also while the execution runs: the new task then happens after what its maker has done so far, and can
    /// step from the maker's next scheduling point on.
    /// REQUIRES: fewer than tasks_max so far; `spec.name` and `argument` live as long as the execution. To
    /// start at once: it runs, and there is a CPU for every task.
    actor add_task(const task_spec& spec, entry_function entry, void* argument);

    /// A held task becomes runnable like one of start_mode::at_once: it runs up to its first scheduling point
    /// in the current task's step. REQUIRES: called from a task, and there is a CPU for every task.
    void begin_at_once(actor task);

    /// A task that never runs and counts as finished: keeps the numbers of the others as they are when a
    /// task is taken away. REQUIRES: called from boot.
    actor add_placeholder();

    /// An event outside any task's control that may happen at any time while it is enabled, once.
    /// `fire` runs outside any task, without scheduling points. REQUIRES: called from boot.
    actor add_event(op_kind kind, const char* name, entry_function fire, void* argument, bool enabled);

    /// How many timers may be armed at once; default: one for each task. REQUIRES: called from boot.
    void reserve_timers(unsigned n) {
        timers_reserved_ = n;
    }

    // ---- Scheduling points

    /// What the current task does from here on does not belong to another one's step: for whoever starts or
    /// goes on at once and is about to see what others may change. To all others this is nothing.
    void begin_own_step() {
        if (current_->host != nullptr) {
            const operation begun = pending_[current_->id];
            point(begun.kind, begun.mode, begun.object, begun.label);
        }
    }

    /// Before a visible operation: whoever the strategy chooses steps first.
    void point(op_kind kind, access mode, std::uint32_t object, const char* label) {
        detail::context& c = *current_;
        pending_[c.id] = operation{kind, mode, object, label};
        if (++points_ < points_limit_ && only_ == c.id) [[likely]] {
            return;
        }
        decide();
    }

    /// A value in [0, n), n in 1..256, chosen by the strategy.
    std::uint32_t choose(std::uint32_t n, const char* label);

    /// The caller retries an operation that cannot succeed before somebody else steps. `place` names
    /// the loop in livelock reports.
    void retry(const char* place);

    /// The counting part of `retry`, for a loop that is found out only after it has gone round often; the
    /// next point should be one of kind `yield`. `promised`: it cannot succeed before somebody else steps.
    void count_retry(const char* place, bool promised);

    /// The current task goes behind its equals (sched_yield). A scheduling point.
    void yield_cpu();

    /// The caller completed something: no livelock so far.
    void progress() {
        ++progress_;
        current_->retries = 0;
    }

    // ---- Sleeping and waking

    /// The current task gives up its CPU until it is woken. REQUIRES: called from a task.
    void sleep(const wait_reason& why);

    /// Makes a sleeping task ready; no scheduling point of its own. False if it was not asleep.
    bool wake(actor task);

    /// A held or arriving task becomes runnable now.
    void release(actor task);

    /// An external event may (not) happen from now on.
    void enable_event(actor event, bool enabled);

    /// The current context spins, keeping its CPU, until `stop_spinning`. Other contexts go on.
    void spin(const wait_reason& why);
    void stop_spinning(actor a);
    /// What somebody who is stopped at a point waits for.
    enum class until : std::uint8_t {
        woken,     ///< by somebody who knows of it
        possible,  ///< a state of its operation's object, which is touched by whoever changes it
    };
    /// The scheduling point before an operation that is not possible now. Returns in the step that does it,
    /// which comes after a `stop_spinning` by somebody else.
    void point_when_possible(const operation& op, const wait_reason& why, until what = until::woken) {
        if (outside_) {
            return;
        }
        const actor me = current_->id;
        pending_[me] = op;
        if (!unwinding_) {
            stop_at_point(me, why, what);
            ++points_;
        }
        decide();
    }
    /// `a` is at a point and about to do what is no longer possible: like point_when_possible from now on.
    void stop_at_point(actor a, const wait_reason& why, until what = until::woken) {
        detail::context& c = contexts_[a];
        if (what == until::possible) {
            footprint::note_possible(a);
        } else {
            footprint::note(places::standing(a), true);
            footprint::note(places::rest, false);
        }
        c.state = task_state::spinning;
        set_able(a, false);
        c.why = why;
        c.since = points_;
        invalidate();
    }
    /// What `a` is about to do at its point has become possible.
    void go_on_at_point(actor a);
    /// Likewise a `stop_spinning`, but `task` goes on up to its next scheduling point in the current step.
    /// REQUIRES: there is a CPU for every task.
    void go_on_at_once(actor task);
    /// For the queues of locks: who comes after `a`.
    actor& next_spinner(actor a) {
        return contexts_[a].next_spinner;
    }

    // ---- Preemption, interrupts, priorities

    void preempt_disable() {
        ++current_->preempt_count;
        keep_cpu();
        note_preemptibility();
    }
    void preempt_enable() {
        --current_->preempt_count;
        note_preemptibility();
        if (current_->preempt_count == 0 && waiting_ != 0) {
            give_way(*current_);
        }
    }
    void irq_disable() {
        if (++current_->irq_count == 1 && (armed_ | waiting_) != 0) {
            invalidate();
            note_interruptibility();
        }
        keep_cpu();
        note_preemptibility();
    }
    void irq_enable() {
        --current_->irq_count;
        note_preemptibility();
        if (current_->irq_count == 0) {
            if (armed_ != 0) {
                invalidate();
                note_interruptibility();
            }
            if (waiting_ != 0) {
                give_way(*current_);
            }
        }
    }
    /// False: the current task keeps its CPU though preemption is not disabled (it may still sleep);
    /// how a kernel without preemption treats tasks inside it.
    void set_preemptible(bool yes) {
        current_->may_preempt = yes;
        note_preemptibility();
        if (!yes) {
            keep_cpu();
        } else if (waiting_ != 0) {
            give_way(*current_);
        }
    }
    /// Whether `t` has no CPU, or could lose it to a more urgent task right now.
    bool can_be_preempted(actor t) const {
        footprint::note(places::standing(t), false);
        footprint::note(places::preemption(t), false);
        return contexts_[t].cpu < 0 || preemptible(t);
    }
    unsigned preempt_count() const {
        return current_->preempt_count;
    }
    unsigned irq_count() const {
        return current_->irq_count;
    }

    /// Changes what CPUs are given by. Raised goes behind its new equals, lowered before them.
    void set_urgency(actor task, policy sched, int urgency);

    // ---- Time

    nanoseconds now() const {
        footprint::note(places::virtual_time, false);
        return now_;
    }
    /// A scheduling point; may fire from then on. REQUIRES: not armed.
    void arm(timer& t, nanoseconds deadline);
    /// Waits for a running callback. True if the timer had not fired. No scheduling point of its own: the
    /// timer can fire at any point before.
    bool cancel(timer& t);

    // ---- Rules

    /// A rule does not hold. If the rule is on this does not return: the execution ends here, and the task is
    /// left by an exception. REQUIRES: not called from a destructor.
    void report(const rule& r, std::string identity, std::string message);

    /// `name` was made up, for traces only: identities of violations, which are the same whether a trace is
    /// written or not, say `kind` instead. Both live as long as the execution.
    void add_made_up_name(const char* name, const char* kind) {
        made_up_names_.emplace_back(name, kind);
    }
    bool rule_on(const rule& r) const {
        return options_.rules.contains(r);
    }
    /// The execution is of no interest (verdict `redundant`). Like `report` it does not return.
    void abandon();
    /// It has ended early, and what runs are the destructors of a fiber.
    bool unwinding() const {
        return unwinding_;
    }
    /// Leaves the current task if its fiber is being unwound: where no_exceptions kept it from that so far.
    void leave_if_over() {
        if (unwinding_) [[unlikely]] {
            point_while_unwinding();
        }
    }
    /// While it lives, neither the end of the execution nor `report` leaves the current task by an exception:
    /// for what is done by destructors.
    class no_exceptions {
    public:
        explicit no_exceptions(execution& e) : in_(*e.current_) {
            ++in_.no_throw;
        }
        no_exceptions(const no_exceptions&) = delete;
        no_exceptions& operator=(const no_exceptions&) = delete;
        ~no_exceptions() {
            --in_.no_throw;
        }

    private:
        detail::context& in_;
    };
    /// The current task is over, as if its entry had returned: a processor would mispredict each return on
    /// the way. REQUIRES: called from a task that holds no lock by lock_taken, and no destructor is left to
    /// run.
    [[noreturn]] void end_task();
    /// The current fiber is left as it is, for ever: when there is no way to unwind it. An execution that has
    /// not ended ends with a violation of `r`. REQUIRES: called from a fiber.
    [[noreturn]] void leave_fiber(const rule& r, std::string identity, std::string message);

    // ---- Happens-before (used by memory.hpp and the locks)

    bool tracking() const {
        return current_->clock != nullptr;
    }
    void acquire(const sync_clock& from) {
        if (from.times != nullptr && tracking() && !knows(from)) {
            join(current_->clock, from.times);
        }
        assert(from.times == nullptr || !tracking() || covers(current_->clock, from.times));
    }
    void release(sync_clock& to) {
        if (!tracking()) {
            return;
        }
        if (to.times == nullptr || knows(to)) {
            assert(to.times == nullptr || covers(current_->clock, to.times));
            publish(to);
        } else {
            join(writable(to), current_->clock);
            to.released_at = sync_clock::several;
        }
        ++current_->clock[current_->clock_index];
    }
    /// `to` forgets what it knew, and what the current task has done happens before it.
    void release_only(sync_clock& to) {
        if (tracking()) {
            publish(to);
            ++current_->clock[current_->clock_index];
        }
    }
    /// Both, one after the other.
    void acquire_and_release(sync_clock& c) {
        acquire(c);
        release_only(c);  // all that it knew is known by now
    }
    /// What happens before `from` happens before `to`.
    void merge(sync_clock& to, const sync_clock& from) {
        if (from.times != nullptr) {
            join(writable(to), from.times);
            to.released_at = sync_clock::several;
        }
    }
    /// Nothing happens before `to`, as far as it knows.
    static void forget(sync_clock& to) {
        if (to.times != nullptr) {
            std::memset(to.times, 0, to.times[-1] * sizeof(std::uint32_t));
            to.released_at = sync_clock::several;
        }
    }
    const detail::context& running() const {
        return *current_;
    }
    unsigned clock_width() const {
        return clock_width_;
    }
    /// Zeroed, of the present width.
    std::uint32_t* make_clock() {
        // Its width is in a block of its own, so that no block of times lies across two cache lines.
        constexpr std::size_t block_size = clock_block * sizeof(std::uint32_t);
        const std::size_t size = (clock_block + clock_width_) * sizeof(std::uint32_t);
        auto* const memory = static_cast<std::uint32_t*>(arena_.allocate(size, block_size));
        std::uint32_t* const end = memory + clock_block + clock_width_;
        for (std::uint32_t* block = memory; block != end; block += clock_block) {
            std::memset(block, 0, block_size);
        }
        memory[clock_block - 1] = clock_width_;
        return memory + clock_block;
    }

    // ---- Locks held (used by the locks; a program may add kinds of its own)

    void lock_taken(const void* lock, const lock_class& kind, const char* name, bool check_order);
    /// False if the current context does not hold it.
    bool lock_dropped(const void* lock);
    unsigned locks_held() const {
        return current_->held_count;
    }
    const held_lock& lock_held(unsigned i) const {
        return current_->held[i];
    }

    // ---- Objects

    tenthrule::arena& arena() {
        return arena_;
    }
    std::uint32_t new_object() {
        return ++objects_;
    }
    /// A number for something that no operation names: see footprint.hpp.
    std::uint32_t new_cell() {
        return ++cells_;
    }
    tracked_object& begin_lifetime(const char* type, const char* name, actor owner) {
        return *arena_.make<tracked_object>(tracked_object{type, name, owner, true, new_cell()});
    }
    /// The object that cells made now belong to.
    tracked_object* constructing() const {
        return constructing_;
    }
    tracked_object* set_constructing(tracked_object* o) {
        return std::exchange(constructing_, o);
    }

    // ---- Looking

    actor self() const {
        return current_->id;
    }
    const char* name(actor a) const;
    /// What the current task was made with.
    void* argument() const {
        return current_->argument;
    }
    bool asleep(actor a) const {
        footprint::note(places::sleep(a), false);
        return contexts_[a].state == task_state::sleeping;
    }
    bool finished(actor a) const {
        footprint::note(places::standing(a), false);
        return contexts_[a].state == task_state::finished;
    }
    /// Unlike the two above this tells a task that spins from one that has yet to come to the lock, so it
    /// depends on that one's preemption, too.
    task_state state(actor a) const {
        footprint::note(places::standing(a), false);
        footprint::note(places::preemption(a), false);
        return contexts_[a].state;
    }
    /// Some tasks may take a CPU by the strategy's choice, and not by urgency alone.
    bool cpus_by_choice() const {
        return free_choice_;
    }
    bool on_cpu(actor a) const {
        footprint::note(places::standing(a), false);
        return contexts_[a].cpu >= 0;
    }
    int cpu_of(actor a) const {
        footprint::note(places::standing(a), false);
        return contexts_[a].cpu;
    }
    int urgency(actor a) const {
        footprint::note(places::standing(a), false);
        return contexts_[a].urgency;
    }
    /// With a CPU for every task: as many as there are tasks.
    unsigned cpus_count() const {
        return cpu_per_task_ ? tasks_ : cpus_;
    }
    /// The timer callback on top of whatever that CPU runs; no_actor: none. Only for showing it: what a step
    /// may depend on is not recorded. REQUIRES: cpu_index < cpus_count().
    actor interrupt_on(unsigned cpu_index) const {
        return cpu_[cpu_index].interrupt;
    }
    unsigned tasks_count() const {
        return tasks_;
    }
    std::uint32_t points() const {
        return points_;
    }
    /// Nobody can take a CPU from `a` without that being counted as a preemption: a task that has a CPU and
    /// has stepped on it, or a callback, which keeps its CPU to the end.
    bool settled(actor a) const {
        return is_event(a) || (stepped_ & ~waiting_ & task_bit(a)) != 0;
    }
    /// So far; `points` in it is set only when the execution is over.
    const run_statistics& statistics() const {
        return result_.statistics;
    }
    /// What `a` does in the step that it is about to do or is doing: valid for a task.
    const operation& published(actor a) const {
        return pending_[a];
    }
    const wait_reason& waiting_for(actor a) const {
        footprint::note(places::standing(a), false);
        footprint::note(places::preemption(a), false);
        return contexts_[a].why;
    }

    // ---- States worth knowing of

    /// How many states a program can tell apart.
    static constexpr unsigned states_max = 256;
    using state_set = std::array<std::uint64_t, states_max / 64>;

    /// The program is in state `code`, whatever that means to it. REQUIRES: code < states_max.
    void state_seen(unsigned code) {
        states_[code / 64] |= std::uint64_t{1} << (code % 64);
    }
    /// All those seen since this object was made, in all its executions.
    const state_set& states_seen() const {
        return states_;
    }

    // ---- Logging (free when off)

    bool logging() const {
        return options_.log;
    }
    /// What has happened so far, if it is logged; valid until the next event.
    const std::vector<event>& log() const {
        return result_.log;
    }
    /// What the current step did, in words.
    template <typename... Args>
    void detail(fmt::format_string<Args...> format, Args&&... args) {
        if (logging()) {
            const engine_scope mine;
            set_detail(fmt::format(format, std::forward<Args>(args)...));
        }
    }
    /// A line for people: what happened, in the words of the program.
    template <typename... Args>
    void story(fmt::format_string<Args...> format, Args&&... args) {
        if (logging()) {
            const engine_scope mine;
            add_story(fmt::format(format, std::forward<Args>(args)...));
        }
    }

private:
    friend struct fiber_entry;

    // Choosing (choice.cpp)
    void decide();
    void decide_with_care();
    actor choose_among_running(actor here);
    actor choose_among_all();
    actor ask(actor here, actor usual, bool goes_on);
    actor draw(actor usual);
    actor fair_choice();
    void refresh();
    arrival_kind account(actor next, actor going_on);
    arrival_kind go_over_to(actor next, actor going_on, std::uint32_t counts);
    void note_switch(actor next, std::uint32_t counts);
    void take_cpu_by_choice(actor t);
    bool may_displace(actor t) const;
    int displaceable_cpu(actor t) const;
    std::uint64_t fireable() const;
    void fire_external(actor e);
    bool record_decision(std::uint8_t value, std::uint8_t fallback);
    bool room_for_decision() const;
    [[gnu::cold]] void make_room_for_decisions();
    void limit_points();
    void watch_recording();
    void watch_step(actor next);
    actor who_could_go_on(actor here) const;

    // Ends (ending.cpp)
    void nobody_can_step();
    void check_waiting(bool for_ever);
    actor blocker(actor a) const;
    void report_cycle(actor first);
    void conclude(verdict v);
    void tell_what_is_never_done();
    [[noreturn]] void end(verdict v);
    void start_fair_continuation();
    void judge_fair_continuation();
    void unwind_fibers();
    void begin_unwinding();
    void point_while_unwinding();
    bool may_throw() const;

    // CPUs (cpus.cpp)
    void invalidate() {
        dirty_ = true;
        points_limit_ = 0;
    }
    /// The current task has become one that must not be displaced: whoever was enabled because it might
    /// be is so no more.
    void keep_cpu() {
        if ((where_.enabled.tasks & waiting_) != 0) {
            invalidate();
        }
    }
    /// The current task can be preempted, or its CPU interrupted, from now on or no more.
    void note_preemptibility() const {
        if (footprint::active() != nullptr) [[unlikely]] {
            record_preemptibility();
        }
    }
    void record_preemptibility() const;
    /// The CPU of the current task can be interrupted from now on or no more.
    void note_interruptibility() const {
        if (footprint::active() != nullptr) [[unlikely]] {
            record_interruptibility();
        }
    }
    void record_interruptibility() const;
    void note_claims(task_bits changed, int urgency = 0) const {
        if (changed != 0 && footprint::active() != nullptr && by_urgency_alone()) [[unlikely]] {
            record_claims(changed, urgency);
        }
    }
    void record_claims(task_bits changed, int urgency) const;
    void note_search(const detail::context& t, int found) const {
        if (footprint::active() != nullptr && by_urgency_alone()) [[unlikely]] {
            record_search(t, found);
        }
    }
    void record_search(const detail::context& t, int found) const;
    /// Where CPUs go by more than urgency, all that is done about them comes in some order.
    void note_queues() const {
        if (footprint::active() != nullptr && !cpu_per_task_ && !by_urgency_alone()) [[unlikely]] {
            footprint::note(places::allocation, true);
        }
    }
    /// Nobody gets a CPU but for being more urgent, and everybody may run everywhere.
    bool by_urgency_alone() const {
        return !free_choice_ && !affinities_;
    }
    void beyond_urgency(bool by_choice, bool by_place);
    bool is_claimed(const detail::context& t) const;
    void give_way(const detail::context& t);
    void note_interrupt(int cpu_index) const;
    void appear(detail::context& c);
    void make_ready(detail::context& c);
    void leave_cpu(detail::context& c);
    void reallocate();
    bool find_cpu(actor t);
    bool vacate(int cpu_index, int urgency, std::uint64_t& visited);
    void place(actor t, int cpu_index);
    bool preemptible(actor t) const;
    bool interrupts_on(int cpu_index) const;
    actor most_urgent(task_bits set) const;

    // Fibers (execution.cpp)
    void jump(detail::context& to);
    void run_in_this_step(detail::context& c);
    void go_to(detail::context& to);
    void make_fiber(detail::context& c, std::size_t stack_number);
    void run_body(detail::context& c);
    [[noreturn]] void fiber_finished();
    void begin_callback(actor slot);
    void end_callback();
    void reset(const run_options& options);
    void prepare_clocks();
    std::uint8_t new_clock_index();
    void widen_clocks(unsigned index);
    void start_clock(detail::context& c);

    void log_step(actor who, arrival_kind came, bool deviates);
    void close_step();
    void set_detail(std::string text);
    void add_story(std::string text);

    void acquire_into(detail::context& c, const sync_clock& from) const {
        if (from.times != nullptr) {
            join(c.clock, from.times);
        }
    }
    bool knows(const sync_clock& c) const {
        return current_->clock[c.released_by] >= c.released_at;
    }
    void publish(sync_clock& to) {
        const detail::context& me = *current_;
        const std::uint32_t* const known = me.clock;
        std::uint32_t* const times = writable(to);
        const std::uint32_t width = known[-1];
        std::uint32_t i = 0;
        do {
            std::memcpy(times + i, known + i, clock_block * sizeof(std::uint32_t));
        } while ((i += clock_block) < width);
        to.released_by = me.clock_index;
        // A callback's time goes on from one firing to the next, but what it knew does not.
        const std::uint32_t not_by_one = is_task(me.id) ? 0 : sync_clock::several;
        to.released_at = known[me.clock_index] | not_by_one;
    }
    static bool covers(const std::uint32_t* all, const std::uint32_t* some) {
        for (std::uint32_t i = 0; i < some[-1]; ++i) {
            if (some[i] > (i < all[-1] ? all[i] : 0)) {
                return false;
            }
        }
        return true;
    }
    /// REQUIRES: `to` is at least as wide as `from`.
    static void join(std::uint32_t* to, const std::uint32_t* from) {
        const std::uint32_t width = from[-1];
        std::uint32_t i = 0;
        do {
            // Times stay small, and are signed here because baseline x86-64 compares four signed numbers at
            // once, but not unsigned ones. Copies of their own tell a compiler that it may.
            std::array<std::int32_t, clock_block> known;
            std::array<std::int32_t, clock_block> learnt;
            std::memcpy(known.data(), to + i, sizeof known);
            std::memcpy(learnt.data(), from + i, sizeof learnt);
            for (std::uint32_t k = 0; k < clock_block; ++k) {
                known[k] = known[k] < learnt[k] ? learnt[k] : known[k];
            }
            std::memcpy(to + i, known.data(), sizeof known);
        } while ((i += clock_block) < width);
    }
    std::uint32_t* writable(sync_clock& c) {
        if (c.times == nullptr) {
            c.times = make_clock();
        } else if (c.times[-1] < clock_width_) [[unlikely]] {
            widen(c);
        }
        return c.times;
    }
    void widen(sync_clock& c);
    bool all_finished() const {
        return finished_ == (tasks_ == tasks_max ? ~task_bits{0} : (task_bits{1} << tasks_) - 1);
    }
    /// `a` is ready, and from now on can, or cannot, step.
    void make_able(actor a);
    void set_able(actor a, bool able) {
        const task_bits bit = detail::numbering<tasks_max>::bit_of(a);
        if (able) {
            (is_task(a) ? ready_ : callbacks_) |= bit;
        } else {
            (is_task(a) ? ready_ : callbacks_) &= ~bit;
        }
    }

    static constexpr std::uint32_t clock_block = 4;  ///< widths are multiples of it

    static inline constinit thread_local execution* current_execution = nullptr;

    // Read at every scheduling point.
    detail::context* current_ = nullptr;
    std::uint32_t points_ = 0;
    /// Up to here every point is an ordinary one: nothing but tasks that each have a CPU can step, and nobody
    /// looks on. 0: who can step has to be found out first, or there is more to be thought of.
    std::uint32_t points_limit_ = 0;
    actor only_ = no_actor;  ///< the one enabled actor, if there is exactly one; valid unless dirty_
    bool dirty_ = true;      ///< who can step may have changed
    bool outside_ = true;    ///< boot or an external event: no scheduling points
    bool fair_ = false;
    bool unwinding_ = false;
    std::uint32_t settled_until_ = 0;    ///< see strategy::settled_until
    std::uint32_t ordinary_points_ = 0;  ///< the points_limit_ where nothing but tasks with a CPU can step
    bool watching_ = false;              ///< the strategy wants to know what steps touch
    bool following_ = false;             ///< the strategy wants to know of steps without a choice
    bool cpu_per_task_ = true;
    bool free_choice_ = false;  ///< some task may take a CPU by the strategy's choice
    bool affinities_ = false;   ///< some task may not run everywhere
    actor last_task_ = no_actor;
    actor retrying_ = no_actor;
    actor fair_last_ = no_actor;
    situation where_;  ///< of the last choice; `enabled` and `turns` are those of now
    strategy* strategy_ = nullptr;
    random_source* lots_ = nullptr;  ///< see strategy::draws_from
    task_bits ready_ = 0;            ///< tasks in state ready
    task_bits waiting_ = 0;          ///< ready tasks without a CPU
    task_bits stepped_ = 0;          ///< tasks that have stepped since they got their CPU
    task_bits finished_ = 0;
    std::uint64_t armed_ = 0;     ///< event slots with an armed timer
    std::uint64_t external_ = 0;  ///< enabled external events
    task_bits callbacks_ = 0;     ///< running callbacks that can step, by their events
    task_bits interrupted_ = 0;   ///< tasks with a callback on top
    unsigned tasks_ = 0;
    unsigned externals_ = 0;
    unsigned cpus_ = 0;
    unsigned timers_reserved_ = 0;
    unsigned clock_width_ = 0;
    unsigned clocks_used_ = 0;
    std::uint64_t serial_ = 0;
    std::int64_t queue_head_ = 0;
    std::int64_t queue_tail_ = 0;
    nanoseconds now_ = 0;
    std::uint32_t objects_ = 0;
    std::uint32_t cells_ = 0;
    std::uint32_t progress_ = 0;
    std::uint32_t fair_progress_ = 0;
    std::uint32_t fair_end_ = 0;
    std::uint32_t points_when_unwound_ = 0;  ///< when the unwinding of the current fiber began
    state_set states_{};
    tracked_object immortal_;
    tracked_object* constructing_ = &immortal_;

    run_options options_;
    program* program_ = nullptr;
    run_result result_;
    std::vector<std::pair<std::string_view, std::string_view>> made_up_names_;  ///< and what they stand for
    lock_order order_;
    tenthrule::arena arena_;
    stack_pool stacks_;
    detail::context outside_context_;
    detail::context main_;
    detail::exception_state* exceptions_ = nullptr;  ///< this thread's
    detail::context* on_stack_ = nullptr;            ///< whose stack an external event's code runs on
    std::array<detail::cpu, tasks_max> cpu_;
    std::array<operation, 256> pending_;  // by actor; the last one belongs to nobody
    std::array<detail::event_slot, events_max> slots_;
    std::array<detail::context, actors_max> contexts_;
};

}  // namespace tenthrule
