#include "conform/host/host.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <optional>

#include <fmt/format.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "conform/host/clock.hpp"
#include "conform/host/user_memory.hpp"
#include "conform/host/worker.hpp"
#include "conform/operations.hpp"

namespace tenthrule::conform {

namespace {

constexpr host_time patience = 2 * host_second;       ///< for somebody to return or to fall asleep
constexpr host_time first_unit = 250 * microseconds;  ///< of time for each step, while timeouts are pending
constexpr host_time margin = 20 * microseconds;       ///< a step that ends this close to a deadline was late
constexpr host_time grace = 80 * microseconds;        ///< from a deadline until its timer has fired
constexpr int attempts_max = 5;                       ///< at a sequence with timeouts, each with more time
// The kernel allows real-time threads most of a second; rests of our own keep us far away from its limit,
// which would stop them at moments that nobody chose.
constexpr host_time busy_max = 50 * milliseconds;
constexpr host_time rest = 5 * milliseconds;

constexpr int strict_priority_min = 2;  ///< the director has 1

// Buckets of a table of its own for this process, so that no two words share one (Linux 6.16 and later; the
// numbers are those of linux/prctl.h). Elsewhere they rarely do.
void ask_for_many_buckets() {
    constexpr int futex_hash = 78;
    constexpr unsigned long set_slots = 1;
    constexpr unsigned long slots = 65536;
    prctl(futex_hash, set_slots, slots, 0UL, 0UL);
}

void move_to(int cpu) {
    cpu_set_t there;
    CPU_ZERO(&there);
    CPU_SET(static_cast<std::size_t>(cpu), &there);
    sched_setaffinity(0, sizeof(there), &there);
}

scheduling scheduling_of(policy p, int priority) {
    return {p != policy::other, priority, p == policy::rr};
}

int futex_code(operation_id id) {
    switch (id) {
        case operation_id::wait:
            return FUTEX_WAIT;
        case operation_id::wait_bitset:
            return FUTEX_WAIT_BITSET;
        case operation_id::wake:
            return FUTEX_WAKE;
        case operation_id::wake_bitset:
            return FUTEX_WAKE_BITSET;
        case operation_id::wake_op:
            return FUTEX_WAKE_OP;
        case operation_id::requeue:
            return FUTEX_REQUEUE;
        case operation_id::cmp_requeue:
            return FUTEX_CMP_REQUEUE;
        case operation_id::lock_pi:
            return FUTEX_LOCK_PI;
        case operation_id::lock_pi2:
            return lock_pi2_code;
        case operation_id::trylock_pi:
            return FUTEX_TRYLOCK_PI;
        case operation_id::unlock_pi:
            return FUTEX_UNLOCK_PI;
        case operation_id::wait_requeue_pi:
            return FUTEX_WAIT_REQUEUE_PI;
        default:
            return FUTEX_CMP_REQUEUE_PI;
    }
}

// The operation, comparison and operands of FUTEX_WAKE_OP in one word. Seven and fifteen are none.
std::uint32_t wake_op_code(const step& s, const tid_names& names) {
    const std::uint32_t operation =
        s.operation == kernel::wake_op_kind::bad ? 7U : static_cast<std::uint32_t>(s.operation);
    const std::uint32_t compare =
        s.compare == kernel::wake_op_compare::bad ? 15U : static_cast<std::uint32_t>(s.compare);
    return operation << 28U | compare << 24U | (encode(s.operand, names) & 0xfffU) << 12U |
           (encode(s.compare_with, names) & 0xfffU);
}

bool takes_realtime_deadline(const step& s) {
    return s.realtime || s.op == operation_id::lock_pi;
}

}  // namespace

// ---- The director

class host::director {
public:
    explicit director(const abilities& what) : abilities_(what), offset_(realtime_offset()) {
        ask_for_many_buckets();
        prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
        worker::install_handlers();
    }
    ~director() {
        direct_from_outside();
    }

