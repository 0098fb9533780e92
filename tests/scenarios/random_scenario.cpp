#include "tests/scenarios/random_scenario.hpp"

#include <algorithm>
#include <climits>
#include <string>

#include <fmt/format.h>

#include "runtime/random.hpp"
#include "scenarios/kernel_name.hpp"
#include "scenarios/reductions.hpp"
#include "scenarios/roles.hpp"
#include "scenarios/validate.hpp"

namespace tenthrule::scenarios::testing {

namespace {

using kernel::argument;

class maker {
public:
    explicit maker(std::uint64_t seed) : random_(seed) {}

    scenario make() {
        s_.name = fmt::format("made-{}", below(1000));
        if (one_in(2)) s_.about = "With \"quotes\", a \\ and a line\nbreak.";
        s_.cpus = below(4);
        kernel();
        const unsigned words = 1 + below(4);
        for (unsigned w = 0; w < words; ++w) {
            word made;
            made.name = fmt::format("w{}", w);
            if (one_in(2)) made.kind = kernel::word_kind::pi;
            made.bucket = static_cast<std::uint8_t>(below(3));
            made.robust = made.kind == kernel::word_kind::pi && one_in(3);
            if (one_in(4)) made.faults = static_cast<std::uint8_t>(1 + below(faults_max));
            s_.words.push_back(std::move(made));
        }
        const unsigned tasks = 1 + below(4);
        s_.tasks.resize(tasks);
        for (unsigned t = 0; t < tasks; ++t) {
            task(t);
        }
        for (word& w : s_.words) {
            if (w.kind == kernel::word_kind::pi && one_in(3)) {
                w.owner = static_cast<std::uint8_t>(below(tasks));
            } else if (one_in(3)) {
                w.value = below(5);
            }
        }
        for (unsigned t = 0; t < tasks; ++t) {
            start(s_.tasks[t]);
        }
        const unsigned signals = below(3);
        for (unsigned g = 0; g < signals; ++g) {
            s_.signals.push_back({fmt::format("SIG{}", g),
                                  static_cast<std::uint8_t>(below(tasks)),
                                  one_in(2),
                                  {},
                                  one_in(5),
                                  {}});
            if (one_in(2) && !s_.signals.back().dropped) s_.signals.back().after = reference();
        }
        if (one_in(4)) s_.rules.off = {"livelock", "unexpected-error"};
        if (one_in(5)) s_.rules.retries = 1 + below(retries_max);
        for (const char* name : {"v6.8", "v6.7 with e626cb02ee83 without fbeb558b0dd0"}) {
            if (one_in(3)) s_.expect.push_back({name, *parse_kernel_name(name).value, {}});
        }
        if (one_in(3)) s_.explore = {"pct:depth=3", 1000, 5000};
        if (one_in(2)) some_variability();
        return s_;
    }

private:
    unsigned below(unsigned n) {
        return random_.below(n);
    }
    bool one_in(unsigned n) {
        return below(n) == 0;
    }

    void kernel() {
        const auto versions = kernel::all_versions();
        s_.kernel.version = versions[below(static_cast<unsigned>(versions.size()))].name;
        s_.kernel.preempt = static_cast<kernel::preempt_model>(below(3));
        const auto patches = kernel::all_patches();
        if (one_in(3)) s_.kernel.with.insert(patches[below(static_cast<unsigned>(patches.size()))].id);
        if (one_in(3)) s_.kernel.without.insert(patches[below(static_cast<unsigned>(patches.size()))].id);
    }

    step_reference reference() {
        const unsigned t = below(static_cast<unsigned>(s_.tasks.size()));
        return {static_cast<std::uint8_t>(t),
                static_cast<std::uint16_t>(below(static_cast<unsigned>(s_.tasks[t].steps.size()) + 1))};
    }

    void start(scenarios::task& t) {
        switch (below(4)) {
            case 0:
                t.start = task_start::arrives;
                break;
            case 1:
                t.start = task_start::after;
                t.after = reference();
                break;
            case 2:
                t.start = task_start::arrives;
                t.after = reference();
                break;
            default:
                break;
        }
    }

    void task(unsigned index) {
        scenarios::task& t = s_.tasks[index];
        t.name = fmt::format("t{}", index);
        t.sched = static_cast<policy>(below(3));
        if (t.sched != policy::other) t.priority = 1 + static_cast<int>(below(99));
        if (s_.cpus != 0 && one_in(3)) t.affinity = std::uint64_t{1} << below(s_.cpus);
        if (one_in(4)) t.repeat = 2 + below(3);
        const unsigned steps = 1 + below(5);
        for (unsigned i = 0; i < steps; ++i) {
            t.steps.push_back(step(index));
            if (one_in(4)) t.steps.back().name = fmt::format("s{}", i);
        }
    }

    std::uint8_t word_of_kind(std::optional<kernel::word_kind> kind) {
        for (unsigned tries = 0; tries < 20; ++tries) {
            const unsigned w = below(static_cast<unsigned>(s_.words.size()));
            if (!kind || s_.words[w].kind == *kind) {
                return static_cast<std::uint8_t>(w);
            }
        }
        return 0;
    }

