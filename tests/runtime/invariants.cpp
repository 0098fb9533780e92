// What must hold in every execution of every program: checked on programs drawn from seeds.

#include <algorithm>
#include <array>
#include <functional>
#include <vector>

#include <doctest/doctest.h>

#include "tests/runtime/small_program.hpp"
#include "tests/support/effort.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

// A machine of up to three CPUs with up to five tasks of mixed policies, which lock, sleep, wake each other,
// arm timers, change priorities and turn preemption and interrupts off.
class drawn_program final : public program {
public:
    explicit drawn_program(std::uint64_t seed) : seed_(seed) {}

    void boot(execution& e) override {
        random_source draw(seed_);
        cpus_ = draw.below(4);
        tasks_ = 2 + draw.below(4);
        e.set_cpus(cpus_);
        pinned_ = cpus_ > 1 && draw.below(3) == 0;
        word_ = e.arena().make<shared<int>>("word");
        data_ = e.arena().make<guarded<int>>("data");
        lock_ = e.arena().make<raw_spinlock>(inner_kind, "lock");
        atomic_.fill(false);
        callback_on_.fill(false);
        for (unsigned t = 0; t < tasks_; ++t) {
            plans_[t].clear();
            const unsigned steps = 2 + draw.below(5);
            for (unsigned i = 0; i < steps; ++i) {
                plans_[t].push_back({static_cast<deed>(draw.below(deeds)),
                                     static_cast<actor>(draw.below(tasks_)), draw_policy(draw),
                                     1 + static_cast<int>(draw.below(4))});
            }
            timers_[t] = e.arena().make<timer>();
            timers_[t]->name = "timeout";
            timers_[t]->callback = [](void* self) {
                auto& [p, owner] = *static_cast<std::pair<drawn_program*, actor>*>(self);
                p->callback(owner);
            };
            owners_[t] = {this, static_cast<actor>(t)};
            timers_[t]->argument = &owners_[t];
        }
        for (unsigned t = 0; t < tasks_; ++t) {
            task_spec spec;
            spec.name = "task";
            spec.sched = draw_policy(draw);
            spec.priority = 1 + static_cast<int>(draw.below(4));
            spec.affinity = pinned_ ? 1 + draw.below((1U << cpus_) - 1) : ~std::uint64_t{0};
            spec.start = draw.below(4) == 0 ? start_mode::arrives : start_mode::boot;
            affinity_[t] = spec.affinity;
            e.add_task(
                spec,
                [](void* self) {
                    auto& [p, me] = *static_cast<std::pair<drawn_program*, actor>*>(self);
                    p->body(me);
                },
                &owners_[t]);
        }
    }

    void describe(execution& e, std::string& to) override {
        for (unsigned t = 0; t < tasks_; ++t) {
            const auto a = static_cast<actor>(t);
            to += fmt::format("{}:{}@{}/{} ", t, static_cast<int>(e.state(a)), e.cpu_of(a), e.urgency(a));
        }
    }

    // Of all checks made so far.
    std::uint64_t checks = 0;
    std::uint64_t crowded = 0;  // with somebody waiting for a CPU
    std::uint64_t wrong = 0;

private:
    enum class deed : std::uint8_t {
        touch,
        lock,
        lock_irq,
        sleep,
        wake,
        change,
        preempt_off,
        irq_off,
        yield,
        value,
        cancel
    };
    static constexpr unsigned deeds = 11;
    struct step {
        deed what;
        actor other;
        policy sched;
        int priority;
    };

    static policy draw_policy(random_source& draw) {
        return std::array{policy::other, policy::fifo, policy::rr}[draw.below(3)];
    }

    void body(actor me) {
        for (const step& s : plans_[me]) {
            perform(me, s);
        }
    }

    void touch() {
        word_->update([](int v) { return v + 1; });
        check();
    }

