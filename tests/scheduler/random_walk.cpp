#include "scheduler/random_walk.hpp"

#include <cmath>
#include <map>
#include <string>

#include <doctest/doctest.h>

#include "scheduler/forwarding.hpp"
#include "tests/runtime/small_program.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

// Tasks of unequal length, a value and an event: choice points of two, three and four possibilities.
small_program uneven_program() {
    return small_program([](small_program& p) {
        p.event("signal", [] {});
        p.task({}, [] { small_program::step("short"); });
        p.task({}, [] {
            small_program::step("long");
            (void)execution::current().choose(3, "value");
        });
    });
}

// Explores every schedule and computes on the way what a random walk's probability of each is.
class exact_probability final : public strategy {
public:
    explicit exact_probability(double stay) : stay_(stay) {}

    void begin(std::uint64_t seed) override {
        probability = 1;
        all_.begin(seed);
    }
    actor pick(const situation& where) override {
        const actor next = all_.pick(where);
        const double uniform = 1.0 / where.enabled.count();
        const bool may_stay = where.current != no_actor && where.enabled.contains(where.current);
        const double preferred = next == where.current ? 1.0 : 0.0;
        probability *= may_stay ? stay_ * preferred + (1 - stay_) * uniform : uniform;
        return next;
    }
    std::uint32_t choose(std::uint32_t n) override {
        probability /= n;
        return all_.choose(n);
    }
    void end(const execution_size& size) override {
        all_.end(size);
    }
    bool more() const override {
        return all_.more();
    }

    double probability = 1;

private:
    const double stay_;
    exhaustive all_;
};

// The frequencies of all schedules in 200,000 executions. Each count is binomial with mean Np and standard
// deviation sqrt(Np(1-p)); none of the at most 200 schedules may be off by more than five of those (chance
// below 2e-4 for a correct generator; the seed is fixed).
void check_distribution(random_walk& walk, double stay) {
    small_program p = uneven_program();
    execution e;
    exact_probability exact(stay);
    std::map<std::uint64_t, double> expected;
    double sum = 0;
    while (exact.more()) {
        const std::uint64_t hash = e.run(p, exact, {}).schedule_hash;
        CHECK(expected.emplace(hash, exact.probability).second);
        sum += exact.probability;
    }
    CHECK(sum == doctest::Approx(1));
    CHECK(expected.size() > 50);

    constexpr std::uint64_t executions = 200'000;
    std::map<std::uint64_t, std::uint64_t> counts;
    for (std::uint64_t i = 0; i < executions; ++i) {
        ++counts[e.run(p, walk, {}, execution_seed(11, i)).schedule_hash];
    }
    for (const auto& [hash, probability] : expected) {
        const double mean = static_cast<double>(executions) * probability;
        const double deviation = std::sqrt(mean * (1 - probability));
        CHECK(std::abs(static_cast<double>(counts[hash]) - mean) < 5 * deviation);
    }
    CHECK(counts.size() == expected.size());
}

}  // namespace

TEST_CASE("random: each schedule has the probability 1/(b1 b2 ... bk)") {
    random_walk walk;
    check_distribution(walk, 0);
}

TEST_CASE("random:stay=P/Q: the current one is kept with P/Q, else the draw is uniform over all") {
    random_walk walk(3, 4);
    check_distribution(walk, 0.75);
}

// In 10,000 draws of probability 1/2 the standard deviation is 50.
TEST_CASE("random:stay=P/Q: a current actor that yields, or that cannot go on, is not preferred") {
    random_walk walk(99, 100);
    walk.begin(5);
    const auto kept = [&walk](actor current, bool yields) {
        situation where;
        where.enabled.insert(0);
        where.enabled.insert(1);
        where.current = current;
        where.fallback = 0;
        where.current_yields = yields;
        int zeros = 0;
        for (int i = 0; i < 10'000; ++i) {
            zeros += walk.pick(where) == 0 ? 1 : 0;
        }
        return zeros;
    };
    CHECK(kept(0, false) > 9'900);  // mean 9950, standard deviation 7
    CHECK(kept(0, false) < 10'000);
    for (const int zeros : {kept(0, true), kept(7, false), kept(no_actor, false)}) {
        CHECK(zeros > 4'750);
        CHECK(zeros < 5'250);
    }
}

TEST_CASE("random: a seed means one schedule") {
    small_program p = uneven_program();
    execution e;
    random_walk walk;
    random_walk other;
    const schedule first = e.run(p, walk, {}, 1).decisions;
    (void)e.run(p, walk, {}, 2);
    CHECK(e.run(p, walk, {}, 1).decisions == first);
    CHECK(e.run(p, other, {}, 1).decisions == first);
}
