#include "runtime/execution.hpp"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <exception>

#include <cxxabi.h>

#include "runtime/fiber.hpp"
#include "runtime/jump.hpp"
#include "runtime/sanitizer.hpp"

namespace tenthrule {

using detail::context;
using detail::event_slot;
using detail::exception_state;

namespace {

std::atomic<std::uint64_t> serials_taken{0};
constexpr std::uint64_t serials_at_once = 1024;

}  // namespace

execution::execution() {
    where_.pending = pending_.data();
    outside_context_.name = "outside";
    main_.name = "outside";
    current_ = &outside_context_;
}

execution::~execution() = default;

const run_result& execution::run(program& p, strategy& s, const run_options& options, std::uint64_t seed) {
    struct restored_at_end {
        execution* enclosing;
        footprint* recording;
        user_code::scope side{false};
        ~restored_at_end() {
            current_execution = enclosing;
            footprint::activate(recording);
        }
    };
    const restored_at_end current{std::exchange(current_execution, this), footprint::active()};
    if (serial_ % serials_at_once == 0) {
        serial_ = serials_taken.fetch_add(serials_at_once, std::memory_order_relaxed);
    }
    ++serial_;
    footprint::activate(nullptr);
    // The layout is part of the C++ ABI (Itanium C++ ABI, "Exception Handling", 2.2.2).
    exceptions_ = reinterpret_cast<exception_state*>(abi::__cxa_get_globals());
    reset(options);
    program_ = &p;
    strategy_ = &s;
    s.begin(seed);
    lots_ = s.draws_from();
    settled_until_ = 0;
    try {
        p.boot(*this);
        prepare_clocks();
        points_ = 0;
        following_ = s.follows();
        limit_points();
        outside_ = false;
        current_ = &main_;
        watching_ = s.watches();
        if (watching_) {
            watch_recording();
        }
        decide();
    } catch (const execution_ended&) {
        // It ended before the first fiber was entered.
    }
    footprint::activate(nullptr);
    if (options_.unwind) {
        unwind_fibers();
    }
    close_step();
    p.over(*this);
    s.end({result_.statistics.points, result_.statistics.choices});
    return result_;
}

void execution::reset(const run_options& options) {
    options_ = options;
    arena_.reset();
    order_.reset();
    result_.end = verdict::completed;
    result_.failure.broken = nullptr;
    result_.failure.message.clear();
    result_.failure.identity.clear();
    made_up_names_.clear();
    result_.statistics = {};
    result_.decisions.clear();
    result_.schedule_hash = 0;
    result_.log.clear();
    for (unsigned i = 0; i < externals_ + timers_reserved_; ++i) {
        slots_[i].state = event_slot::phase::free;
    }
    for (detail::cpu& c : cpu_) {
        c = {};
    }
    current_ = &outside_context_;
    on_stack_ = &main_;
    points_ = 0;
    invalidate();
    outside_ = true;
    fair_ = false;
    unwinding_ = false;
    stepped_ = 0;
    cpu_per_task_ = true;
    affinities_ = false;
    last_task_ = no_actor;
    where_.enabled = {};
    ready_ = waiting_ = finished_ = interrupted_ = callbacks_ = 0;
    armed_ = external_ = 0;
    tasks_ = externals_ = cpus_ = timers_reserved_ = clocks_used_ = 0;
    queue_head_ = queue_tail_ = 0;
    now_ = 0;
    objects_ = cells_ = progress_ = 0;
    retrying_ = no_actor;
    where_.turns = 0;
    watching_ = false;
    following_ = false;
    free_choice_ = false;
    constructing_ = &immortal_;
}

// Clocks are as wide as an execution has ever needed them, so that only the first ones widen theirs.
void execution::prepare_clocks() {
    timers_reserved_ = std::min(std::max(timers_reserved_, tasks_), events_max - externals_);
    clocks_used_ = tasks_;
    clock_width_ = std::max(clock_width_, (clocks_used_ + clock_block - 1) & ~(clock_block - 1));
    for (unsigned i = 0; i < tasks_; ++i) {
        context& c = contexts_[task_actor(i)];
        c.clock_index = static_cast<std::uint8_t>(i);
        start_clock(c);
    }
    for (unsigned i = 0; i < timers_reserved_; ++i) {
        contexts_[first_event + externals_ + i].clock = nullptr;
    }
}

inline void execution::start_clock(context& c) {
    c.clock = make_clock();
    c.clock[c.clock_index] = 1;
}

std::uint8_t execution::new_clock_index() {
    const unsigned index = clocks_used_++;
    if (index >= clock_width_) [[unlikely]] {
        widen_clocks(index);
    }
    return static_cast<std::uint8_t>(index);
}

// Whoever is known must be able to know the new one.
void execution::widen_clocks(unsigned index) {
    clock_width_ = (index + clock_block) & ~(clock_block - 1);
    for (context& c : contexts_) {
        const bool task = is_task(c.id) && task_index(c.id) < tasks_;
        const bool callback = is_event(c.id) && c.id < first_event + externals_ + timers_reserved_ &&
                              c.id >= first_event + externals_;
        if ((task || callback) && c.clock != nullptr) {
            sync_clock clock{c.clock};
            c.clock = writable(clock);
        }
    }
}

void execution::widen(sync_clock& c) {
    std::uint32_t* const wider = make_clock();
    join(wider, c.times);
    c.times = wider;
}

// ---- Setting up

void execution::set_cpus(unsigned n) {
    assert(tasks_ == 0 && n <= 64);
    cpus_ = n;
    cpu_per_task_ = n == 0;
}

actor execution::add_task(const task_spec& spec, entry_function entry, void* argument) {
    assert(tasks_ < tasks_max);
    const engine_scope mine;
    const actor id = task_actor(tasks_);
    context& c = contexts_[id];
    c.clock = nullptr;
    c.id = id;
    c.state = task_state::absent;
    c.may_preempt = true;
    c.cpu = -1;
    c.preempt_count = c.irq_count = c.held_count = 0;
    c.next_spinner = no_actor;
    c.sched = spec.sched;
    c.urgency = urgency_of(spec.sched, spec.priority);
    c.order = 0;
    c.affinity = spec.affinity;
    c.entry = entry;
    c.argument = argument;
    c.name = spec.name;
    c.why = {};
    c.since = 0;
    c.retries = 0;
    c.retry_place = "";
    c.no_throw = 0;
    c.host = nullptr;
    ++tasks_;
    if (!outside_) {
        if (const unsigned timers = timers_reserved_ + 1;
            tasks_ > timers_reserved_ && timers + externals_ <= events_max) {
            slots_[externals_ + timers_reserved_].state = event_slot::phase::free;
            contexts_[first_event + externals_ + timers_reserved_].clock = nullptr;
            timers_reserved_ = timers;
        }
        c.clock_index = new_clock_index();
        c.clock = make_clock();
        join(c.clock, current_->clock);
        c.clock[c.clock_index] = 1;
        ++current_->clock[current_->clock_index];
    }
    const std::uint64_t all_cpus = cpus_ >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << cpus_) - 1;
    beyond_urgency(c.urgency == 0 || c.sched == policy::rr,
                   !cpu_per_task_ && (spec.affinity & all_cpus) != all_cpus);
    make_fiber(c, id);
    pending_[id] = {op_kind::start, access::none, 0, c.name};
    if (spec.start == start_mode::boot) {
        appear(c);
    } else if (spec.start == start_mode::arrives) {
        const auto arrive = [](void* task) {
            execution& e = current();
            e.release(static_cast<context*>(task)->id);
        };
        add_event(op_kind::arrive, c.name, arrive, &c, true);
    } else if (spec.start == start_mode::at_once) {
        begin_at_once(id);
    }
    return id;
}

