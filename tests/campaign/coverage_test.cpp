#include "worker/coverage/coverage.hpp"

#include <cmath>
#include <map>
#include <set>
#include <utility>

#include <doctest/doctest.h>

#include "campaign/search.hpp"
#include "runtime/random.hpp"
#include "scheduler/exhaustive.hpp"
#include "scheduler/forwarding.hpp"
#include "scheduler/happens_before.hpp"
#include "scheduler/make_strategy.hpp"
#include "tests/runtime/small_program.hpp"
#include "tests/support/effort.hpp"
#include "tests/support/generated_program.hpp"
#include "worker/coverage/watched.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

// All schedules, undecided by what watches them; keeps the whole order, as vector clocks.
class with_clocks final : public strategy {
public:
    explicit with_clocks(watched& inner) : inner_(inner) {}
    void begin(std::uint64_t seed) override {
        inner_.begin(seed);
        order_.shorten(0);
        open_ = false;
        values_.clear();
    }
    actor pick(const situation& where) override {
        const actor next = inner_.pick(where);
        open(next, where.enabled);
        return next;
    }
    std::uint32_t choose(std::uint32_t n) override {
        const std::uint32_t value = inner_.choose(n);
        values_[who_] = values_[who_] * 31 + value + 1;
        return value;
    }
    void end(const execution_size& size) override {
        if (open_) close({});
        inner_.end(size);
    }
    bool watches() const override {
        return true;
    }
    footprint* recording() override {
        return inner_.recording();
    }
    void stepped(const actor_set& enabled) override {
        if (open_) close(enabled);
        inner_.stepped(enabled);
        enabled_ = enabled;
    }
    bool forced(actor next) override {
        open(next, enabled_);
        return inner_.forced(next);
    }
    void cut() override {
        was_cut = true;
        inner_.cut();
    }

    // What dpor takes for the class of an execution.
    std::uint64_t trace() const {
        std::uint64_t values = 0;
        for (const auto& [who, value] : values_) {
            std::uint64_t state = value * 256 + who;
            values += splitmix64(state);
        }
        return order_.trace_hash() ^ values;
    }
    bool was_cut = false;

private:
    void open(actor who, const actor_set& enabled) {
        who_ = who;
        before_ = enabled;
        open_ = true;
    }
    // Sees the footprint before the watcher adds to it.
    void close(const actor_set& enabled) {
        open_ = false;
        actor_set changed{before_.tasks ^ enabled.tasks, before_.events ^ enabled.events};
        changed.erase(who_);
        for (; !changed.empty(); changed.erase(changed.first())) {
            inner_.recording()->add(places::standing(changed.first()), true);
        }
        order_.add(who_, inner_.recording()->touches());
    }

    watched& inner_;
    happens_before order_;
    actor_set before_;
    actor_set enabled_;
    actor who_ = no_actor;
    bool open_ = false;
    std::map<actor, std::uint64_t> values_;
};

// A strategy that does not watch, whatever it would like to.
class blind final : public forwarding_strategy {
public:
    using forwarding_strategy::forwarding_strategy;

    bool watches() const override {
        return false;
    }
};

}  // namespace

TEST_CASE("coverage: executions of one class have one hash, and those of different classes different ones") {
    std::uint64_t classes = 0;
    for (std::uint64_t seed = 1; seed <= repetitions(150); ++seed) {
        generated_program::flavour what;
        what.operations_max = 6;
        what.cpus = static_cast<unsigned>(seed % 3);
        generated_program p(seed, what);
        exhaustive all;
        blind unwatching(all);
        watched looking(unwatching);
        looking.watch(true);
        with_clocks clocks(looking);
        execution e;
        std::map<std::uint64_t, std::uint64_t> by_trace;
        std::map<std::uint64_t, std::uint64_t> by_hash;
        for (unsigned n = 0; n < 2'000 && all.more(); ++n) {
            const run_result& r = e.run(p, clocks, {});
            REQUIRE(r.end != verdict::diverged);
            if (std::exchange(clocks.was_cut, false)) {
                continue;
            }
            const std::uint64_t trace = clocks.trace();
            const std::uint64_t hash = looking.class_hash();
            CHECK(by_trace.emplace(trace, hash).first->second == hash);
            CHECK(by_hash.emplace(hash, trace).first->second == trace);
        }
        classes += by_hash.size();
    }
    CHECK(classes > repetitions(150) * 4);  // the programs are not trivial
}

