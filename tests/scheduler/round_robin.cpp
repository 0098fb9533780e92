#include "scheduler/round_robin.hpp"

#include <string>

#include <doctest/doctest.h>

#include "tests/runtime/small_program.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

situation among(std::initializer_list<unsigned> enabled, actor current) {
    situation where;
    for (const unsigned a : enabled) {
        where.enabled.insert(static_cast<actor>(a));
    }
    where.current = current;
    where.fallback = where.enabled.first();
    return where;
}

}  // namespace

TEST_CASE("roundrobin: everybody steps in turn") {
    std::string trace;
    small_program p([&](small_program& q) {
        trace.clear();
        for (const char letter : {'a', 'b', 'c'}) {
            q.task({}, [&trace, letter] {
                for (int i = 0; i < 3; ++i) {
                    small_program::step("step");
                    trace += letter;
                }
            });
        }
    });
    CHECK(search(p, "roundrobin", 1).verdicts == std::set<verdict>{verdict::completed});
    CHECK(trace == "abcabcabc");
}

TEST_CASE("roundrobin: the next one in ascending order, tasks before events, and round again") {
    round_robin turns;
    turns.begin(0);
    CHECK(turns.pick(among({0, 1, 2}, 0)) == 1);
    CHECK(turns.pick(among({0, 2}, 0)) == 2);
    CHECK(turns.pick(among({0, 2}, 2)) == 0);
    CHECK(turns.pick(among({0, 2}, 1)) == 2);  // also after somebody who cannot go on
    CHECK(turns.pick(among({0, 63, 64}, 0)) == 63);
    CHECK(turns.pick(among({0, 63, 64}, 63)) == 64);
    CHECK(turns.pick(among({0, 63, 64, 127}, 64)) == 127);
    CHECK(turns.pick(among({0, 127}, 127)) == 0);
    CHECK(turns.pick(among({3, 5}, no_actor)) == 3);
    CHECK(turns.choose(7) == 0);
}