void execution::begin_at_once(actor task) {
    assert(!outside_ && cpu_per_task_);
    const engine_scope mine;
    appear(contexts_[task]);
    run_in_this_step(contexts_[task]);
}

void execution::go_on_at_once(actor task) {
    assert(cpu_per_task_ && is_task(task));
    const engine_scope mine;
    stop_spinning(task);
    if (!unwinding_) {
        run_in_this_step(contexts_[task]);
    }
}

// Up to its next point.
void execution::run_in_this_step(context& c) {
    if (options_.log) {
        log_step(c.id, arrival_kind::handed_over, false);
    }
    c.host = current_;
    jump(c);
}

actor execution::add_placeholder() {
    task_spec nobody;
    nobody.name = "nobody";
    nobody.start = start_mode::held;
    const actor id = add_task(nobody, nullptr, nullptr);
    contexts_[id].state = task_state::finished;
    finished_ |= task_bit(id);
    return id;
}

actor execution::add_event(op_kind kind, const char* name, entry_function fire, void* argument,
                           bool enabled) {
    assert(outside_ && externals_ < events_max);
    const auto id = static_cast<actor>(first_event + externals_);
    event_slot& slot = slots_[externals_++];
    slot.state = event_slot::phase::external;
    slot.enabled = false;
    slot.kind = kind;
    slot.name = name;
    slot.fire = fire;
    slot.argument = argument;
    slot.source = nullptr;
    enable_event(id, enabled);
    return id;
}