TEST_CASE("coverage: an execution is the same one, watched or not") {
    for (std::uint64_t seed = 1; seed <= repetitions(100); ++seed) {
        generated_program::flavour what;
        what.cpus = static_cast<unsigned>(seed % 3);
        generated_program p(seed, what);
        for (const char* name : {"random", "pct:depth=3", "pos", "surw"}) {
            const auto one = make_strategy(name).made;
            const auto other = make_strategy(name).made;
            watched looking(*other);
            execution a;
            execution b;
            for (std::uint64_t i = 0; i < 40; ++i) {
                looking.watch(i % 3 == 0);
                const run_result& x = a.run(p, *one, {}, execution_seed(seed, i));
                const std::string outcome = p.outcome(x);
                const run_result& y = b.run(p, looking, {}, execution_seed(seed, i));
                REQUIRE(x.schedule_hash == y.schedule_hash);
                REQUIRE(x.decisions == y.decisions);
                REQUIRE(x.end == y.end);
                REQUIRE(x.statistics.points == y.statistics.points);
                REQUIRE(outcome == p.outcome(y));
            }
        }
    }
}

TEST_CASE("coverage: which of two dependent operations came first makes a pair") {
    small_program p([](small_program& in) {
        auto* const x = in.make_shared_cell<int>("x");
        auto* const alone = in.make_shared_cell<int>("alone");
        in.task({}, [=] { x->store(1); });
        in.task({}, [=] {
            (void)x->load();
            alone->store(1);
        });
    });
    exhaustive all;
    blind unwatching(all);
    watched looking(unwatching);
    looking.watch(true);
    execution e;
    std::set<std::vector<std::uint64_t>> pairs;
    std::set<std::uint64_t> classes;
    unsigned executions = 0;
    for (; all.more(); ++executions) {
        e.run(p, looking, {});
        std::vector<std::uint64_t> sorted = looking.pairs();
        std::sort(sorted.begin(), sorted.end());
        pairs.insert(sorted);
        classes.insert(looking.class_hash());
    }
    CHECK(executions > 2);
    CHECK(classes.size() == 2);
    CHECK(pairs.size() == 2);
}

