#include "scheduler/dpor.hpp"

#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <unordered_set>

#include <doctest/doctest.h>

#include "scheduler/exhaustive.hpp"
#include "tests/runtime/small_program.hpp"
#include "tests/scheduler/generated_program.hpp"

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
        values_ = 0;
    }
    actor pick(const situation& where) override {
        const actor next = all_.pick(where);
        if (next != no_actor) open(next, where.enabled);
        return next;
    }
    std::uint32_t choose(std::uint32_t n) override {
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
    std::uint64_t values_ = 0;
    std::map<actor, std::uint64_t> by_actor_;
};

struct tally {
    std::set<std::string> outcomes;
    std::uint64_t executions = 0;
    std::uint64_t redundant = 0;
    bool complete = false;
};

template <typename Program>
tally run_all(Program& p, strategy& s, std::uint64_t executions_max) {
    execution e;
    tally t;
    while (s.more() && t.executions + t.redundant < executions_max) {
        const run_result& r = e.run(p, s, {});
        if (r.end == verdict::redundant) {
            ++t.redundant;
            continue;
        }
        ++t.executions;
        REQUIRE(r.end != verdict::diverged);
        t.outcomes.insert(p.outcome(r));
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
        const tally brute = run_all(p, all, 30'000);
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

void show(const char* what, const sums& s) {
    MESSAGE(what << ": " << s.programs << " programs (" << s.too_big << " too big), " << s.schedules
                 << " schedules, " << s.traces << " traces, " << s.executions << " executions, "
                 << s.redundant << " redundant");
}

}  // namespace

// The properties hold for every seed; TENTHRULE_DPOR_PROGRAMS asks for more of them.
unsigned programs_each() {
    const char* const asked = std::getenv("TENTHRULE_DPOR_PROGRAMS");
    return asked != nullptr ? static_cast<unsigned>(std::strtoul(asked, nullptr, 10)) : 150;
}

TEST_CASE("dpor: outcomes of generated programs are those of all schedules") {
    for (unsigned cpus = 0; cpus < 4; ++cpus) {
        for (unsigned variant = 0; variant < 4; ++variant) {
            generated_program::flavour f;
            f.cpus = cpus;
            f.tasks_max = variant == 3 ? 4 : 3;
            f.operations_max = variant == 3 ? 6 : 9;
            f.timers = variant != 1;
            f.events = variant == 0 || variant == 3;
            f.values = variant != 2;
            f.locks = variant != 3;
            sums s;
            compare(f, 100'000 * cpus + 10'000 * variant, programs_each(), s);
            show(("cpus " + std::to_string(cpus) + " variant " + std::to_string(variant)).c_str(), s);
        }
    }
}