// ---- Fibers

// Exceptions must not leave a fiber, nor must control leave a handler: the report comes behind it.
[[gnu::always_inline]] inline void execution::run_body(context& c) {
    const char* escaped = nullptr;
    try {
        const user_code::scope tested(true);
        c.entry(c.argument);
    } catch (const execution_ended&) {
        throw;
    } catch (const std::exception& e) {
        escaped = arena_.copy(e.what(), std::strlen(e.what()));
    } catch (...) {
        escaped = "of a type that is no std::exception";
    }
    if (escaped != nullptr) {
        report(rules::assertion, fmt::format("exception: {}", escaped),
               fmt::format("an exception left {}: {}", c.name, escaped));
    }
    if (c.held_count != 0) {
        report(rules::lock_leak, fmt::format("ended holding {}", c.held[0].name),
               fmt::format("{} ended while holding {}", c.name, c.held[0].name));
    }
}

struct fiber_entry {
    static void start(fiber::place from, void* given) {
        auto* previous = static_cast<context*>(given);
        previous->fiber = from;
        sanitizer::finish_switch(nullptr, &previous->stack_low, &previous->stack_size);
        execution& e = execution::current();
        context& self = *e.current_;
        try {
            if (!e.unwinding_) {
                e.run_body(self);
            }
        } catch (const execution_ended&) {
            // Only while unwinding: the fiber's destructors have run, which is all that was wanted.
        }
        e.fiber_finished();
    }
};

void execution::make_fiber(context& c, std::size_t stack_number) {
    const stack_pool::stack& s = stacks_.get(stack_number);
    sanitizer::clean_stack(s.low, s.size);
    c.stack_low = s.low;
    c.stack_size = s.size;
    c.fake_stack = nullptr;
    c.started = false;
    c.fiber = fiber::make<&fiber_entry::start>(s.top(), s.size);
}

void execution::end_task() {
    assert(current_->held_count == 0);
    const engine_scope mine;
    fiber_finished();
}

void execution::fiber_finished() {
    context& c = *current_;
    c.started = false;  // nothing is left to unwind
    if (!unwinding_) {
        if (is_event(c.id)) {
            end_callback();
        } else {
            c.state = task_state::finished;
            ready_ &= ~task_bit(c.id);
            finished_ |= task_bit(c.id);
            ++progress_;
            // What may yet happen does so only before the last one finishes.
            footprint::note(places::rest, (armed_ | external_) != 0);
            leave_cpu(c);
        }
        pending_[c.id] = {op_kind::finish, access::none, 0, c.name};
        try {
            decide();
        } catch (const execution_ended&) {
            // A violation that nobody but the last to end could find.
        }
    }
    // Nothing of this fiber is needed any more, not even its fake stack.
    context& to = main_;
    current_ = &to;
    sanitizer::start_switch(nullptr, to.stack_low, to.stack_size);
    fiber::jump(to.fiber, &c);
    __builtin_unreachable();
}

void execution::begin_unwinding() {
    unwinding_ = true;
    points_limit_ = 0;
}

