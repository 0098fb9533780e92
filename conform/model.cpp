#include "conform/model.hpp"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <memory>

#include <fmt/format.h>

#include "conform/operations.hpp"
#include "conform/step_text.hpp"
#include "kernel/rules.hpp"
#include "kernel/system.hpp"
#include "scheduler/replay.hpp"

namespace tenthrule::conform {

namespace {

constexpr std::uint32_t first_tid = 0x01000001;
constexpr std::uint32_t kernel_thread_tid = usual_kernel_thread;
constexpr nanoseconds second = 1'000'000'000;
constexpr nanoseconds hour = 3600 * second;

execution& here() {
    return execution::current();
}

// What the words and the program say does not matter here: most sequences are no well-behaved programs. The
// kernel has to be in order all the same.
rule_set rules_of_the_inside() {
    rule_set inside;
    for (const rule* r : kernel::rules::all()) {
        inside.erase(*r);
    }
    for (const rule* r : {&rules::deadlock, &rules::lost_wakeup, &rules::livelock}) {
        inside.erase(*r);
    }
    for (const rule* r : {&kernel::rules::waiter_integrity, &kernel::rules::lock_balance,
                          &kernel::rules::bucket_accounting, &kernel::rules::bounded_retries}) {
        inside.insert(*r);
    }
    return inside;
}

// The calls that are to `fire`, each with the place of the step that makes it.
std::vector<unsigned> fire_slots(const sequence& s) {
    std::vector<unsigned> slots(s.steps.size(), 0);
    for (std::size_t i = 0; i < s.steps.size(); ++i) {
        if (s.steps[i].timeout != timeout_kind::fire) {
            continue;
        }
        for (std::size_t k = i + 1; k < s.steps.size(); ++k) {
            if (s.steps[k].op == operation_id::fire && static_cast<int>(s.steps[k].thread) == s.steps[i].by) {
                slots[i] = static_cast<unsigned>(k);
                break;
            }
        }
    }
    return slots;
}

}  // namespace

// On one CPU: a director tells one task at a time what to do, and goes on when nobody can step any more.
// Timers fire and signals arrive only when the director says so.
struct model::machine final : program {
    explicit machine(kernel::patch_set patches) {
        config.patches = patches;
        config.first_tid = first_tid;
        options.points_max = 1'000'000;
        options.rules = rules_of_the_inside();
    }

    struct part {
        machine* owner = nullptr;
        unsigned number = 0;
        std::vector<kernel::call> cue;  ///< to perform, one after the other
        bool busy = false;
        bool quit = false;
        bool ended = false;
        bool has_second = false;
        long result = 0;
        long second = 0;
        bool new_result = false;
        nanoseconds fires_at = 0;  ///< 0: not at all
        actor signals[2] = {no_actor, no_actor};
        std::vector<kernel::waitv_entry> vector;
    };

    kernel::config config;
    run_options options;
    execution engine;
    replay default_choices{schedule{}};

    // Of the sequence being played
    const sequence* frame = nullptr;
    const step_source* source = nullptr;
    bool skips_impossible = false;
    std::vector<unsigned>
        slots;  ///< when the calls of a fixed sequence fire; empty: in the order of the calls
    unsigned calls_to_fire = 0;
    std::size_t position = 0;  ///< in a fixed sequence: of the step after the current one
    model_run run;
    kernel::system* system = nullptr;
    std::deque<part> parts;
    timer* alarm = nullptr;
    tid_names names;
    std::vector<address> places;  ///< what the words behind the declared ones stand for

    // ---- program

    void boot(execution& e) override {
        e.set_cpus(1);
        const auto words = static_cast<unsigned>(frame->words.size());
        config.buckets = words + 1;
        system = &kernel::boot(e, config);
        for (unsigned w = 0; w < words; ++w) {
            kernel::add_word(*system, word_spec_of(frame->words[w].c_str(), w));
        }
        for (const address& a : places) {
            add_place(a);
        }
        task_spec directing;
        directing.name = "director";
        kernel::add_task(*system, directing, &direct, this);
        kernel::add_kernel_thread(*system, "kthread", kernel_thread_tid);
        names.kernel_thread = kernel_thread_tid;
        names.nobody = nobody_tid;
        names.threads = static_cast<unsigned>(frame->threads.size());
        parts.clear();
        for (unsigned t = 0; t < names.threads; ++t) {
            add_part(t);
        }
        for (unsigned w = 0; w < words; ++w) {
            kernel::poke_word(*system, w, encode(frame->initial[w], names));
        }
        alarm = e.arena().make<timer>();
        alarm->name = "alarm";
        alarm->callback = [](void*) { here().wake(0); };
        e.reserve_timers(names.threads + 2);
    }

