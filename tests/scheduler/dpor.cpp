#include "scheduler/dpor.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_set>

#include <doctest/doctest.h>

#include "runtime/sanitizer.hpp"
#include "scheduler/bounded.hpp"
#include "scheduler/exhaustive.hpp"
#include "tests/runtime/small_program.hpp"
#include "tests/support/effort.hpp"
#include "tests/support/generated_program.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

// All schedules, without any reduction, and of each of them which trace it belongs to.
class traced_exhaustive final : public strategy {
public:
    void begin(std::uint64_t seed) override {
        all_.begin(seed);
        order_.shorten(0);
        touched_.clear();
        open_ = false;
        cut_ = false;
        values_ = 0;
    }
    actor pick(const situation& where) override {
        if (cut_) return where.fallback;  // what goes on after that is one schedule of many
        const actor next = all_.pick(where);
        if (next != no_actor) open(next, where.enabled);
        return next;
    }
    std::uint32_t choose(std::uint32_t n) override {
        if (cut_) return 0;
        const std::uint32_t value = all_.choose(n);
        values_ = values_ * 31 + 1000U * order_.size() + value + 1;
        by_actor_[who_] = by_actor_[who_] * 31 + value + 1;
        return value;
    }
    void end(const execution_size& size) override {
        if (open_) close({});
        std::uint64_t values = 0;
        for (const auto& [who, value] : by_actor_) {
            values += (who + 1) * 0x9e3779b97f4a7c15U * value;
        }
        by_actor_.clear();
        traces.insert(order_.trace_hash() ^ values);
        all_.end(size);
    }
    bool more() const override {
        return all_.more();
    }
    bool watches() const override {
        return true;
    }
    footprint* recording() override {
        return &touched_;
    }
    void stepped(const actor_set& enabled) override {
        if (open_) close(enabled);
        enabled_ = enabled;
    }
    bool forced(actor next) override {
        open(next, enabled_);
        return true;
    }
    void cut() override {
        cut_ = true;
    }

    std::unordered_set<std::uint64_t> traces;

private:
    void open(actor who, const actor_set& enabled) {
        who_ = who;
        before_ = enabled;
        touched_.clear();
        open_ = true;
    }
    void close(const actor_set& enabled) {
        open_ = false;
        actor_set changed{before_.tasks ^ enabled.tasks, before_.events ^ enabled.events};
        changed.erase(who_);
        for (; !changed.empty(); changed.erase(changed.first())) {
            touched_.add(places::standing(changed.first()), true);
        }
        order_.add(who_, touched_.touches());
    }

    exhaustive all_;
    happens_before order_;
    footprint touched_;
    actor_set before_;
    actor_set enabled_;
    actor who_ = no_actor;
    bool open_ = false;
    bool cut_ = false;
    std::uint64_t values_ = 0;
    std::map<actor, std::uint64_t> by_actor_;
};

struct tally {
    std::set<std::string> outcomes;  ///< of executions that ended by themselves, within the bound
    std::set<std::string> all;       ///< and of those that turned out at their end to be beyond it
    std::uint64_t executions = 0;
    std::uint64_t redundant = 0;
    std::uint64_t cuts = 0;  ///< those that did not end by themselves
    bool complete = false;
};

template <typename Program>
tally run_all(Program& p, strategy& s, std::uint64_t executions_max, const run_options& options = {},
              std::uint32_t switches_max = schedule_bound::any) {
    execution e;
    tally t;
    while (s.more() && t.executions + t.redundant < executions_max) {
        const run_result& r = e.run(p, s, options);
        if (r.end == verdict::redundant) {
            ++t.redundant;
            continue;
        }
        ++t.executions;
        REQUIRE(r.end != verdict::diverged);
        if (r.statistics.fair != 0) {
            ++t.cuts;
            continue;
        }
        t.all.insert(p.outcome(r));
        if (r.statistics.preemptions + r.statistics.interleavings <= switches_max) {
            t.outcomes.insert(p.outcome(r));
        }
    }
    t.complete = !s.more();
    return t;
}