void execution::unwind_fibers() {
    begin_unwinding();
    const auto unwind = [this](context& c) {
        current_ = &main_;
        points_when_unwound_ = points_;
        jump(c);
    };
    // Those made later first: they may use what is on the stacks of those who made them.
    for (unsigned i = tasks_; i-- > 0;) {
        if (context& c = contexts_[task_actor(i)]; c.started) unwind(c);
    }
    for (unsigned i = externals_; i < externals_ + timers_reserved_; ++i) {
        context& callback = contexts_[first_event + i];
        if (slots_[i].state == event_slot::phase::running && callback.started) unwind(callback);
    }
    current_ = &main_;
}

// While destructors run no exception may leave them, nor may one leave the release of a lock, which is most
// likely a guard's destructor: those go on to the next point.
bool execution::may_throw() const {
    return std::uncaught_exceptions() == 0 && current_->no_throw == 0 &&
           pending_[current_->id].kind != op_kind::unlock;
}

void execution::point_while_unwinding() {
    // Code can wait here for what will never come, or catch whatever it is told: such a fiber is left as it
    // is.
    constexpr std::uint32_t enough = 1'000;
    if (++points_ - points_when_unwound_ > enough) {
        jump(main_);
    }
    if (may_throw()) {
        throw execution_ended{};
    }
}

// ---- Locks held

void execution::lock_taken(const void* lock, const lock_class& kind, const char* name, bool check_order) {
    context& c = *current_;
    if (check_order) {
        for (unsigned i = 0; i < c.held_count; ++i) {
            if (!order_.add(*c.held[i].kind, kind)) [[unlikely]] {
                report(rules::lock_order, fmt::format("{} inside {}", kind.name, c.held[i].kind->name),
                       fmt::format("{} takes {} while holding {}; elsewhere {} is taken inside {}", c.name,
                                   name, c.held[i].name, c.held[i].kind->name, kind.name));
            }
        }
    }
    assert(c.held_count < detail::held_locks_max);
    c.held[c.held_count++] = {lock, &kind, name};
}

bool execution::lock_dropped(const void* lock) {
    context& c = *current_;
    for (unsigned i = c.held_count; i-- > 0;) {
        if (c.held[i].lock == lock) {
            for (unsigned j = i + 1; j < c.held_count; ++j) {
                c.held[j - 1] = c.held[j];
            }
            --c.held_count;
            return true;
        }
    }
    return false;
}

// ---- Looking and logging

const char* execution::name(actor a) const {
    if (is_task(a)) {
        return contexts_[a].name;
    }
    if (is_event(a)) {
        return slots_[a - first_event].name;
    }
    return "outside";
}

void execution::log_step(actor who, arrival_kind came, bool deviates) {
    close_step();
    event step;
    step.point = points_;
    step.who = who;
    step.came = came;
    step.deviates = deviates;
    const operation& op = pending_[who];
    step.kind = op.kind;
    step.label = op.label;
    step.cpu = is_event(who) && slots_[who - first_event].source != nullptr
                   ? static_cast<std::int16_t>(slots_[who - first_event].source->cpu)
                   : (is_task(who) ? contexts_[who].cpu : std::int16_t{-1});
    step.fair = fair_;
    result_.log.push_back(std::move(step));
}

void execution::close_step() {
    if (options_.log && !result_.log.empty() && result_.log.back().state.empty()) {
        program_->describe(*this, result_.log.back().state);
    }
}

// Of the current actor's last line: one that it made may have had a line of its own in between.
void execution::set_detail(std::string text) {
    const actor me = current_->id;
    for (std::size_t i = result_.log.size(); i-- > 0;) {
        event& line = result_.log[i];
        if (!line.story && (me == no_actor || line.who == me)) {
            line.detail = line.detail.empty() ? std::move(text) : line.detail + "; " + text;
            return;
        }
    }
}

void execution::add_story(std::string text) {
    close_step();
    event line;
    line.point = points_;
    line.who = current_->id;
    line.cpu = current_->cpu;
    line.story = true;
    line.kind = current_->id == no_actor ? op_kind::signal : pending_[current_->id].kind;
    line.label = std::move(text);
    line.fair = fair_;
    result_.log.push_back(std::move(line));
}

}  // namespace tenthrule