    host_run play(const sequence& s, bool strict);

private:
    struct late {};

    void play_once(const sequence& s, host_run& to);
    void set_up(const sequence& s);
    void clear_up();

    void take(std::size_t number);
    void order_call(std::size_t number);
    order order_of(std::size_t number, const step& s);
    void fill_timeout(std::size_t number, const step& s, futex_call& to);
    void act_from_outside(std::size_t number);
    void touch_memory(const step& s);

    /// Waits until everybody has returned or sleeps. False: not in time.
    bool settle();
    bool all_asleep();
    bool wait_for(const std::function<bool()>& condition);
    outcome observe(const std::array<bool, threads_max>& busy_before);

    std::array<bool, threads_max> busy() const;
    void check_punctual(std::size_t number, const std::vector<host_time>& deadlines) const;
    void direct_strictly();
    void direct_from_outside();
    void take_a_rest();

    const abilities& abilities_;
    user_memory memory_;
    std::vector<std::unique_ptr<worker>> workers_;
    host_time offset_;
    host_time busy_since_ = 0;
    std::optional<bool> strict_;  ///< how the director runs at present

    // Of the sequence that is being played
    const sequence* sequence_ = nullptr;
    tid_names names_;
    std::vector<host_time> deadlines_;  ///< for each step whose timeout is to fire, when; else 0
    host_time unit_ = first_unit;
    host_time start_ = 0;
};

void host::director::direct_strictly() {
    if (strict_ == true) {
        return;
    }
    move_to(abilities_.cpu);
    sched_param least{};
    least.sched_priority = strict_priority_min - 1;
    sched_setscheduler(0, SCHED_FIFO, &least);
    busy_since_ = monotonic_now();
    strict_ = true;
}

void host::director::direct_from_outside() {
    if (strict_ == false) {
        return;
    }
    const sched_param none{};
    sched_setscheduler(0, SCHED_OTHER, &none);
    move_to(abilities_.other_cpu >= 0 ? abilities_.other_cpu : abilities_.cpu);
    strict_ = false;
}

void host::director::take_a_rest() {
    if (strict_ != true || monotonic_now() - busy_since_ < busy_max) {
        return;
    }
    sleep_until(monotonic_now() + rest);
    busy_since_ = monotonic_now();
}

host_run host::director::play(const sequence& s, bool strict) {
    host_run run;
    take_a_rest();
    if (strict) {
        direct_strictly();
    } else {
        direct_from_outside();
    }
    unit_ = first_unit;
    for (int attempt = 0; attempt < attempts_max; ++attempt, unit_ *= 3) {
        run = {};
        try {
            set_up(s);
            play_once(s, run);
            clear_up();
            return run;
        } catch (const late&) {
            clear_up();
        }
    }
    run.end = play_end::undecided;
    run.why = "the machine was too slow for the timeouts";
    return run;
}

void host::director::set_up(const sequence& s) {
    sequence_ = &s;
    names_.threads = static_cast<unsigned>(s.threads.size());
    names_.nobody = nobody_tid;
    names_.kernel_thread = abilities_.kernel_thread;
    for (unsigned t = 0; t < names_.threads; ++t) {
        const scheduling how = scheduling_of(s.threads[t].sched, s.threads[t].priority);
        if (t == workers_.size()) {
            workers_.push_back(std::make_unique<worker>(t, abilities_.cpu, how));
        } else {
            workers_[t]->set_scheduling(how);
        }
        names_.of_thread[t] = static_cast<std::uint32_t>(workers_[t]->tid());
    }
    memory_.begin(static_cast<unsigned>(s.words.size()), s.process_shared);
    for (unsigned w = 0; w < s.words.size(); ++w) {
        *memory_.word(w) = encode(s.initial[w], names_);
    }
    deadlines_.assign(s.steps.size(), 0);
    start_ = monotonic_now();
    for (std::size_t i = 0; i < s.steps.size(); ++i) {
        if (s.steps[i].timeout != timeout_kind::fire) {
            continue;
        }
        for (std::size_t k = i + 1; k < s.steps.size(); ++k) {
            if (s.steps[k].op == operation_id::fire && static_cast<int>(s.steps[k].thread) == s.steps[i].by) {
                deadlines_[i] = start_ + static_cast<host_time>(k + 1) * unit_;
                break;
            }
        }
    }
}

// Whatever threads and words are in, nothing of it is left for the next sequence.
void host::director::clear_up() {
    for (const std::unique_ptr<worker>& w : workers_) {
        w->reset_robust_list();
        if (!w->idle() && !w->has_ended()) {
            w->abandon();
        }
    }
    for (std::unique_ptr<worker>& w : workers_) {
        const worker& it = *w;
        wait_for([&] { return it.idle() || it.has_ended(); });
    }
    // A new thread for each that has ended. The vector stays in order of the threads' numbers.
    for (std::size_t t = 0; t < workers_.size(); ++t) {
        if (workers_[t]->has_ended()) {
            workers_[t].reset();
            workers_[t] = std::make_unique<worker>(
                static_cast<unsigned>(t), abilities_.cpu,
                scheduling_of(strict_ == true ? policy::fifo : policy::other, strict_priority_min));
        }
    }
}

std::array<bool, threads_max> host::director::busy() const {
    std::array<bool, threads_max> b{};
    for (unsigned t = 0; t < names_.threads; ++t) {
        b[t] = !workers_[t]->idle() && !workers_[t]->has_ended();
    }
    return b;
}

void host::director::play_once(const sequence& s, host_run& to) {
    for (std::size_t i = 0; i < s.steps.size(); ++i) {
        std::array<bool, threads_max> busy_before = busy();
        if (s.steps[i].by != step::outside) {
            if (busy_before[static_cast<std::size_t>(s.steps[i].by)]) {
                return;  // it cannot take this step: the outcomes so far differ from what was expected
            }
            busy_before[static_cast<std::size_t>(s.steps[i].by)] = true;
        }
        const std::vector<host_time> pending = deadlines_;
        take(i);
        if (!settle()) {
            to.end = play_end::undecided;
            to.why = fmt::format("after step {} somebody neither returned nor slept in futex(2) for {} s",
                                 i + 1, patience / host_second);
            return;
        }
        to.after.push_back(observe(busy_before));
        check_punctual(i, pending);
    }
}

// Steps are as good as instantaneous only if they are over well before the next timeout.
void host::director::check_punctual(std::size_t number, const std::vector<host_time>& deadlines) const {
    const host_time now = monotonic_now();
    for (std::size_t i = 0; i <= number; ++i) {
        if (deadlines[i] == 0) {
            continue;
        }
        const bool is_over = now + margin >= deadlines[i];
        const auto slot = static_cast<std::size_t>((deadlines[i] - start_) / unit_) - 1;
        if (is_over && slot > number) {
            throw late{};
        }
    }
}

void host::director::take(std::size_t number) {
    const step& s = sequence_->steps[number];
    if (s.by == step::outside && s.op != operation_id::store) {
        act_from_outside(number);
    } else if (s.op == operation_id::store || s.op == operation_id::robust_add ||
               s.op == operation_id::robust_pending) {
        touch_memory(s);
        if (s.by != step::outside) {
            workers_[static_cast<std::size_t>(s.by)]->did_nothing();
        }
    } else {
        order_call(number);
    }
}

// What a thread does to its own memory the director can do for it, as long as nobody else runs.
void host::director::touch_memory(const step& s) {
    if (s.op == operation_id::store) {
        std::atomic_ref(*memory_.word(s.word.word)).store(encode(s.value, names_));
        return;
    }
    const auto t = static_cast<unsigned>(s.by);
    robust_list_head& head = workers_[t]->robust_head();
    robust_list* const node = memory_.node(t, s.word);
    // Bit 0 of a pointer to an entry says that it is a PI futex.
    auto* const marked =
        reinterpret_cast<robust_list*>(reinterpret_cast<std::uintptr_t>(node) | (s.pi ? 1U : 0U));
    if (s.op == operation_id::robust_pending) {
        head.list_op_pending = marked;
        return;
    }
    const auto unmarked = [](robust_list* entry) {
        return reinterpret_cast<robust_list*>(reinterpret_cast<std::uintptr_t>(entry) & ~std::uintptr_t{1});
    };
    robust_list** link = &head.list.next;
    while (*link != &head.list) {
        if (unmarked(*link) == node) {
            return;  // it cannot be on the list twice
        }
        link = &unmarked(*link)->next;
    }
    node->next = &head.list;
    *link = marked;
}

void host::director::fill_timeout(std::size_t number, const step& s, futex_call& to) {
    to.has_timeout = s.timeout != timeout_kind::none;
    const bool relative = s.op == operation_id::wait;
    const host_time now = monotonic_now();
    host_time when = 0;
    switch (s.timeout) {
        case timeout_kind::none:
            return;
        case timeout_kind::invalid:
            to.timeout.tv_nsec = 2 * host_second;
            return;
        case timeout_kind::negative:
            to.timeout.tv_sec = -1;
            return;
        case timeout_kind::expired:
            when = now - host_second;
            break;
        case timeout_kind::far:
            when = now + 3600 * host_second;
            break;
        case timeout_kind::fire:
            when = deadlines_[number] != 0 ? deadlines_[number] : now + 3600 * host_second;
            break;
    }
    if (relative) {
        when = std::max<host_time>(0, when - now);
    } else if (takes_realtime_deadline(s)) {
        when += offset_;
    }
    to.timeout = to_timespec(when);
}

order host::director::order_of(std::size_t number, const step& s) {
    order o;
    o.call.word = memory_.at(s.word);
    switch (s.op) {
        case operation_id::cas_lock:
            o.is = order::kind::compare_and_swap;
            o.to = names_.of_thread[static_cast<std::size_t>(s.by)];
            return o;
        case operation_id::cas_unlock:
            o.is = order::kind::compare_and_swap;
            o.from = names_.of_thread[static_cast<std::size_t>(s.by)];
            return o;
        case operation_id::exit:
            o.is = order::kind::exit;
            return o;
        case operation_id::get_robust_list:
            o.is = order::kind::get_robust_list;
            o.of = s.of == whose::own
                       ? 0
                       : static_cast<pid_t>(s.of == whose::nobody ? nobody_tid : names_.of_thread[s.thread]);
            o.into_null = s.into_null;
            return o;
        default:
            break;
    }
    fill_timeout(number, s, o.call);
    if (s.op == operation_id::waitv) {
        o.is = order::kind::waitv;
        o.clock = s.realtime ? CLOCK_REALTIME : CLOCK_MONOTONIC;
        for (const waited_word& w : s.vector) {
            o.vector[o.vector_size++] = {encode(w.value, names_),
                                         reinterpret_cast<std::uintptr_t>(memory_.at(w.at)),
                                         waitv_32_bits | (sequence_->process_shared ? 0U : waitv_private), 0};
        }
        return o;
    }
    futex_call& c = o.call;
    c.op = futex_code(s.op);
    c.is_private = !sequence_->process_shared;
    c.realtime = s.realtime;
    c.word2 = memory_.at(s.target);
    const operation_info& takes = info(s.op);
    c.val = takes.takes(field_id::wake_count) ? static_cast<std::uint32_t>(s.wake_count)
                                              : encode(s.value, names_);
    c.val2 = static_cast<std::uint32_t>(s.move_count);
    if (takes.takes(field_id::bits)) {
        c.val3 = s.bits;
    } else if (s.op == operation_id::wake_op) {
        c.val3 = wake_op_code(s, names_);
    } else {
        c.val3 = encode(s.value, names_);
    }
    return o;
}

void host::director::order_call(std::size_t number) {
    const step& s = sequence_->steps[number];
    const order first = order_of(number, s);
    std::optional<order> second;
    if (s.then) {
        step next;
        next.by = s.by;
        next.op = *s.then;
        next.word = s.word;
        second = order_of(number, next);
    }
    worker& by = *workers_[static_cast<std::size_t>(s.by)];
    by.start(first, second ? &*second : nullptr);
    if (s.timeout == timeout_kind::expired) {
        // Its timer may take a moment, in which it is seen asleep.
        wait_for([&] { return by.idle(); });
    }
}

void host::director::act_from_outside(std::size_t number) {
    const step& s = sequence_->steps[number];
    worker& to = *workers_[s.thread];
    if (s.op == operation_id::signal) {
        const std::uint32_t before = to.signals_handled();
        to.send_signal(s.restart);
        wait_for([&] { return to.signals_handled() != before; });
    } else if (s.op == operation_id::set_priority) {
        to.set_scheduling(scheduling_of(s.priority == 0 ? policy::other : policy::fifo, s.priority));
    } else {
        for (std::size_t i = number; i-- > 0;) {
            const bool the_call = deadlines_[i] != 0 && sequence_->steps[i].by == static_cast<int>(s.thread);
            if (the_call) {
                sleep_until(deadlines_[i] + grace);
                break;
            }
        }
        wait_for([&] { return to.idle(); });
    }
}

// ---- Until everybody has returned or sleeps

bool host::director::wait_for(const std::function<bool()>& condition) {
    const host_time until = monotonic_now() + patience;
    for (unsigned turn = 1; !condition(); ++turn) {
        if (monotonic_now() > until) {
            return condition();
        }
        // Whoever is waited for may need this CPU. A strict director never runs while others can, but for the
        // end of a thread or on a machine that was busy elsewhere.
        if (strict_ == true || turn % 64 == 0) {
            sleep_until(monotonic_now() + 20 * microseconds);
        } else {
            sched_yield();
        }
    }
    return true;
}

bool host::director::settle() {
    if (strict_ == true) {
        // That this thread runs is the proof, but for threads that are about to be gone.
        return wait_for([&] {
            return std::all_of(workers_.begin(), workers_.begin() + names_.threads, [](const auto& w) {
                return !w->ordered_to_end() || w->idle() || w->has_ended() || w->sleeps_in_futex();
            });
        });
    }
    return wait_for([&] { return all_asleep(); });
}

// Twice, in opposite orders: if nobody ran between the first look at how often they had run and the last,
// there was an instant at which all slept.
bool host::director::all_asleep() {
    std::array<std::uint64_t, threads_max> runs{};
    const std::array<bool, threads_max> working = busy();
    for (unsigned t = 0; t < names_.threads; ++t) {
        if (working[t]) {
            runs[t] = workers_[t]->times_run();
            if (!workers_[t]->sleeps_in_futex()) {
                return false;
            }
        }
    }
    for (unsigned t = 0; t < names_.threads; ++t) {
        if (working[t] && (!workers_[t]->sleeps_in_futex() || workers_[t]->times_run() != runs[t])) {
            return false;
        }
    }
    return working == busy();
}

outcome host::director::observe(const std::array<bool, threads_max>& busy_before) {
    outcome o;
    const std::array<bool, threads_max> still_busy = busy();
    for (unsigned t = 0; t < names_.threads; ++t) {
        const worker& w = *workers_[t];
        const bool ended = w.has_ended();
        o.asleep[t] = still_busy[t];
        if (busy_before[t] && !still_busy[t] && !ended) {
            o.calls[t].any = true;
            o.calls[t].result = w.result();
            o.calls[t].has_second = w.has_second_result();
            o.calls[t].second = w.has_second_result() ? w.second_result() : 0;
        }
        o.priority[t] = ended ? outcome::gone : w.effective_priority();
    }
    for (unsigned w = 0; w < sequence_->words.size(); ++w) {
        o.words[w] = decode(std::atomic_ref(*memory_.word(w)).load(), names_);
    }
    return o;
}

// ---- host

namespace {

bool all_strict(const sequence& s) {
    const bool threads = std::all_of(s.threads.begin(), s.threads.end(), [](const thread_setup& t) {
        return t.sched != policy::other && t.priority >= strict_priority_min;
    });
    return threads && std::all_of(s.steps.begin(), s.steps.end(), [](const step& each) {
               return each.op != operation_id::set_priority || each.priority >= strict_priority_min;
           });
}

bool any_realtime(const sequence& s) {
    const bool threads = std::any_of(s.threads.begin(), s.threads.end(),
                                     [](const thread_setup& t) { return t.sched != policy::other; });
    return threads || std::any_of(s.steps.begin(), s.steps.end(), [](const step& each) {
               return each.op == operation_id::set_priority && each.priority != 0;
           });
}

// Whether it has a call that looks for the task that a word names, and lends it priority.
bool looks_up_owners(const sequence& s) {
    const auto does = [](operation_id id) {
        return id == operation_id::lock_pi || id == operation_id::lock_pi2 ||
               id == operation_id::trylock_pi || id == operation_id::cmp_requeue_pi;
    };
    return std::any_of(s.steps.begin(), s.steps.end(),
                       [&](const step& each) { return does(each.op) || (each.then && does(*each.then)); });
}

bool is_task_of_this_machine(const word_value& v) {
    constexpr std::uint32_t tid_limit = 4'194'304;  // the largest pid_max that the kernel allows
    return v.is == word_value::kind::number && v.number != 0 && v.number <= tid_limit &&
           task_exists(v.number);
}

bool mentions_kernel_thread(const sequence& s) {
    const auto is_one = [](const word_value& v) { return v.is == word_value::kind::kernel_thread; };
    return std::any_of(s.initial.begin(), s.initial.end(), is_one) ||
           std::any_of(s.steps.begin(), s.steps.end(),
                       [&](const step& each) { return is_one(each.value) || is_one(each.operand); });
}

}  // namespace

host::host(const abilities& what) : director_(std::make_unique<director>(what)) {}
host::~host() = default;

std::string host::unable(const abilities& what, const sequence& s, const std::vector<outcome>& reached) {
    if (!what.unable.empty()) {
        return what.unable;
    }
    if (any_realtime(s) && !what.realtime) {
        return "real-time scheduling is not permitted here";
    }
    if (s.needs_strict_order() && !all_strict(s)) {
        return "'then' needs real-time priorities of at least 2 for all threads";
    }
    if (mentions_kernel_thread(s) && what.kernel_thread == 0) {
        return "no kernel thread is visible here";
    }
    if (!looks_up_owners(s)) {
        return {};
    }
    for (std::size_t w = 0; w < s.words.size(); ++w) {
        if (is_task_of_this_machine(s.initial[w])) {
            return fmt::format("word {} is {}, the TID of a task of this machine", s.words[w],
                               s.initial[w].number);
        }
        for (const outcome& o : reached) {
            if (is_task_of_this_machine(o.words[w])) {
                return fmt::format("word {} would become {}, the TID of a task of this machine", s.words[w],
                                   o.words[w].number);
            }
        }
    }
    return {};
}

host_run host::play(const sequence& s, watching how) {
    const bool strict = how != watching::polled && all_strict(s);
    if ((how == watching::strict && !strict) || (!strict && s.needs_strict_order())) {
        return {play_end::unable, {}, "the sequence cannot be watched in this way"};
    }
    return director_->play(s, strict);
}

}  // namespace tenthrule::conform