    scenarios::step step(unsigned index) {
        const auto operations = kernel::all_operations();
        const kernel::operation_info& o = operations[below(static_cast<unsigned>(operations.size()))];
        scenarios::step s;
        s.what.op = o.id;
        for (const kernel::argument_info& a : kernel::all_arguments()) {
            if (o.takes(a.id) && (o.requires_argument(a.id) || one_in(2))) argument_of(s.what, a.id, index);
        }
        switch (below(8)) {
            case 0:
                s.repeat = 2 + below(5);
                break;
            case 1:
                s.as_long = some_condition();
                break;
            case 2:
                s.until = some_condition();
                break;
            case 3:
            case 4:
                s.only_if = some_condition();
                break;
            default:
                break;
        }
        s.returns = one_in(3) ? possible_returns(o.id) : default_returns(s);
        return s;
    }

    void argument_of(kernel::call& c, argument a, unsigned index) {
        switch (a) {
            case argument::futex:
                c.futex = word_of_kind(wanted_kind(c.op, a));
                break;
            case argument::to:
            case argument::mutex:
                c.to = word_of_kind(wanted_kind(c.op, a));
                break;
            case argument::value:
                c.has_value = true;
                c.value = below(3);
                break;
            case argument::bits:
                c.bits = 1 + below(7);
                break;
            case argument::wake_count:
                c.wake_count = one_in(3) ? INT_MAX : static_cast<int>(below(4)) - 1;
                break;
            case argument::move_count:
                c.move_count = one_in(3) ? INT_MAX : static_cast<int>(below(4)) - 1;
                break;
            case argument::timeout:
                c.has_timeout = true;
                c.timeout = below(4) * 250'000ULL + below(2);
                break;
            case argument::duration:
                c.timeout = below(3) * 1'000'000ULL;
                break;
            case argument::clock:
                c.clock = kernel::clock_id::realtime;
                break;
            case argument::operation:
                c.operation = static_cast<kernel::wake_op_kind>(below(6));
                break;
            case argument::operand:
                c.operand = below(9);
                break;
            case argument::compare:
                c.compare = static_cast<kernel::wake_op_compare>(below(7));
                break;
            case argument::compare_with:
                c.compare_with = below(3);
                break;
            case argument::priority:
                c.priority = 1 + static_cast<int>(below(99));
                break;
            case argument::access:
                c.access = static_cast<kernel::page_access>(below(3));
                break;
            case argument::task:
                c.task = static_cast<std::uint8_t>(below(index + 1));
                break;
        }
    }

    void some_variability() {
        if (one_in(2)) s_.vary.preempt = {kernel::preempt_model::rt, kernel::preempt_model::none};
        const auto patches = kernel::all_patches();
        if (one_in(2)) s_.vary.patches.insert(patches[below(static_cast<unsigned>(patches.size()))].id);
        // Where affinities are, another machine may not do.
        if (one_in(2)) s_.vary.cpus = {s_.cpus + 1 + below(3), s_.cpus};
        for (unsigned t = 0; t < s_.tasks.size(); ++t) {
            const auto index = static_cast<std::uint8_t>(t);
            if (one_in(3) && apply(s_, encode(reduction_kind::drop_task, t))) s_.vary.tasks.push_back(index);
            if (one_in(3) && s_.tasks[t].sched != policy::other) {
                s_.vary.priorities.push_back({index, {1 + static_cast<int>(below(98)), 99}});
            }
            const bool timed = std::any_of(s_.tasks[t].steps.begin(), s_.tasks[t].steps.end(),
                                           [](const scenarios::step& i) { return i.what.has_timeout; });
            if (timed && one_in(2)) s_.vary.timeouts.push_back({index, {250'000, 4'000'000'000}});
        }
    }

    condition some_condition() {
        static constexpr int errors[] = {EAGAIN, ETIMEDOUT, EINTR};
        switch (below(6)) {
            case 0:
                return {condition_kind::owner, word_of_kind(kernel::word_kind::pi), 0, 0};
            case 1:
                return {condition_kind::not_owner, word_of_kind(kernel::word_kind::pi), 0, 0};
            case 2:
                return {condition_kind::ok, 0, 0, 0};
            case 3:
                return {condition_kind::failed, 0, 0, 0};
            case 4:
                return {condition_kind::returned, 0, errors[below(3)], 0};
            default:
                return {one_in(2) ? condition_kind::word_is : condition_kind::word_is_not,
                        word_of_kind(std::nullopt), 0, below(3)};
        }
    }

    random_source random_;
    scenario s_;
};

// What the loader refuses and `validate`, which runs on sound parts, need not.
bool is_loadable(const scenario& s) {
    for (const task& t : s.tasks) {
        for (const step& i : t.steps) {
            for (const condition* c : {&i.only_if, &i.as_long, &i.until}) {
                const bool ownership =
                    c->kind == condition_kind::owner || c->kind == condition_kind::not_owner;
                if (ownership && s.words[c->word].kind != kernel::word_kind::pi) {
                    return false;
                }
            }
        }
    }
    return is_valid(s);
}

}  // namespace

scenario random_scenario(std::uint64_t seed) {
    for (std::uint64_t round = 0;; ++round) {
        scenario s = maker(execution_seed(seed, round)).make();
        if (is_loadable(s)) {
            return s;
        }
    }
}

}  // namespace tenthrule::scenarios::testing