    kernel::word_spec word_spec_of(const char* name, unsigned bucket) const {
        kernel::word_spec w;
        w.name = name;
        w.bucket = bucket;
        w.process_shared = frame->process_shared;
        return w;
    }
    // Behind the declared words, in a bucket of their own: nobody can wait there.
    void add_place(const address& a) {
        kernel::word_spec w = word_spec_of("an address", static_cast<unsigned>(frame->words.size()));
        w.misaligned_by = a.offset;
        w.inside = a.word;
        const unsigned number = kernel::add_word(*system, w);
        if (a.is != address::place::word) {
            kernel::set_access(*system, number,
                               a.is == address::place::read_only ? kernel::page_access::read_only
                                                                 : kernel::page_access::none);
        }
    }
    void add_part(unsigned t) {
        part& p = parts.emplace_back();
        p.owner = this;
        p.number = t;
        task_spec spec;
        spec.name = frame->threads[t].name.c_str();
        spec.sched = frame->threads[t].sched;
        spec.priority = frame->threads[t].priority;
        const unsigned task = kernel::add_task(*system, spec, &act, &p);
        p.signals[0] = kernel::add_signal(*system, task, "signal", false, false);
        p.signals[1] = kernel::add_signal(*system, task, "signal with SA_RESTART", true, false);
        names.of_thread[t] = kernel::tid_of(*system, task);
    }

    // ---- The tasks

    static unsigned task_of(unsigned thread) {
        return thread + 2;  // behind director and kernel thread
    }

    static void act(void* argument) {
        part& me = *static_cast<part*>(argument);
        for (;;) {
            while (me.cue.empty() && !me.quit) {
                here().sleep({.what = "waits for", .object = "its cue"});
            }
            if (me.cue.empty()) {
                return;
            }
            const std::vector<kernel::call> cue = std::exchange(me.cue, {});
            for (std::size_t i = 0; i < cue.size(); ++i) {
                const long result = me.owner->perform(cue[i]);
                (i == 0 ? me.result : me.second) = result;
                if (cue[i].op == kernel::op_code::exit) {
                    me.ended = true;
                    me.busy = false;
                    return;
                }
            }
            me.has_second = cue.size() > 1;
            me.new_result = true;
            me.busy = false;
            here().progress();
        }
    }
    long perform(const kernel::call& c) {
        const long result = kernel::perform(*system, c);
        const bool in_user_space = c.op == kernel::op_code::cas_lock || c.op == kernel::op_code::cas_unlock;
        return in_user_space && result == -EAGAIN ? outcome::held : result;
    }

    static void direct(void* argument) {
        static_cast<machine*>(argument)->direct_all();
    }
    void direct_all() {
        settle();
        outcome before = observe();
        for (;;) {
            const stillness now = look(run.after.empty() ? before : run.after.back());
            const std::optional<step> next = (*source)(now);
            if (!next) {
                break;
            }
            if (std::string why = impossible(*next); !why.empty()) {
                if (skips_impossible) {
                    continue;
                }
                run.impossible = std::move(why);
                break;
            }
            run.steps.push_back(*next);
            take(run.steps.back());
            run.after.push_back(observe());
        }
        for (part& p : parts) {
            p.quit = true;
            if (!p.busy && !p.ended) {
                here().wake(static_cast<actor>(task_of(p.number)));
            }
        }
    }

    stillness look(const outcome& last) const {
        stillness s;
        s.steps_done = static_cast<unsigned>(run.steps.size());
        s.last = &last;
        nanoseconds first = 0;
        for (const part& p : parts) {
            s.idle[p.number] = !p.busy && !p.ended;
            if (p.busy && p.fires_at != 0 && (first == 0 || p.fires_at < first)) {
                first = p.fires_at;
            }
        }
        for (const part& p : parts) {
            s.may_fire[p.number] = p.busy && first != 0 && p.fires_at == first;
        }
        return s;
    }