struct sums {
    unsigned programs = 0;
    unsigned too_big = 0;
    std::uint64_t schedules = 0;
    std::uint64_t traces = 0;
    std::uint64_t executions = 0;
    std::uint64_t redundant = 0;
};

void compare(const generated_program::flavour& what, std::uint64_t first_seed, unsigned count, sums& s) {
    for (unsigned i = 0; i < count; ++i) {
        const std::uint64_t seed = first_seed + i;
        generated_program p(seed, what);
        traced_exhaustive all;
        const tally brute = run_all(p, all, test::repetitions(30'000));
        if (!brute.complete) {
            ++s.too_big;
            continue;
        }
        dpor reduced;
        const tally clever = run_all(p, reduced, 1'000'000);
        REQUIRE(clever.complete);
        ++s.programs;
        s.schedules += brute.executions;
        s.traces += all.traces.size();
        s.executions += clever.executions;
        s.redundant += clever.redundant;
        CAPTURE(seed);
        CAPTURE(p.describe_program());
        CHECK(clever.outcomes == brute.outcomes);
    }
}

void show(const std::string& what, const sums& s) {
    MESSAGE(what << ": " << s.programs << " programs (" << s.too_big << " too big), " << s.schedules
                 << " schedules, " << s.traces << " traces, " << s.executions << " executions, "
                 << s.redundant << " redundant");
}

}  // namespace

// The properties hold for every seed; TENTHRULE_DPOR_PROGRAMS asks for more of them.
unsigned programs_each() {
    const char* const asked = std::getenv("TENTHRULE_DPOR_PROGRAMS");
    return asked != nullptr ? static_cast<unsigned>(std::strtoul(asked, nullptr, 10))
                            : test::repetitions(150);
}

namespace {

// From 4 on CPUs go by urgency alone; with 6 and 7, until somebody's policy changes.
generated_program::flavour some_of_everything(unsigned cpus, unsigned variant, unsigned operations) {
    generated_program::flavour f;
    f.cpus = cpus;
    f.fifo_only = variant >= 4;
    f.policies = variant >= 6;
    f.tasks_max = variant % 4 == 3 || f.fifo_only ? 4 : 3;
    f.operations_max = variant % 4 == 3 ? 6 : operations;
    f.timers = variant % 4 != 1;
    f.events = variant % 4 == 0 || variant % 4 == 3;
    f.values = variant % 4 != 2 && !f.fifo_only;
    f.locks = variant % 4 != 3 || f.fifo_only;
    return f;
}

}  // namespace

TEST_CASE("dpor: outcomes of generated programs are those of all schedules") {
    for (unsigned cpus = 0; cpus < 4; ++cpus) {
        for (unsigned variant = 0; variant < (cpus == 0 ? 4U : 8U); ++variant) {
            sums s;
            const generated_program::flavour f = some_of_everything(cpus, variant, 9);
            compare(f, 100'000 * cpus + 10'000 * variant, programs_each(), s);
            show("cpus " + std::to_string(cpus) + " variant " + std::to_string(variant), s);
        }
    }
}

namespace {

generated_program::flavour contending(std::uint64_t seed) {
    random_source random;
    random.reseed(seed * 77);
    generated_program::flavour f;
    f.cpus = random.below(4);
    f.contention = true;
    f.fifo_only = random.below(3) != 0;
    f.operations_max = 4 + random.below(3);
    f.sleeps = random.below(2) == 0;
    f.timers = random.below(2) == 0;
    f.events = random.below(2) == 0;
    f.values = false;
    f.rules = random.below(2) == 0;
    return f;
}

}  // namespace

TEST_CASE("dpor: outcomes of programs that contend for locks are those of all schedules") {
    sums s;
    for (std::uint64_t seed = 1; seed <= 4 * programs_each(); ++seed) {
        compare(contending(seed), seed, 1, s);
    }
    show("contention", s);
    CHECK(s.executions < s.traces);  // waiting and coming later are one thing
    sums few;
    // Who got a lock at once goes on from there and looks at a word, which who waits does not: before what it
    // waited for it would have to come behind those who write that word.
    for (const std::uint64_t seed : {10'028'554U, 20'021'523U, 20'025'357U}) {
        compare(contending(seed), seed, 1, few);
    }
    // Somebody else tries a lock that was handed over to who has not yet gone on.
    for (const std::uint64_t seed : {20'036'650U, 20'005'280U}) {
        compare(contending(seed), seed, 1, few);
    }
    // What counts is where the lock was given back last before somebody notices, not where it was first.
    compare(contending(12'030'010), 12'030'010, 1, few);
    CHECK((sanitizer::address || few.programs == 6));  // there some are too big
}

namespace {

using program_setup = std::function<void(small_program&, std::string&)>;

// What the program writes to the word that it is given, in all schedules of that search.
std::set<std::string> outcomes_in(strategy& search, const program_setup& setup,
                                  const run_options& options = {}) {
    std::string outcome;
    small_program p([&](small_program& q) {
        outcome.clear();
        setup(q, outcome);
    });
    std::set<std::string> found;
    execution e;
    while (search.more()) {
        const run_result& r = e.run(p, search, options);
        REQUIRE(r.end != verdict::diverged);
        if (r.end != verdict::redundant)
            found.insert(outcome + (r.end == verdict::violation ? r.failure.identity : ""));
    }
    return found;
}

// In all schedules. Each has to be found with the reduction, too.
std::set<std::string> outcomes_of(const program_setup& setup, const run_options& options = {}) {
    exhaustive every;
    const std::set<std::string> expected = outcomes_in(every, setup, options);
    dpor reduced;
    CHECK(outcomes_in(reduced, setup, options) == expected);
    return expected;
}

}  // namespace

TEST_CASE("dpor: that somebody spins is tried where it keeps a CPU from somebody else") {
    const std::set<std::string> all = outcomes_of([](small_program& p, std::string& seen) {
        p.machine().set_cpus(2);
        auto* const lock = p.make_lock(inner_kind, "lock");
        auto* const word = p.make_shared_cell<int>("word");
        const actor urgent = 2;
        const auto look = [&seen, word](char who) {
            const int value = word->update([](int v) { return v; });  // so that the order of looks counts
            seen += who;
            seen += value == 0 ? "0 " : "1 ";
        };
        p.task({.name = "holder", .sched = policy::fifo, .priority = 3}, [=] {
            lock->lock();
            here().release(urgent);
            lock->unlock();
            look('h');
        });
        p.task({.name = "waiter", .sched = policy::fifo, .priority = 1}, [=] {
            lock->lock();
            word->store(1);
            lock->unlock();
        });
        p.task({.name = "urgent", .sched = policy::fifo, .priority = 2, .start = start_mode::held},
               [=] { look('u'); });
    });
    // The waiter had the lock before the urgent one got its CPU, though the holder still had its own.
    CHECK(all.count("h1 u1 ") == 1);
}

TEST_CASE("dpor: that somebody spins is tried where it is looked at") {
    const std::set<std::string> all = outcomes_of([](small_program& p, std::string& seen) {
        auto* const lock = p.make_lock(inner_kind, "lock");
        const actor waiter = 1;
        p.task({.name = "holder"}, [=, &seen] {
            lock->lock();
            small_program::step("look");
            seen = here().can_be_preempted(waiter) ? "yes" : "no";
            lock->unlock();
        });
        p.task({.name = "waiter"}, [=] {
            lock->lock();
            lock->unlock();
        });
    });
    CHECK(all == std::set<std::string>{"no", "yes"});
}

// Who may sleep with a lock held is woken by the alarm, and gives it back before the other one need spin.
TEST_CASE("dpor: that somebody spins is tried where otherwise nobody rests") {
    run_options options;
    options.rules.erase(rules::sleeping_while_atomic);
    const std::set<std::string> all = outcomes_of(
        [](small_program& p, std::string& seen) {
            auto* const lock = p.make_lock(inner_kind, "lock");
            constexpr actor sleeper = 0;
            timer* const alarm = p.make_timer("alarm", [] { here().wake(sleeper); });
            p.task({.name = "sleeper"}, [=] {
                lock->lock();
                here().arm(*alarm, 1);
                here().sleep({});
                lock->unlock();
            });
            p.task({.name = "other"}, [=] {
                lock->lock();
                lock->unlock();
            });
            p.on_rest = [&seen](bool for_ever) { seen += for_ever ? "" : "rest "; };
        },
        options);
    CHECK(all == std::set<std::string>{"", "rest "});
}

// ---- Retry loops

namespace {

// Rounds of retry loops after which an execution is given up. For each outcome a few are enough: whoever
// waits in a loop can as well not step at all, and be waited for, until it can get on.
run_options with_rounds(std::uint32_t most) {
    run_options options;
    options.retries_max = most;
    options.fair_points = 20;
    return options;
}

struct loop_sums {
    unsigned programs = 0;
    unsigned with_loops = 0;  ///< programs with executions that do not end by themselves
    unsigned endless = 0;     ///< and with some in which loops keep each other going
    std::uint64_t schedules = 0;
    std::uint64_t executions = 0;
};

generated_program::flavour loops(unsigned cpus, unsigned variant) {
    generated_program::flavour f;
    f.cpus = cpus;
    f.operations_max = variant == 0 ? 5 : 4;
    f.retries = true;
    f.sleeps = variant == 1;
    f.timers = variant == 1;
    f.events = variant == 2;
    f.values = variant == 2;
    f.locks = variant != 1;
    f.rules = variant != 0;
    return f;
}

}  // namespace

TEST_CASE("dpor: outcomes of programs with retry loops are those of all schedules") {
    for (unsigned cpus = 0; cpus < 4; ++cpus) {
        for (unsigned variant = 0; variant < 3; ++variant) {
            loop_sums s;
            for (unsigned i = 0; i < programs_each() / 5 + 1; ++i) {
                const std::uint64_t seed = 1'000'000 + 100'000 * cpus + 10'000 * variant + i;
                generated_program p(seed, loops(cpus, variant));
                traced_exhaustive all;
                const tally brute = run_all(p, all, 10'000, with_rounds(3));
                if (!brute.complete) {
                    continue;
                }
                dpor reduced;
                const tally clever = run_all(p, reduced, 30'000, with_rounds(10));
                ++s.programs;
                s.with_loops += brute.cuts != 0 ? 1U : 0U;
                s.schedules += brute.executions;
                s.executions += clever.executions;
                CAPTURE(seed);
                CAPTURE(p.describe_program());
                if (clever.complete && clever.cuts == 0) {
                    CHECK(clever.outcomes == brute.outcomes);
                } else {
                    // Two loops that each count as somebody else's step to the other: dpor claims nothing.
                    ++s.endless;
                    CHECK(std::includes(brute.outcomes.begin(), brute.outcomes.end(), clever.outcomes.begin(),
                                        clever.outcomes.end()));
                }
            }
            MESSAGE("loops, cpus " << cpus << " variant " << variant << ": " << s.programs << " programs ("
                                   << s.with_loops << " go round, " << s.endless << " for ever), "
                                   << s.schedules << " schedules, " << s.executions << " executions");
        }
    }
}

// ---- Bounds

namespace {

struct bound_sums {
    unsigned searches = 0;
    std::uint64_t schedules = 0;
    std::uint64_t executions = 0;
    std::uint64_t redundant = 0;
};

void compare_within_bounds(const generated_program::flavour& what, std::uint64_t first_seed, unsigned count,
                           bound_sums& s) {
    const run_options options = what.retries ? with_rounds(10) : run_options{};
    for (unsigned i = 0; i < count; ++i) {
        const std::uint64_t seed = first_seed + i;
        generated_program p(seed, what);
        CAPTURE(seed);
        CAPTURE(p.describe_program());
        for (std::uint32_t switches = 0; switches < 6; ++switches) {
            bounded all({.switches = switches});
            const tally brute = run_all(p, all, 10'000, options, switches);
            if (!brute.complete) {
                break;
            }
            dpor reduced(subtree{}, {.switches = switches});
            const tally clever = run_all(p, reduced, 1'000'000, options, switches);
            REQUIRE(clever.complete);
            CAPTURE(switches);
            if (brute.cuts == 0) {
                CHECK(clever.outcomes == brute.outcomes);
            }
            if (what.retries && brute.cuts == 0) {
                bounded round_and_round({.switches = switches});
                round_and_round.keep_going_round();
                const tally rounds = run_all(p, round_and_round, 10'000, with_rounds(3), switches);
                CHECK((rounds.outcomes == brute.outcomes || !rounds.complete));
            }
            ++s.searches;
            s.schedules += brute.executions + brute.redundant;
            s.executions += clever.executions;
            s.redundant += clever.redundant;
            if (!reduced.left_out()) {
                dpor unbounded;
                const tally everything = run_all(p, unbounded, 1'000'000, options);
                CHECK((clever.all == everything.all || everything.cuts != 0));
            }
            if (!all.left_out()) {
                CHECK_FALSE(reduced.left_out());
                break;
            }
        }
    }
}

void show(const std::string& what, const bound_sums& s) {
    MESSAGE(what << ": " << s.searches << " searches, " << s.schedules << " schedules, " << s.executions
                 << " executions, " << s.redundant << " redundant");
}

}  // namespace

TEST_CASE("dpor: within a bound, outcomes of generated programs are those of all schedules within it") {
    for (unsigned cpus = 0; cpus < 4; ++cpus) {
        for (unsigned variant = 0; variant < (cpus == 0 ? 4U : 8U); ++variant) {
            bound_sums s;
            const generated_program::flavour f = some_of_everything(cpus, variant, 8);
            compare_within_bounds(f, 2'000'000 + 100'000 * cpus + 10'000 * variant, programs_each() / 10 + 1,
                                  s);
            show("bounds, cpus " + std::to_string(cpus) + " variant " + std::to_string(variant), s);
        }
        for (unsigned variant = 0; variant < 3; ++variant) {
            bound_sums s;
            compare_within_bounds(loops(cpus, variant), 3'000'000 + 100'000 * cpus + 10'000 * variant,
                                  programs_each() / 10 + 1, s);
            show("bounds and loops, cpus " + std::to_string(cpus) + " variant " + std::to_string(variant), s);
        }
    }
    // The step that exceeds the bound is its last: nothing is left out, and one outcome is beyond it.
    bound_sums one;
    compare_within_bounds(loops(1, 2), 3'120'846, 1, one);
    CHECK(one.searches != 0);
}

namespace {

// dpor that is told nothing of some places: what a mistake in the definition of dependence would be.
class forgetful final : public strategy {
public:
    explicit forgetful(bool (*forgotten)(place_number)) : forgotten_(forgotten) {}
    void begin(std::uint64_t seed) override {
        all_.begin(seed);
    }
    actor pick(const situation& where) override {
        return all_.pick(where);
    }
    std::uint32_t choose(std::uint32_t n) override {
        return all_.choose(n);
    }
    void end(const execution_size& size) override {
        forget();
        all_.end(size);
    }
    bool more() const override {
        return all_.more();
    }
    bool watches() const override {
        return true;
    }
    footprint* recording() override {
        return all_.recording();
    }
    void stepped(const actor_set& enabled) override {
        forget();
        all_.stepped(enabled);
    }
    bool forced(actor next) override {
        return all_.forced(next);
    }
    void cut() override {
        all_.cut();
    }
    bool redundant() const override {
        return all_.redundant();
    }

private:
    void forget() {
        footprint* const touched = all_.recording();
        if (touched == nullptr) {
            return;
        }
        const std::vector<touch> before(touched->touches().begin(), touched->touches().end());
        touched->clear();
        for (const touch& t : before) {
            if (!forgotten_(t.where)) touched->add(t.where, t.writes);
        }
    }

    dpor all_;
    bool (*forgotten_)(place_number);
};

constexpr bool is_among(place_number p, place_number first, place_number n) {
    return p >= first && p < first + n;
}

// How many of some programs come to other outcomes if those places are forgotten.
unsigned programs_gone_wrong(bool (*forgotten)(place_number), generated_program::flavour f = {},
                             unsigned programs = 400) {
    unsigned wrong = 0;
    f.operations_max = 6;
    f.values = false;  // what is forgotten would confuse their bookkeeping
    for (std::uint64_t seed = 1; seed <= programs && wrong == 0; ++seed) {
        generated_program p(7'000'000 + seed, f);
        exhaustive all;
        const tally brute = run_all(p, all, test::repetitions(10'000));
        if (!brute.complete) {
            continue;
        }
        forgetful reduced(forgotten);
        wrong += run_all(p, reduced, 1'000'000).outcomes != brute.outcomes ? 1U : 0U;
    }
    return wrong;
}

}  // namespace

TEST_CASE("dpor: each part of the definition of dependence is missed if it is missing") {
    CHECK(programs_gone_wrong([](place_number) { return false; }, {}, test::repetitions(400)) == 0);
    const auto memory = [](place_number p) { return p >= places::first_memory && p % 4 == 0; };
    const auto cells = [](place_number p) { return p >= places::first_memory && p % 4 == 1; };
    CHECK(programs_gone_wrong(memory) > 0);
    CHECK(programs_gone_wrong(cells) > 0);
    CHECK(programs_gone_wrong([](place_number p) { return p == places::virtual_time; }) > 0);
    CHECK(programs_gone_wrong([](place_number p) { return p == places::rest; }) > 0);
    generated_program::flavour two_cpus;
    two_cpus.cpus = 2;
    const auto allocation = [](place_number p) { return p == places::allocation; };
    CHECK(programs_gone_wrong(allocation, two_cpus) > 0);
    // Where CPUs go by urgency alone, whoever looks for one tells whose preemption it depended on.
    generated_program::flavour by_urgency;
    by_urgency.fifo_only = true;
    for (by_urgency.cpus = 1; by_urgency.cpus < 3; ++by_urgency.cpus) {
        CHECK(programs_gone_wrong([](place_number) { return false; }, by_urgency, test::repetitions(400)) ==
              0);
    }
    by_urgency.cpus = 2;
    CHECK(programs_gone_wrong(allocation, by_urgency) > 0);
    by_urgency.cpus = 1;
    CHECK(programs_gone_wrong([](place_number p) { return is_among(p, places::preemption(0), 256); },
                              by_urgency, 800) > 0);
    if (sanitizer::address) return;  // programs that show the last one are too large
    generated_program::flavour timers_only;
    timers_only.sleeps = timers_only.locks = timers_only.rules = timers_only.events = false;
    CHECK(programs_gone_wrong([](place_number p) { return p == places::timers; }, timers_only) > 0);
}

TEST_CASE("dpor: whether somebody sleeps is missed if it is no place") {
    const auto setup = [](small_program& p, std::string& seen) {
        constexpr actor sleeper = 0;
        p.task({.name = "sleeper"}, [] { here().sleep({}); });
        p.task({.name = "other"}, [&seen] {
            small_program::step("look");
            seen = here().asleep(sleeper) ? "yes " : "no ";
        });
    };
    const std::set<std::string> all = outcomes_of(setup);  // it sleeps for ever
    CHECK(all == std::set<std::string>{"no deadlock: waits for ", "yes deadlock: waits for "});
    forgetful reduced([](place_number p) { return is_among(p, places::sleep(0), 256); });
    CHECK(outcomes_in(reduced, setup).size() == 1);
}

TEST_CASE("dpor: which CPU was idle is missed if it is no place") {
    const auto setup = [](small_program& p, std::string& seen) {
        p.machine().set_cpus(3);
        constexpr actor third = 2;
        p.task({.name = "first", .sched = policy::fifo, .priority = 1}, [] { small_program::step("end"); });
        p.task({.name = "second", .sched = policy::fifo, .priority = 1}, [] {
            small_program::step("release");
            here().release(third);
        });
        p.task({.name = "third", .sched = policy::fifo, .priority = 1, .start = start_mode::held},
               [&seen] { seen = std::to_string(here().cpu_of(third)); });
    };
    CHECK(outcomes_of(setup) == std::set<std::string>{"0", "2"});
    forgetful reduced([](place_number p) { return is_among(p, places::processor(0), 64); });
    CHECK(outcomes_in(reduced, setup).size() == 1);
}

TEST_CASE("dpor: the subtrees of a frontier have all schedules together, and no more") {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        generated_program::flavour f;
        f.cpus = static_cast<unsigned>(seed % 3);
        generated_program p(8'000'000 + seed, f);
        exhaustive all;
        const tally brute = run_all(p, all, 10'000);
        if (!brute.complete) {
            continue;
        }
        CAPTURE(seed);
        for (const std::uint32_t switches : {schedule_bound::any, 1U}) {
            const schedule_bound most{.switches = switches};
            bounded within(most);
            const std::set<std::string> expected = run_all(p, within, 10'000, {}, switches).outcomes;
            CAPTURE(switches);
            CHECK((switches == 1 || expected == brute.outcomes));
            dpor whole(subtree{}, most);
            const tally at_once = run_all(p, whole, 1'000'000);
            for (const std::uint32_t decisions : {1U, 3U, 6U}) {
                dpor beginning(dpor::frontier{decisions}, most);
                tally parts = run_all(p, beginning, 1'000'000, {}, switches);
                for (const subtree& s : beginning.subtrees()) {
                    dpor part(s, most);
                    const tally one = run_all(p, part, 1'000'000, {}, switches);
                    parts.executions += one.executions;
                    parts.outcomes.insert(one.outcomes.begin(), one.outcomes.end());
                }
                CHECK(parts.outcomes == expected);
                // What ends at a violation may end there in several orders.
                CHECK(parts.executions >= at_once.executions / 2);
                CHECK(parts.executions <= brute.executions);
            }
        }
    }
}

TEST_CASE("dpor: a search that is saved and restored goes on as if nothing had happened") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        generated_program::flavour f;
        f.cpus = static_cast<unsigned>(seed % 3);
        f.operations_max = 6;
        generated_program p(9'000'000 + seed, f);
        CAPTURE(seed);
        for (const std::uint32_t switches : {schedule_bound::any, 2U}) {
            const schedule_bound most{.switches = switches};
            dpor uninterrupted(subtree{}, most);
            execution e;
            std::vector<std::string> expected;
            while (uninterrupted.more() && expected.size() < 3'000) {
                expected.push_back(p.outcome(e.run(p, uninterrupted, {})));
            }
            std::vector<std::string> got;
            auto current = std::make_unique<dpor>(subtree{}, most);
            while (current->more() && got.size() < 3'000) {
                got.push_back(p.outcome(e.run(p, *current, {})));
                if (got.size() % 7 == 3) {
                    std::vector<std::uint64_t> memory;
                    current->save(memory);
                    current = std::make_unique<dpor>(subtree{}, most);
                    REQUIRE(current->restore(memory));
                    memory.pop_back();
                    dpor other(subtree{}, most);
                    CHECK_FALSE(other.restore(memory));
                }
            }
            CHECK(got == expected);
            CHECK(current->left_out() == uninterrupted.left_out());
        }
    }
}
