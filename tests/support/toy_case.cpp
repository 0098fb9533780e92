#include "tests/support/toy_case.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "runtime/memory.hpp"
#include "runtime/random.hpp"
#include "runtime/spinlock.hpp"

namespace tenthrule::toy {

namespace {

constexpr unsigned objects_max = 4;

constexpr std::array<const char*, objects_max> counter_names{"counter a", "counter b", "counter c",
                                                             "counter d"};
constexpr std::array<const char*, objects_max> lock_names{"lock a", "lock b", "lock c", "lock d"};
constexpr std::array<const char*, objects_max> flag_names{"flag a", "flag b", "flag c", "flag d"};
constexpr std::array<lock_class, objects_max> lock_kinds{lock_class{0, "lock a"}, lock_class{1, "lock b"},
                                                         lock_class{2, "lock c"}, lock_class{3, "lock d"}};

struct machine {
    std::array<shared<unsigned>*, objects_max> counter{};
    std::array<unsigned, objects_max> increments{};
    std::array<raw_spinlock*, objects_max> lock{};
    std::array<shared<unsigned>*, objects_max> flag{};
    std::array<actor, objects_max> sleeper{no_actor, no_actor, no_actor, no_actor};
};

struct running_task {
    machine* m;
    const task* what;
    const std::vector<bool>* dropped;
    shared<unsigned>* own;
    unsigned loaded = 0;
    bool has_loaded = false;
    bool chose_last = false;
    actor self = no_actor;
    unsigned flag_of_timer = 0;
    tenthrule::timer alarm{};
    bool timed_out = false;
};

void fail(const char* what) {
    execution::current().report(rules::assertion, what, what);
}

void sleep_on_flag(running_task& t, unsigned flag) {
    t.m->sleeper[flag] = t.self;
    wait_reason why;
    why.what = "sleeps on";
    why.object = flag_names[flag];
    execution::current().sleep(why);
    t.m->sleeper[flag] = no_actor;
}

void alarm_rings(void* argument) {
    auto& t = *static_cast<running_task*>(argument);
    execution& e = execution::current();
    e.point(op_kind::wake, access::write, 0, "alarm");
    t.timed_out = true;
    e.wake(t.self);
}

void perform(running_task& t, const step& s) {
    machine& m = *t.m;
    execution& e = execution::current();
    switch (s.op) {
        case op::load:
            t.loaded = m.counter[s.object]->load();
            t.has_loaded = true;
            e.story("reads {}", t.loaded);
            break;
        case op::store:
            if (!t.has_loaded) break;
            t.has_loaded = false;
            m.counter[s.object]->store(t.loaded + 1);
            ++m.increments[s.object];
            e.story("writes {}", t.loaded + 1);
            break;
        case op::add:
            m.counter[s.object]->update([](unsigned old) { return old + 1; });
            ++m.increments[s.object];
            break;
        case op::lock:
            m.lock[s.object]->lock();
            break;
        case op::unlock:
            if (!m.lock[s.object]->held_by_me()) fail("unlocks what it does not hold");
            m.lock[s.object]->unlock();
            break;
        case op::noise:
            t.own->load();
            break;
        case op::wait:
            if (m.flag[s.object]->load() == 0) {
                e.point(op_kind::load, access::write, 0, "going to sleep");
                sleep_on_flag(t, s.object);
            }
            break;
        case op::set:
            m.flag[s.object]->store(1);
            e.point(op_kind::wake, access::write, 0, flag_names[s.object]);
            if (m.sleeper[s.object] != no_actor) e.wake(m.sleeper[s.object]);
            break;
        case op::timed_wait:
            t.alarm.name = "alarm";
            t.alarm.callback = &alarm_rings;
            t.alarm.argument = &t;
            e.arm(t.alarm, 1'000);
            if (m.flag[s.object]->load() == 0 && !t.timed_out) sleep_on_flag(t, s.object);
            e.cancel(t.alarm);
            if (t.timed_out) fail("timed out");
            break;
        case op::choose:
            t.chose_last = e.choose(s.object + 2, "a value") == s.object + 1;
            break;
        case op::expect:
            if (m.counter[s.object]->load() >= s.limit) fail("the counter is too large");
            break;
        case op::expect_not_chosen:
            if (t.chose_last) fail("the last value was chosen");
            break;
    }
    e.progress();
}

void run_task(void* argument) {
    auto& t = *static_cast<running_task*>(argument);
    for (std::size_t i = 0; i < t.what->steps.size(); ++i) {
        if (!(*t.dropped)[i]) perform(t, t.what->steps[i]);
    }
}

class toy_case final : public test_case {
public:
    explicit toy_case(description d) : what_(std::move(d)), cpus_(what_.cpus) {
        for (const task& t : what_.tasks) {
            tasks_.push_back({false, t.start, std::vector<bool>(t.steps.size(), false)});
        }
    }
    toy_case(const toy_case& other)
        : test_case(), what_(other.what_), cpus_(other.cpus_), tasks_(other.tasks_), taken_(other.taken_) {}

    std::string name() const override {
        return what_.name;
    }
    std::uint64_t digest() const override {
        std::uint64_t hash = 0;
        const auto add = [&hash](std::uint64_t n) {
            hash ^= n;
            hash = splitmix64(hash);
        };
        for (const task& t : what_.tasks) {
            for (const step& s : t.steps) {
                add(static_cast<std::uint64_t>(s.op) * 100 + s.object * 10 + s.limit);
            }
            add(999);
        }
        return hash;
    }
    std::unique_ptr<program> instantiate() const override;

    run_options options() const override {
        run_options o;
        o.rules = what_.rules;
        o.points_max = what_.points_max;
        return o;
    }

    case_size size() const override {
        case_size size;
        std::set<int> priorities;
        for (std::size_t t = 0; t < tasks_.size(); ++t) {
            if (tasks_[t].dropped) continue;
            ++size.tasks;
            size.starts += tasks_[t].start == start_mode::arrives ? 2U : 0U;
            priorities.insert(what_.tasks[t].priority);
            for (std::size_t s = 0; s < tasks_[t].steps.size(); ++s) {
                if (tasks_[t].steps[s]) continue;
                ++size.steps;
                size.timers += what_.tasks[t].steps[s].op == op::timed_wait ? 1U : 0U;
            }
        }
        size.priorities = static_cast<std::uint32_t>(priorities.size());
        size.cpus = cpus_;
        return size;
    }

    std::vector<reduction> reductions() const override {
        std::vector<reduction> all;
        for (unsigned t = 0; t < tasks_.size(); ++t) {
            if (!tasks_[t].dropped) all.push_back({drop_task(t), "drop task " + what_.tasks[t].name});
        }
        for (unsigned t = 0; t < tasks_.size(); ++t) {
            if (tasks_[t].dropped) continue;
            for (unsigned s = 0; s < tasks_[t].steps.size(); ++s) {
                if (!tasks_[t].steps[s]) all.push_back({drop_step(t, s), "drop a step"});
            }
            if (tasks_[t].start == start_mode::arrives) all.push_back({start_at_boot(t), "start at boot"});
        }
        if (cpus_ != 0 && !what_.cpus_stay) all.push_back({cpu_per_task, "a CPU for every task"});
        return all;
    }

    std::unique_ptr<test_case> reduced(std::uint32_t code) const override {
        auto smaller = std::make_unique<toy_case>(*this);
        smaller->taken_.push_back(code);
        if (code == cpu_per_task) {
            if (cpus_ == 0) return nullptr;
            smaller->cpus_ = 0;
            return smaller;
        }
        const unsigned t = code < 0x1000 ? code : code < 0x10000 ? (code - 0x1000) / 0x100 : code - 0x10000;
        if (t >= tasks_.size() || tasks_[t].dropped) return nullptr;
        if (code < 0x1000) {
            if (size().tasks == 1) return nullptr;
            smaller->tasks_[t].dropped = true;
        } else if (code < 0x10000) {
            const unsigned s = code % 0x100;
            if (s >= tasks_[t].steps.size() || tasks_[t].steps[s]) return nullptr;
            smaller->tasks_[t].steps[s] = true;
        } else {
            if (tasks_[t].start != start_mode::arrives) return nullptr;
            smaller->tasks_[t].start = start_mode::boot;
        }
        return smaller;
    }

    const std::vector<std::uint32_t>& taken_away() const override {
        return taken_;
    }

private:
    friend class toy_program;
    struct task_now {
        bool dropped;
        start_mode start;
        std::vector<bool> steps;  // true: dropped
    };

    description what_;
    unsigned cpus_;
    std::vector<task_now> tasks_;
    std::vector<std::uint32_t> taken_;
};

class toy_program final : public program {
public:
    explicit toy_program(const toy_case& c) : case_(c) {}

    void boot(execution& e) override {
        ++executions_;
        machine_ = e.arena().make<machine>();
        e.set_cpus(case_.cpus_);
        for (unsigned i = 0; i < objects_max; ++i) {
            machine_->counter[i] = e.arena().make<shared<unsigned>>(counter_names[i], 0U);
            machine_->lock[i] = e.arena().make<raw_spinlock>(lock_kinds[i], lock_names[i]);
            machine_->flag[i] = e.arena().make<shared<unsigned>>(flag_names[i], 0U);
        }
        if (case_.what_.moody && executions_ % 2 == 0) machine_->counter[0]->poke(1);
        for (std::size_t t = 0; t < case_.tasks_.size(); ++t) {
            const task& what = case_.what_.tasks[t];
            auto* const own = e.arena().make<shared<unsigned>>("noise", 0U);
            if (case_.tasks_[t].dropped) {
                e.add_placeholder();
                continue;
            }
            auto* const running =
                e.arena().make<running_task>(running_task{machine_, &what, &case_.tasks_[t].steps, own});
            task_spec spec;
            spec.name = what.name.c_str();
            spec.sched = what.sched;
            spec.priority = what.priority;
            spec.start = case_.tasks_[t].start;
            running->self = e.add_task(spec, &run_task, running);
        }
    }

    void finish(execution& e) override {
        for (unsigned i = 0; i < objects_max; ++i) {
            if (machine_->counter[i]->peek() != machine_->increments[i]) {
                e.report(rules::assertion, fmt::format("{} lost an update", counter_names[i]),
                         fmt::format("{} is {} after {} increments", counter_names[i],
                                     machine_->counter[i]->peek(), machine_->increments[i]));
            }
        }
    }

    void describe(execution& /*e*/, std::string& to) override {
        to = fmt::format("a={} b={}", machine_->counter[0]->peek(), machine_->counter[1]->peek());
    }

private:
    const toy_case& case_;
    machine* machine_ = nullptr;
    std::uint64_t executions_ = 0;
};

std::unique_ptr<program> toy_case::instantiate() const {
    return std::make_unique<toy_program>(*this);
}

}  // namespace

std::shared_ptr<const test_case> make_case(description d) {
    return std::make_shared<toy_case>(std::move(d));
}

std::string describe(const test_case& c) {
    const case_size s = c.size();
    return fmt::format("{} tasks, {} steps", s.tasks, s.steps);
}

std::vector<step> noises(unsigned count) {
    return std::vector<step>(count);
}

std::vector<step> steps(std::initializer_list<std::vector<step>> parts) {
    std::vector<step> all;
    for (const std::vector<step>& part : parts) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

}  // namespace tenthrule::toy