    std::string impossible(const step& s) const {
        const auto name = [&](unsigned t) { return frame->threads[t].name; };
        if (s.by != step::outside) {
            const part& p = parts[static_cast<std::size_t>(s.by)];
            if (p.busy || p.ended) {
                return fmt::format("{} {}", name(p.number),
                                   p.ended ? "has ended" : "still sleeps in the call before");
            }
        }
        if (s.op == operation_id::fire) {
            const part& p = parts[s.thread];
            if (!p.busy || p.fires_at == 0) {
                return fmt::format("{} does not sleep with a timeout that is to fire", name(s.thread));
            }
        }
        if ((s.op == operation_id::signal || s.op == operation_id::set_priority) && parts[s.thread].ended) {
            return fmt::format("{} has ended", name(s.thread));
        }
        return {};
    }

    // ---- Steps

    void take(const step& s) {
        for (part& p : parts) {
            p.new_result = false;
        }
        if (s.by != step::outside) {
            begin(parts[static_cast<std::size_t>(s.by)], s);
        } else if (s.op == operation_id::fire) {
            pass_time(parts[s.thread].fires_at - here().now());
        } else {
            act_from_outside(s);
        }
        settle();
    }
    void begin(part& p, const step& s) {
        p.cue.push_back(call_of(s, p));
        if (s.then) {
            step next;
            next.by = s.by;
            next.op = *s.then;
            next.word = s.word;
            p.cue.push_back(call_of(next, p));
        }
        p.busy = true;
        here().wake(static_cast<actor>(task_of(p.number)));
    }
    void act_from_outside(const step& s) {
        switch (s.op) {
            case operation_id::signal:
                here().enable_event(parts[s.thread].signals[s.restart ? 1 : 0], true);
                break;
            case operation_id::set_priority: {
                kernel::call c;
                c.op = kernel::op_code::set_priority;
                c.task = static_cast<std::uint8_t>(task_of(s.thread));
                c.priority = s.priority;
                kernel::perform(*system, c);
                break;
            }
            default:
                kernel::poke_word(*system, s.word.word, encode(s.value, names));
                break;
        }
    }

    std::uint8_t number_of(const address& a) const {
        if (a.is == address::place::word && a.offset == 0) {
            return a.word;
        }
        const auto found = std::find(places.begin(), places.end(), a);
        return static_cast<std::uint8_t>(frame->words.size() +
                                         static_cast<std::size_t>(found - places.begin()));
    }

    kernel::call call_of(const step& s, part& p);
    void set_timeout(const step& s, part& p, kernel::call& c);

    // ---- Time and rest

    void pass_time(nanoseconds duration) {
        here().arm(*alarm, here().now() + duration);
        while (alarm->slot != no_actor) {
            here().sleep({.what = "directs", .object = "the play"});
        }
    }
    // What has expired already has the earlier deadline, and comes before the alarm.
    void settle() {
        pass_time(1);
    }

    outcome observe() const {
        outcome o;
        for (const part& p : parts) {
            const unsigned t = p.number;
            if (p.new_result) {
                o.calls[t] = {true, p.result, p.has_second, p.has_second ? p.second : 0};
            }
            o.asleep[t] = p.busy;
            o.priority[t] = p.ended ? outcome::gone : engine.urgency(static_cast<actor>(task_of(t)));
        }
        for (unsigned w = 0; w < frame->words.size(); ++w) {
            o.words[w] = decode(kernel::word_value(*system, w), names);
        }
        return o;
    }

