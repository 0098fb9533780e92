#include "tests/support/generated_program.hpp"

#include <fmt/format.h>

#include "runtime/random.hpp"

namespace tenthrule::test {

namespace {

constexpr lock_class kinds[] = {{1, "lock"}, {2, "inner lock"}};
constexpr const char* names[] = {"a", "b", "c", "d"};
constexpr const char* code_names[] = {
    "load",  "store",      "add",        "swap",        "lock",       "lock_irq", "unlock",
    "guard", "sleep",      "wake",       "arm",         "cancel",     "value",    "urgency",
    "look",  "clock",      "let_go",     "preempt_off", "preempt_on", "yield",    "handler",
    "await", "await_both", "await_flag", "claim",       "try_lock",   "try_once"};

}  // namespace

generated_program::generated_program(std::uint64_t seed, const flavour& what)
    : cpus_(what.cpus), policies_(what.policies) {
    random_source random;
    random.reseed(seed);
    draw(random, what);
}

void generated_program::draw(random_source& random, const flavour& what) {
    const unsigned tasks = 2 + random.below(what.tasks_max - 1);
    const unsigned operations = tasks + random.below(what.operations_max - tasks + 1);
    bodies_.resize(tasks);
    bool somebody_held = false;
    for (unsigned t = 0; t < tasks; ++t) {
        body& b = bodies_[t];
        b.program = this;
        b.number = t;
        b.spec.name = names[t];
        constexpr policy policies[] = {policy::other, policy::fifo, policy::fifo, policy::rr};
        b.spec.sched = policies[random.below(4)];
        if (what.fifo_only) {
            b.spec.sched = policy::fifo;
        }
        b.spec.priority = 1 + static_cast<int>(random.below(3));
        const std::uint32_t start = random.below(8);
        if (what.events && t > 0 && start == 0) {
            b.spec.start = start_mode::arrives;
        } else if (what.sleeps && t > 0 && start == 1) {
            b.spec.start = start_mode::held;
            somebody_held = true;
        }
    }
    if (what.events && random.below(3) == 0) {
        handlers_.push_back({this, 0, random.below(2) == 0, no_actor});
    }
    std::vector<code> codes{code::load, code::store, code::add, code::swap};
    const auto also = [&](bool wanted, std::initializer_list<code> more) {
        if (wanted) codes.insert(codes.end(), more);
    };
    also(what.sleeps, {code::sleep, code::wake, code::wake});
    also(what.timers, {code::arm, code::arm, code::cancel, code::look_clock});
    also(what.values, {code::value});
    also(what.rules, {code::look});
    also(what.locks, {code::lock, code::lock, code::lock_irq, code::write_guarded, code::preempt_off});
    also(what.cpus != 0, {code::urgency, code::yield});
    also(what.policies, {code::urgency, code::urgency, code::preempt_off});
    also(somebody_held, {code::let_go});
    also(!handlers_.empty() && !handlers_[0].from_the_beginning, {code::handler});
    also(what.retries, {code::await, code::await_both, code::claim, code::store, code::store});
    also(what.retries && what.locks, {code::try_lock});
    also(what.retries && what.sleeps, {code::await_flag});
    std::vector<code> in_section{code::load, code::store, code::add, code::write_guarded,
                                 code::write_guarded};
    if (what.contention) {
        in_section.insert(in_section.end(), codes.begin() + 4, codes.end());
        const auto cannot_be = [](code c) {
            return c == code::sleep || c == code::lock || c == code::lock_irq || c == code::preempt_off;
        };
        std::erase_if(in_section, cannot_be);
    }
    for (unsigned i = 0; i < operations; ++i) {
        if (what.contention) {
            const unsigned contender = i < tasks ? i : random.below(tasks);
            if (random.below(2) == 0) {
                draw_section(random, bodies_[contender].operations, in_section);
                continue;
            }
        }
        operation_of_task o;
        o.what = codes[random.below(static_cast<std::uint32_t>(codes.size()))];
        o.a = random.below(4);
        o.b = random.below(4);
        std::vector<operation_of_task>& list = bodies_[i < tasks ? i : random.below(tasks)].operations;
        if (o.what == code::lock || o.what == code::lock_irq || o.what == code::try_lock) {
            o.b = 0;
        }
        list.push_back(o);
        // What was taken is given back, with something in between.
        if (o.what == code::lock || o.what == code::lock_irq || o.what == code::try_lock ||
            o.what == code::preempt_off) {
            operation_of_task inside;
            inside.what = random.below(2) == 0 ? code::write_guarded : code::store;
            inside.a = random.below(4);
            inside.b = random.below(4);
            list.push_back(inside);
            list.push_back({o.what == code::preempt_off ? code::preempt_on : code::unlock,
                            o.what == code::lock_irq ? 1U : 0U, 0});
        }
    }
}

// A lock that is held for a while, perhaps with another one taken, or tried, inside.
void generated_program::draw_section(random_source& random, std::vector<operation_of_task>& list,
                                     const std::vector<code>& inside) {
    const auto something = [&] {
        operation_of_task o;
        o.what = inside[random.below(static_cast<std::uint32_t>(inside.size()))];
        o.a = random.below(4);
        o.b = 1 + random.below(3);
        list.push_back(o);
    };
    const auto take = [&](unsigned lock, unsigned how) {
        constexpr code ways[] = {code::lock, code::lock, code::lock_irq, code::try_once};
        list.push_back({ways[how], 0, lock});
        return operation_of_task{code::unlock, how == 2 ? 1U : 0U, lock};
    };
    const unsigned first = random.below(2);
    const operation_of_task leave = take(first, random.below(4));
    something();
    if (random.below(3) == 0) {
        // The other way round it may only be tried.
        const operation_of_task leave_inner = take(1 - first, first == 0 ? random.below(4) : 3);
        something();
        list.push_back(leave_inner);
    }
    list.push_back(leave);
}

std::string generated_program::describe_program() const {
    std::string text = fmt::format("cpus {}", cpus_);
    for (const body& b : bodies_) {
        text += fmt::format("; {} (policy {}, priority {}, start {}):", b.spec.name,
                            static_cast<int>(b.spec.sched), b.spec.priority, static_cast<int>(b.spec.start));
        for (const operation_of_task& o : b.operations) {
            text += fmt::format(" {} {} {},", code_names[static_cast<unsigned>(o.what)], o.a, o.b);
        }
    }
    return text + (handlers_.empty() ? "" : fmt::format("; handler {}", handlers_[0].from_the_beginning));
}

void generated_program::boot(execution& e) {
    e.set_cpus(cpus_);
    words_.clear();
    flags_.clear();
    alarms_.clear();
    reads_.assign(bodies_.size() + 1, 0);
    happened_ = 0;
    for (unsigned w = 0; w < words; ++w) {
        words_.push_back(e.arena().make<shared<std::uint32_t>>(w == 0 ? "x" : "y", 0U));
    }
    locks_.clear();
    for (const lock_class& kind : kinds) {
        locks_.push_back(e.arena().make<raw_spinlock>(kind, kind.name));
    }
    guarded_ = e.arena().make<guarded<std::uint32_t>>("guarded", 0U);
    for (body& b : bodies_) {
        flags_.push_back(e.arena().make<noted<bool>>(false));
        auto* const made = e.arena().make<alarm>();
        made->program = this;
        made->number = b.number;
        made->armed.name = "alarm";
        made->armed.argument = made;
        made->armed.callback = [](void* argument) {
            const alarm& of = *static_cast<alarm*>(argument);
            of.program->expire(of.number);
        };
        alarms_.push_back(made);
        const auto enter = [](void* argument) {
            const body& me = *static_cast<body*>(argument);
            for (const operation_of_task& o : me.operations) {
                me.program->perform(me.number, o);
            }
        };
        e.add_task(b.spec, enter, &b);
    }
    for (handler& h : handlers_) {
        const auto fire = [](void* argument) {
            const handler& of = *static_cast<handler*>(argument);
            of.program->happen(of.number);
        };
        h.event = e.add_event(op_kind::signal, "signal", fire, &h, h.from_the_beginning);
    }
}

void generated_program::read(unsigned by, std::uint32_t value) {
    reads_[by] = reads_[by] * 31 + value + 1;
}

void generated_program::perform(unsigned task, const operation_of_task& o) {
    execution& e = execution::current();
    const auto whom = static_cast<actor>(o.a % bodies_.size());
    shared<std::uint32_t>& word = *words_[o.a % words];
    switch (o.what) {
        case code::load:
            read(task, word.load());
            return;
        case code::store:
            word.store(10 * task + o.b);
            return;
        case code::add:
            read(task, word.update([](std::uint32_t v) { return v + 1; }));
            return;
        case code::swap: {
            std::uint32_t expected = o.b % 2;
            word.compare_exchange(expected, 7);
            read(task, expected);
            return;
        }
        case code::lock:
            locks_[o.b]->lock();
            return;
        case code::lock_irq:
            locks_[o.b]->lock_irq();
            return;
        case code::try_once:
            read(task, locks_[o.b]->try_lock() ? 1 : 0);
            return;
        case code::unlock:
            if (locks_[o.b]->held_by_me()) {
                o.a == 1 ? locks_[o.b]->unlock_irq() : locks_[o.b]->unlock();
            }
            return;
        case code::write_guarded:
            if (locks_[0]->held_by_me() || o.b == 0) {
                read(task, guarded_->get());
                guarded_->set(task + 1);
            }
            return;
        case code::sleep: {
            e.point(op_kind::load, access::none, 0, "to sleep");
            if (!*flags_[task] && e.preempt_count() == 0) {
                wait_reason why;
                why.object = "a wake-up";
                e.sleep(why);
            }
            *flags_[task] = false;
            return;
        }
        case code::wake:
            e.point(op_kind::wake, access::none, 0, "wake");
            if (!e.wake(whom)) *flags_[whom] = true;
            return;
        case code::arm:
            if (alarms_[task]->armed.slot == no_actor) {
                e.arm(alarms_[task]->armed, e.now() + 1 + o.a % 2);
            }
            return;
        case code::cancel:
            e.point(op_kind::cancel, access::none, 0, "cancel");
            read(task, e.cancel(alarms_[task]->armed) ? 1 : 0);
            return;
        case code::value:
            read(task, e.choose(2 + o.a % 2, "value"));
            return;
        case code::urgency:
            e.point(op_kind::store, access::none, 0, "urgency");
            if (whom != task) {
                constexpr policy others[] = {policy::other, policy::rr, policy::fifo, policy::rr};
                const policy p = policies_ ? others[o.b] : bodies_[whom].spec.sched;
                e.set_urgency(whom, p, p == policy::other ? 0 : static_cast<int>(o.b));
            }
            return;
        case code::look: {
            const bool resting = e.asleep(whom);
            read(task, word.peek() * 4 + (resting ? 2U : 0U) + (*flags_[whom] ? 1U : 0U));
            if (word.peek() == 2 && resting) {
                e.report(rules::assertion, "seen", "it was seen");
            }
            return;
        }
        case code::look_clock:
            e.point(op_kind::load, access::none, 0, "clock");
            read(task, static_cast<std::uint32_t>(e.now()));
            return;
        case code::let_go:
            e.point(op_kind::store, access::none, 0, "let go");
            e.release(whom);
            return;
        case code::preempt_off:
            e.preempt_disable();
            return;
        case code::preempt_on:
            e.point(op_kind::store, access::none, 0, "preemption on");
            e.preempt_enable();
            return;
        case code::yield:
            e.yield_cpu();
            return;
        case code::handler:
            e.point(op_kind::store, access::none, 0, "handler");
            e.enable_event(handlers_[0].event, true);
            return;
        case code::await:
        case code::await_both:
        case code::await_flag:
        case code::claim:
        case code::try_lock:
            perform_loop(task, o);
            return;
    }
}

// What is found in a round that fails is forgotten: how often a loop went round is nothing to be told by.
void generated_program::perform_loop(unsigned task, const operation_of_task& o) {
    execution& e = execution::current();
    shared<std::uint32_t>& word = *words_[o.a % words];
    switch (o.what) {
        case code::await: {
            std::uint32_t found = 0;
            while ((found = word.load()) == 0) {
                e.retry("until it is not zero");
            }
            read(task, found);
            break;
        }
        case code::await_both: {
            std::uint32_t one = words_[0]->load();
            std::uint32_t other = words_[1]->load();
            while (one == other) {
                e.retry("until they differ");
                one = words_[0]->load();
                other = words_[1]->load();
            }
            read(task, one * 100 + other);
            break;
        }
        case code::await_flag:
            while (!*flags_[task]) {
                e.retry("until it was woken ahead");
            }
            *flags_[task] = false;
            break;
        case code::claim:
            for (std::uint32_t found = o.b % 2; !word.compare_exchange(found, 20 + task); found = o.b % 2) {
                e.retry("until it is free");
            }
            break;
        case code::try_lock:
            while (!locks_[0]->try_lock()) {
                e.retry("until nobody has the lock");
            }
            break;
        default:
            break;
    }
    e.progress();
}

void generated_program::expire(unsigned number) {
    execution& e = execution::current();
    words_[0]->store_here(words_[0]->peek() + 1);
    e.point(op_kind::wake, access::none, 0, "alarm");
    if (!e.wake(static_cast<actor>(number))) *flags_[number] = true;
}

void generated_program::happen(unsigned number) {
    const std::uint32_t now = words_[1]->peek();
    words_[1]->poke(now + 1);
    *flags_[number] = true;
    if (now != 0) execution::current().wake(static_cast<actor>(number));
}

void generated_program::at_rest(execution& e, bool for_ever) {
    // A rule about a moment that not every order of the same steps has.
    if (!for_ever && words_[0]->peek() == 1) {
        e.report(rules::assertion, "rests at 1", "everybody rests, and x is 1");
    }
}

std::string generated_program::outcome(const run_result& r) const {
    if (r.end == verdict::violation) {
        return r.failure.identity;
    }
    std::string text = r.end == verdict::completed ? "" : "?";
    for (const std::uint64_t read : reads_) {
        text += fmt::format("{:x} ", read);
    }
    for (const shared<std::uint32_t>* const w : words_) {
        text += fmt::format("{} ", w->peek());
    }
    return text + fmt::format("{}", guarded_->peek());
}

}  // namespace tenthrule::test
