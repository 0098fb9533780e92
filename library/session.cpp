#include "library/session.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "library/mutex.hpp"
#include "library/weak_memory/weak_memory.hpp"

namespace tenthrule::detail {

namespace {

// Threads are numbered in the order in which they are made, so making one depends on making another.
constexpr std::uint32_t thread_numbers = 1;
constexpr std::uint32_t clock_cell = 2;
constexpr std::uint32_t seq_cst_order = 3;

struct thread_name {
    std::array<char, 5> text{};
};

constexpr auto made_up_names = [] {
    std::array<thread_name, tasks_max> all;
    for (unsigned i = 0; i < tasks_max; ++i) {
        std::size_t length = 0;
        all[i].text[length++] = 't';
        for (const unsigned power : {100U, 10U, 1U}) {
            if (i >= power || power == 1) all[i].text[length++] = static_cast<char>('0' + i / power % 10);
        }
    }
    return all;
}();

}  // namespace

// ---- Executions

void session::begin(execution& machine, const session_options& options, weak_memory* memory) {
    machine_ = &machine;
    memory_ = memory;
    if (memory != nullptr) {
        memory->begin(machine, {options.stale_reads_max, seq_cst_order});
    }
    serial_ = machine.serial();
    options_ = options;
    spurious_failures_ = 0;
    time_passed_ = 0;
    threads_count_ = 0;
    assumed_away = false;
}

void session::end() {
    for (unsigned i = 0; i < threads_count_; ++i) {
        thread_state& t = threads_[i];
        if (t.destroy != nullptr && t.closure != nullptr) {
            t.destroy(std::exchange(t.closure, nullptr));
        }
    }
}

// ---- Threads

thread_state& session::make_thread(const char* name, void (*entry)(void*), void (*destroy)(void*),
                                   void* closure) {
    if (threads_count_ == tasks_max) {
        fail(rules::misuse, "too many threads", "a test can have {} threads in all{}", tasks_max,
             tasks_max == 64 ? ": the CMake option TENTHRULE_TASKS_MAX=128 doubles that" : "");
        throw std::length_error("too many threads");
    }
    footprint::note(places::cell(thread_numbers), true);
    thread_state& t = threads_[threads_count_++];
    t = thread_state{};
    t.destroy = destroy;
    t.closure = closure;
    t.name = name != nullptr ? name : made_up_names[threads_count_ - 1].text.data();
    t.alarm.callback = &ring;
    t.alarm.argument = &t;
    task_spec spec;
    spec.name = t.name;
    spec.start = machine_->self() == no_actor ? start_mode::boot : start_mode::held;
    t.id = machine_->add_task(spec, entry, &t);
    if (t.id != task_actor(threads_count_ - 1)) {
        throw std::logic_error("threads of a test and tasks of its execution are not the same");
    }
    if (machine_->self() != no_actor) {
        changed();
    }
    return t;
}

void session::end_thread(thread_state& t) {
    if (t.held != nullptr) {
        const char* const lock = lock_still_held(t);
        fail(rules::lock_leak, fmt::format("a thread ends holding {}", lock), "{} ends while it holds {}",
             t.name, lock);
    }
    finish(t);
    machine_->end_task();
}

void session::finish(thread_state& t) {
    while (t.locals != nullptr) {
        local_value* const l = std::exchange(t.locals, t.locals->next);
        l->destroy(l->value);
    }
    if (t.destroy != nullptr) {
        t.destroy(std::exchange(t.closure, nullptr));
    }
    t.finished = true;
    footprint::note(places::standing(t.id), true);
    machine_->release(t.end);
    // What a joiner does before its next operation touches nobody else, so nobody need choose when.
    for (task_bits set = std::exchange(t.joiners, 0); set != 0; set &= set - 1) {
        machine_->go_on_at_once(first_task(set));
    }
}

void session::join(thread_state& t) {
    footprint::note(places::standing(t.id), false);
    if (!t.finished) {
        t.joiners |= task_bit(machine_->self());
        wait_reason why;
        why.what = "waits for the end of";
        why.object = t.name;
        why.subject = &t;
        why.holder = [](const void* subject) { return static_cast<const thread_state*>(subject)->id; };
        machine_->point_when_possible({op_kind::resume, access::none, 0, t.name}, why);
        footprint::note(places::standing(t.id), false);
    }
    machine_->acquire(t.end);
    changed();
}

// ---- What is left open

bool session::fails_spuriously() {
    if (spurious_failures_ >= options_.spurious_failures_max) {
        return false;
    }
    if (machine_->choose(2, "a weak compare-exchange fails spuriously") == 0) {
        return false;
    }
    ++spurious_failures_;
    return true;
}

void session::yield(const code_place& where) {
    thread_state& me = self();
    // A loop that only reads, and has come round with nothing changed by this thread.
    const bool same_loop =
        !me.changed_something && me.yielded_at == where.line && std::string_view(me.yielded_in) == where.file;
    me.yielded_in = where.file;
    me.yielded_at = where.line;
    me.changed_something = false;
    machine_->count_retry("yield", same_loop);
    machine_->point(op_kind::yield, access::none, 0, "yield");
}

// ---- Time

std::uint64_t session::now() {
    machine_->begin_own_step();
    footprint::note(places::cell(clock_cell), false);
    return std::max(machine_->now(), time_passed_);
}

// A look takes a microsecond. To a thread that looks again and again time goes faster and faster, so that
// waiting for a point in time by looking at a clock comes to an end.
std::uint64_t session::look_at_clock() {
    constexpr std::uint32_t patience = 16;
    constexpr std::uint32_t doublings_max = 20;
    machine_->begin_own_step();
    footprint::note(places::cell(clock_cell), true);
    thread_state& me = self();
    const std::uint32_t looks = me.clock_looks++;
    const std::uint32_t doublings = looks < patience ? 0 : std::min(looks - patience, doublings_max);
    time_passed_ = now() + (std::uint64_t{1'000} << doublings);
    return time_passed_;
}

void session::start_alarm(std::uint64_t deadline, const char* name) {
    thread_state& me = self();
    me.timed_out = false;
    me.alarm.name = name;
    me.alarm.slot = no_actor;
    me.alarm.running = false;
    bool armed = true;
    try {
        machine_->arm(me.alarm, deadline);
    } catch (const std::length_error&) {
        armed = false;  // control must not leave a handler
    }
    if (!armed) {
        fail(rules::misuse, "too many timed waits", "at most {} threads can wait with a deadline at once",
             events_max);
        throw std::length_error("too many timed waits");
    }
}

void session::stop_alarm() {
    thread_state& me = self();
    machine_->cancel(me.alarm);
    me.timed_out = false;
    me.clock_looks = 0;
}

void session::ring(void* state) {
    auto& t = *static_cast<thread_state*>(state);
    t.timed_out = true;
    if (t.on_alarm != nullptr) {
        if (t.alarm_touches != 0) {
            footprint::note(places::object(t.alarm_touches), true);
        }
        t.on_alarm(t, t.alarm_at);
    }
}

// ---- Waiting

wait_reason without_holder(wait_reason why) {
    why.holder = nullptr;
    return why;
}

void blocked_tasks::enter(const operation& op, bool possible, const wait_reason& why) {
    execution& e = session::current().machine();
    const actor me = e.self();
    tasks_ |= task_bit(me);
    possible_ = possible;
    footprint::note_look(places::object(op.object));
    if (possible) {
        e.point(op.kind, op.mode, op.object, op.label);
    } else {
        e.point_when_possible(op, why, execution::until::possible);
    }
    leave(me);
}

void blocked_tasks::enter_before_alarm(const operation& op, bool possible, const wait_reason& why) {
    session& s = session::current();
    thread_state& me = s.self();
    if (me.timed_out) {
        s.machine().point(op.kind, op.mode, op.object, op.label);
        return;
    }
    me.alarm_at = this;
    me.alarm_touches = 0;  // whoever is about to touch the lock depends on the alarm by cancelling it
    me.on_alarm = [](thread_state& t, void* where) {
        execution& e = session::current().machine();
        static_cast<blocked_tasks*>(where)->leave(t.id);
        if (e.state(t.id) == task_state::spinning) {
            e.stop_spinning(t.id);
        }
    };
    enter(op, possible, without_holder(why));
    me.on_alarm = nullptr;
}

void blocked_tasks::adopt(actor a, bool possible, const wait_reason& why) {
    execution& e = session::current().machine();
    tasks_ |= task_bit(a);
    possible_ = possible;
    if (possible) {
        e.stop_spinning(a);
    } else {
        e.stop_at_point(a, why);
    }
}

void blocked_tasks::allow(bool possible, const wait_reason& why) {
    if (std::exchange(possible_, possible) == possible) {
        return;
    }
    execution& e = session::current().machine();
    for (task_bits set = tasks_; set != 0; set &= set - 1) {
        const actor a = first_task(set);
        if (possible) {
            e.go_on_at_point(a);
        } else {
            const thread_state& t = session::current().thread(a);
            const bool has_deadline = t.on_alarm != nullptr && t.alarm_at == this;
            e.stop_at_point(a, has_deadline ? without_holder(why) : why, execution::until::possible);
        }
    }
}

void sleepers::add(actor a) {
    session& s = session::current();
    s.thread(a).next_sleeper = no_actor;
    (first_ == no_actor ? first_ : s.thread(last_).next_sleeper) = a;
    last_ = a;
}

void sleepers::sleep(const operation& op, const wait_reason& why) {
    session& s = session::current();
    add(s.self().id);
    s.machine().point_when_possible(op, why);
}

unsigned sleepers::count() const {
    unsigned n = 0;
    for (actor a = first_; a != no_actor; a = session::current().thread(a).next_sleeper) {
        ++n;
    }
    return n;
}

actor sleepers::take(unsigned n) {
    session& s = session::current();
    actor before = no_actor;
    actor at = first_;
    for (; n > 0; --n) {
        before = at;
        at = s.thread(at).next_sleeper;
    }
    (before == no_actor ? first_ : s.thread(before).next_sleeper) = s.thread(at).next_sleeper;
    if (last_ == at) {
        last_ = before;
    }
    return at;
}

actor sleepers::take_first() {
    return take(0);
}

bool sleepers::remove(actor a) {
    unsigned n = 0;
    for (actor at = first_; at != no_actor; at = session::current().thread(at).next_sleeper, ++n) {
        if (at == a) {
            take(n);
            return true;
        }
    }
    return false;
}

actor sleepers::wake_one(const char* label) {
    if (empty()) {
        return no_actor;
    }
    execution& e = session::current().machine();
    const actor woken = take(e.choose(count(), label));
    e.stop_spinning(woken);
    return woken;
}

// ---- Failures

void violated(const rule& r, std::string_view identity, std::string_view message) {
    execution& e = session::current().machine();
    e.report(r, std::string(identity), std::string(message));
}

void used_outside(const char* what) {
    throw std::logic_error(std::string(what) +
                           " can be used only in a test that tenthrule::explore executes");
}

}  // namespace tenthrule::detail