    void perform(actor me, const step& s) {
        execution& e = here();
        switch (s.what) {
            case deed::touch:
                touch();
                break;
            case deed::lock:
            case deed::lock_irq:
                atomic_[me] = true;  // from here on, perhaps: it may have to spin
                // The callbacks take the lock as well, so it has to be taken with interrupts off.
                lock_->lock_irq();
                data_->set(data_->get() + 1);
                if (s.what == deed::lock) touch();
                lock_->unlock_irq();
                atomic_[me] = false;
                break;
            case deed::sleep:
                e.arm(*timers_[me], 100 + static_cast<nanoseconds>(s.priority));
                check();
                e.sleep({.object = "its timer"});
                check();
                e.cancel(*timers_[me]);
                break;
            case deed::wake:
                e.point(op_kind::wake, access::write, 0, "wake");
                check();
                if (s.other != me) e.wake(s.other);
                break;
            case deed::change:
                e.set_urgency(s.other, s.sched, urgency_of(s.sched, s.priority));
                break;
            case deed::preempt_off:
                touch();
                atomic_[me] = true;
                e.preempt_disable();
                touch();
                e.preempt_enable();
                atomic_[me] = false;
                break;
            case deed::irq_off:
                touch();
                atomic_[me] = true;
                e.irq_disable();
                touch();
                e.irq_enable();
                atomic_[me] = false;
                break;
            case deed::yield:
                e.yield_cpu();
                break;
            case deed::value:
                (void)e.choose(3, "value");
                break;
            case deed::cancel:
                touch();
                if (timers_[s.other]->slot != no_actor && s.other == me) e.cancel(*timers_[me]);
                break;
        }
    }

    void callback(actor owner) {
        execution& e = here();
        bool& on = callback_on_[static_cast<unsigned>(e.cpu_of(e.self()))];
        on = true;
        lock_->lock();
        data_->set(data_->get() + 1);
        lock_->unlock();
        check();
        e.wake(owner);
        on = false;
    }

    void expect(bool holds) {
        wrong += holds ? 0U : 1U;
    }

    // Right after a scheduling point.
    void check() {
        const execution& e = here();
        ++checks;
        std::array<actor, 64> holder;
        holder.fill(no_actor);
        bool calm = std::none_of(callback_on_.begin(), callback_on_.end(), [](bool on) { return on; });
        std::vector<actor> waiting;
        std::vector<actor> candidates;
        for (unsigned i = 0; i < tasks_; ++i) {
            const auto t = static_cast<actor>(i);
            const task_state state = e.state(t);
            calm = calm && !atomic_[t];
            if (state == task_state::ready) candidates.push_back(t);
            if (!e.on_cpu(t)) {
                if (state == task_state::ready) waiting.push_back(t);
                expect(state != task_state::spinning || cpus_ != 0);
                continue;
            }
            expect(state == task_state::ready || state == task_state::spinning);
            const auto at = static_cast<unsigned>(e.cpu_of(t));
            expect(cpus_ == 0 ? at == i : at < cpus_);
            expect(((affinity_[i] >> at) & 1U) != 0);
            expect(holder[at] == no_actor);
            holder[at] = t;
        }
        if (is_task(e.self())) expect(e.on_cpu(e.self()));
        crowded += waiting.empty() ? 0U : 1U;
        // Nobody waits beside a CPU that is idle, or held by somebody less urgent who could be displaced.
        for (const actor w : waiting) {
            expect(cpus_ != 0);
            for (unsigned c = 0; c < cpus_; ++c) {
                if (((affinity_[w] >> c) & 1U) == 0) continue;
                expect(holder[c] != no_actor);
                if (holder[c] == no_actor || atomic_[holder[c]] || callback_on_[c]) continue;
                expect(e.urgency(holder[c]) >= e.urgency(w));
            }
        }
        // Nor would moving others about make room for somebody more urgent.
        if (calm && pinned_) expect(on_cpu(e) == best(e, candidates));
    }

    std::vector<int> on_cpu(const execution& e) const {
        std::vector<int> urgencies;
        for (unsigned i = 0; i < tasks_; ++i) {
            if (e.on_cpu(static_cast<actor>(i))) urgencies.push_back(e.urgency(static_cast<actor>(i)));
        }
        std::sort(urgencies.begin(), urgencies.end());
        return urgencies;
    }

