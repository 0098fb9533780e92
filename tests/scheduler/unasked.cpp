// Strategies need not be asked about each choice: random ones let the engine draw, and those that are settled
// say for how long. Neither may be noticed.

#include <array>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "runtime/random.hpp"
#include "scheduler/forwarding.hpp"
#include "scheduler/make_strategy.hpp"
#include "tests/runtime/small_program.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

// Says nothing about other ways than to be asked.
class asked final : public forwarding_strategy {
public:
    using forwarding_strategy::forwarding_strategy;
    actor pick(const situation& where) override {
        ++questions;
        return forwarding_strategy::pick(where);
    }
    std::uint64_t questions = 0;
};

class counted final : public forwarding_strategy {
public:
    using forwarding_strategy::forwarding_strategy;
    random_source* draws_from() override {
        return other().draws_from();
    }
    actor pick(const situation& where) override {
        ++questions;
        const actor next = forwarding_strategy::pick(where);
        settled_until_ = other().settled_until();
        return next;
    }
    std::uint64_t questions = 0;
};

// Two to four tasks that step, take a lock, draw values, retry until somebody else has stepped, sleep until
// the next one wakes them, or a timer does.
small_program generated(std::uint64_t seed) {
    return small_program([seed](small_program& p) {
        static const lock_class kind{60, "lock"};
        random_source random(seed);
        auto* const lock = p.make_lock(kind, "lock");
        auto* const word = p.make_shared_cell<int>("word");
        const unsigned tasks = 2 + random.below(3);
        for (unsigned t = 0; t < tasks; ++t) {
            std::array<unsigned, 8> does{};
            for (unsigned& d : does) {
                d = random.below(7);
            }
            timer* const alarm = p.make_timer("alarm", [t] { (void)here().wake(static_cast<actor>(t)); });
            p.task({}, [=] {
                for (const unsigned d : does) {
                    switch (d) {
                        case 0:
                            lock->lock();
                            small_program::step("inside");
                            lock->unlock();
                            break;
                        case 1:
                            (void)here().choose(3, "value");
                            break;
                        case 2:
                            here().retry("loop");
                            break;
                        case 3:
                            (void)here().wake(static_cast<actor>((t + 1) % tasks));
                            break;
                        case 4:
                            here().arm(*alarm, here().now() + 10);
                            here().sleep({});
                            (void)here().cancel(*alarm);
                            break;
                        default:
                            word->store(word->load() + 1);
                    }
                }
            });
        }
    });
}

}  // namespace

TEST_CASE("strategies: what is not asked is what would have been answered") {
    for (const char* name : {"random", "pct:depth=1", "pct:depth=3", "pct:depth=8"}) {
        CAPTURE(name);
        const std::unique_ptr<strategy> one = make_strategy(name).made;
        const std::unique_ptr<strategy> other = make_strategy(name).made;
        counted free(*one);
        asked always(*other);
        execution e;
        for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
            CAPTURE(seed);
            small_program p = generated(seed / 4);
            const run_result without = e.run(p, free, {}, seed);
            const run_result with = e.run(p, always, {}, seed);
            CHECK(without.end == with.end);
            CHECK(without.decisions == with.decisions);
            CHECK(without.schedule_hash == with.schedule_hash);
            CHECK(without.statistics.points == with.statistics.points);
            CHECK(without.statistics.choices == with.statistics.choices);
            CHECK(without.statistics.switches == with.statistics.switches);
            CHECK(without.statistics.interleavings == with.statistics.interleavings);
            CHECK(without.statistics.preemptions == with.statistics.preemptions);
        }
        CHECK(free.questions < always.questions / 4 * 3);
    }
}