TEST_CASE("coverage: joined sets are the set of both, and survive being written down") {
    coverage both;
    coverage one;
    coverage other;
    random_source random(7);
    for (unsigned i = 0; i < 5'000; ++i) {
        const std::uint64_t hash = random.below(3'000);
        const std::vector<std::uint64_t> pairs{random.below(200) * 0x9e3779b97f4a7c15U};
        both.add(hash, pairs);
        (i % 2 == 0 ? one : other).add(hash, pairs);
    }
    both.add_states({3, 0, 1, 0});
    one.add_states({1, 0, 0, 0});
    other.add_states({3, 0, 1, 0});
    const std::optional<coverage> read = coverage::from_bytes(other.to_bytes());
    REQUIRE(read);
    CHECK(read->to_bytes() == other.to_bytes());
    const coverage::news n = one.merge(*read);
    CHECK(n.states == 2);
    CHECK(n.classes > 0);
    CHECK(one.to_bytes() == both.to_bytes());
    CHECK(one.to_bytes().size() < 32'768);
    CHECK(both.now().watched == 5'000);
    CHECK(both.now().states == 3);
    CHECK(std::abs(static_cast<double>(both.now().pairs) - 200) < 20);
}

TEST_CASE("coverage: sets that have executions in common count none of them twice") {
    coverage all;
    coverage one;
    coverage other;
    random_source random(9);
    for (unsigned i = 0; i < 3'000; ++i) {
        const std::uint64_t hash = random.below(2'000);
        const std::vector<std::uint64_t> pairs{random.below(200) * 0x9e3779b97f4a7c15U};
        all.add(hash, pairs);
        if (i < 2'000) one.add(hash, pairs);
        if (i >= 1'000) other.add(hash, pairs);
    }
    coverage joined = one;
    joined.merge_overlapping(other);
    CHECK(joined.now().classes == all.now().classes);
    CHECK(joined.now().pairs == all.now().pairs);
    // It may say that more is unseen than there is, but not less.
    CHECK(joined.now().watched <= all.now().watched);
    CHECK(joined.now().unseen.good_turing >= all.now().unseen.good_turing);
    coverage twice = one;
    twice.merge(other);
    CHECK(twice.now().unseen.good_turing < all.now().unseen.good_turing);
    // What is the same on both sides changes nothing.
    coverage same = one;
    same.merge_overlapping(one);
    CHECK(same.to_bytes() == one.to_bytes());
    CHECK(coverage::from_bytes(joined.to_bytes()));
}

TEST_CASE("coverage: damaged bytes are refused, and never crash") {
    coverage c;
    random_source random(3);
    for (unsigned i = 0; i < 2'000; ++i) {
        c.add(random.next(), {random.next(), random.next()});
    }
    const std::string bytes = c.to_bytes();
    CHECK(!coverage::from_bytes(""));
    CHECK(!coverage::from_bytes(bytes + '\0'));
    for (std::size_t n = 0; n < bytes.size(); n += 97) {
        CHECK(!coverage::from_bytes(std::string_view(bytes).substr(0, n)));
    }
    for (unsigned i = 0; i < repetitions(2'000); ++i) {
        std::string wrong = bytes;
        wrong[random.below(static_cast<std::uint32_t>(bytes.size()))] = static_cast<char>(random.below(256));
        if (const std::optional<coverage> read = coverage::from_bytes(wrong)) {
            CHECK(coverage::from_bytes(read->to_bytes()));
        }
    }
}

TEST_CASE("coverage: Good-Turing and Chao1 on distributions that are known") {
    random_source random(11);
    SUBCASE("uniform over 400 classes") {
        class_sample s;
        std::set<std::uint64_t> seen;
        for (unsigned i = 0; i < 1'500; ++i) {
            const std::uint64_t hash = random.below(400);
            s.add(hash);
            seen.insert(hash);
        }
        const unseen_estimate u = s.unseen(seen.size());
        CHECK(s.level() == 0);
        // A class is missed with probability (1 - 1/400)^1500 = 0.023; so are 9 of 400.
        CHECK(u.good_turing == doctest::Approx(0.023).epsilon(0.5));
        CHECK(u.chao1 > 395);
        CHECK(u.chao1 < 415);
    }
    SUBCASE("more classes than fit into the sample") {
        class_sample s;
        distinct_counter classes;
        for (unsigned i = 0; i < 100'000; ++i) {
            const std::uint64_t hash = random.below(100'000);
            s.add(hash);
            classes.add(hash);
        }
        CHECK(s.level() > 0);
        CHECK(s.seen().size() <= class_sample::classes_max);
        const unseen_estimate u = s.unseen(classes.estimate());
        // n draws of n classes leave e^-1 of them unseen. 250 to 500 are in the sample, so the standard error
        // is below 5 %.
        CHECK(u.good_turing == doctest::Approx(0.368).epsilon(0.2));
        CHECK(u.chao1 == doctest::Approx(100'000).epsilon(0.2));
    }
    SUBCASE("all seen often") {
        class_sample s;
        for (unsigned i = 0; i < 1'000; ++i) {
            s.add(i % 10);
        }
        CHECK(s.unseen(10).good_turing == 0);
        CHECK(s.unseen(10).chao1 == 10);
    }
    SUBCASE("nothing seen") {
        CHECK(class_sample().unseen(0).good_turing == 1);
        CHECK(class_sample().unseen(0).chao1 == 0);
    }
}