    // The most urgent tasks that fit on the CPUs together: taking them greedily is best, because sets of
    // tasks that fit together form a matroid.
    std::vector<int> best(const execution& e, std::vector<actor> candidates) const {
        std::stable_sort(candidates.begin(), candidates.end(),
                         [&e](actor a, actor b) { return e.urgency(a) > e.urgency(b); });
        std::array<actor, 64> at;
        at.fill(no_actor);
        std::vector<int> urgencies;
        for (const actor t : candidates) {
            std::uint64_t seen = 0;
            const std::function<bool(actor)> fits = [&](actor a) {
                for (unsigned c = 0; c < cpus_; ++c) {
                    if (((affinity_[a] >> c) & 1U) == 0 || ((seen >> c) & 1U) != 0) continue;
                    seen |= std::uint64_t{1} << c;
                    if (at[c] == no_actor || fits(at[c])) {
                        at[c] = a;
                        return true;
                    }
                }
                return false;
            };
            if (fits(t)) urgencies.push_back(e.urgency(t));
        }
        std::sort(urgencies.begin(), urgencies.end());
        return urgencies;
    }

    const std::uint64_t seed_;
    unsigned cpus_ = 0;
    unsigned tasks_ = 0;
    bool pinned_ = false;
    shared<int>* word_ = nullptr;
    guarded<int>* data_ = nullptr;
    raw_spinlock* lock_ = nullptr;
    std::array<std::vector<step>, 8> plans_;
    std::array<timer*, 8> timers_{};
    std::array<std::pair<drawn_program*, actor>, 8> owners_{};
    std::array<std::uint64_t, 8> affinity_{};
    std::array<bool, 8> atomic_{};
    std::array<bool, 64> callback_on_{};
};

constexpr std::array strategies{"random", "random:stay=7/8", "pct:depth=3", "pos", "surw", "roundrobin"};

}  // namespace

TEST_CASE("invariants: CPUs hold the most urgent tasks that are allowed there, one each, whatever happens") {
    std::uint64_t checks = 0;
    std::uint64_t crowded = 0;
    std::set<verdict> verdicts;
    execution e;
    for (std::uint64_t seed = 0; seed < repetitions(600); ++seed) {
        CAPTURE(seed);
        drawn_program p(seed);
        for (const char* name : strategies) {
            CAPTURE(name);
            const auto strategy_of_name = make_strategy(name).made;
            for (std::uint64_t i = 0; i < 8; ++i) {
                const run_result& r = e.run(p, *strategy_of_name, {}, execution_seed(seed, i));
                REQUIRE_MESSAGE(p.wrong == 0, r.failure.message);
                REQUIRE_MESSAGE(r.end == verdict::completed, r.failure.message);
            }
        }
        checks += p.checks;
        crowded += p.crowded;
    }
    CHECK(checks > repetitions(100'000));
    CHECK(crowded > repetitions(10'000));
}

TEST_CASE("invariants: an execution repeats itself, with or without a log") {
    execution e;
    execution other;
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        CAPTURE(seed);
        drawn_program p(seed);
        const auto walk = make_strategy("random").made;
        const run_result quiet = e.run(p, *walk, {}, seed);
        const run_result first = e.run(p, *walk, with_log(), seed);
        const run_result second = other.run(p, *walk, with_log(), seed);
        CHECK(digest(first.log) == digest(second.log));
        CHECK(quiet.decisions == first.decisions);
        CHECK(quiet.schedule_hash == first.schedule_hash);
        CHECK(quiet.end == first.end);
        CHECK(quiet.statistics.points == first.statistics.points);

        replay again(quiet.decisions);
        const run_result replayed = e.run(p, again, with_log());
        CHECK(digest(replayed.log) == digest(first.log));
        CHECK(!again.diverged());
        CHECK(again.left_over().empty());
    }
}