    model_run play_fixed(const sequence& s) {
        slots = fire_slots(s);
        position = 0;
        return play(s, [&](const stillness&) -> std::optional<step> {
            return position < s.steps.size() ? std::optional(s.steps[position++]) : std::nullopt;
        });
    }
    model_run play(const sequence& s, const step_source& from) {
        frame = &s;
        source = &from;
        run = {};
        calls_to_fire = 0;
        const run_result& r = engine.run(*this, default_choices, options);
        if (r.end == verdict::violation) {
            run.broken_rule = r.failure.broken->name;
            run.how_broken = r.failure.message;
        }
        return std::move(run);
    }
};

namespace {

// futex(2) has room for twelve bits of each operand, the first of them the sign.
std::uint32_t twelve_bits(std::uint32_t value) {
    const std::uint32_t low = value & 0xfffU;
    return (low & 0x800U) != 0 ? low | 0xfffff000U : low;
}

}  // namespace

void model::machine::set_timeout(const step& s, part& p, kernel::call& c) {
    p.fires_at = 0;
    c.has_timeout = s.timeout != timeout_kind::none;
    switch (s.timeout) {
        case timeout_kind::none:
        case timeout_kind::expired:
            break;
        case timeout_kind::invalid:
        case timeout_kind::negative:
            c.bad_timeout = true;
            break;
        case timeout_kind::far:
            c.timeout = hour;
            break;
        case timeout_kind::fire: {
            const unsigned slot = slots.empty() ? ++calls_to_fire : slots[position - 1];
            p.fires_at = slot * second;
            c.timeout = p.fires_at - here().now();
            break;
        }
    }
}

kernel::call model::machine::call_of(const step& s, part& p) {
    kernel::call c;
    c.op = info(s.op).call;
    c.futex = number_of(s.word);
    c.to = number_of(s.target);
    c.has_value = true;
    c.value = encode(s.value, names);
    c.bits = s.bits;
    c.wake_count = s.wake_count;
    c.move_count = s.move_count;
    c.clock = s.realtime ? kernel::clock_id::realtime : kernel::clock_id::monotonic;
    c.operation = s.operation;
    c.compare = s.compare;
    c.operand = twelve_bits(encode(s.operand, names));
    c.compare_with = twelve_bits(encode(s.compare_with, names));
    c.pi = s.pi;
    c.into_null = s.into_null;
    if (s.op == operation_id::get_robust_list) {
        c.tid = s.of == whose::own ? 0 : s.of == whose::nobody ? names.nobody : names.of_thread[s.thread];
    }
    set_timeout(s, p, c);
    if (s.op == operation_id::waitv) {
        p.vector.clear();
        for (const waited_word& w : s.vector) {
            p.vector.push_back({number_of(w.at), encode(w.value, names)});
        }
        c.futex = p.vector.front().futex;
        c.vector = p.vector;
    }
    return c;
}

namespace {

void add_if_new(std::vector<address>& to, const address& a) {
    const bool declared = a.is == address::place::word && a.offset == 0;
    if (!declared && std::find(to.begin(), to.end(), a) == to.end()) {
        to.push_back(a);
    }
}

std::vector<address> places_in(const sequence& s) {
    std::vector<address> places;
    for (const step& each : s.steps) {
        add_if_new(places, each.word);
        add_if_new(places, each.target);
        for (const waited_word& w : each.vector) {
            add_if_new(places, w.at);
        }
    }
    return places;
}

std::vector<address> all_places(const sequence& frame) {
    std::vector<address> places;
    for (const auto is : {address::place::null, address::place::unmapped, address::place::read_only}) {
        places.push_back({is, 0, 0});
    }
    const auto words = static_cast<std::uint8_t>(frame.words.size());
    for (std::uint8_t w = 0; w < words; ++w) {
        for (std::uint8_t offset = 1; offset < 4; ++offset) {
            places.push_back({address::place::word, w, offset});
        }
    }
    return places;
}

}  // namespace

model::model(kernel::patch_set patches) : machine_(std::make_unique<machine>(patches)) {}
model::~model() = default;

model_run model::play(const sequence& s) {
    machine_->places = places_in(s);
    machine_->skips_impossible = false;
    return machine_->play_fixed(s);
}

model_run model::play_possible(const sequence& s) {
    machine_->places = places_in(s);
    machine_->skips_impossible = true;
    return machine_->play_fixed(s);
}

model_run model::play(const sequence& frame, const step_source& source) {
    machine_->places = all_places(frame);
    machine_->slots.clear();
    machine_->skips_impossible = true;
    return machine_->play(frame, source);
}

}  // namespace tenthrule::conform
