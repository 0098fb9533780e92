// The memory model against RC11's axioms: for any small program, exactly the outcomes that the axioms allow.

#include <doctest/doctest.h>

#include "runtime/random.hpp"
#include "tests/litmus/generated_litmus.hpp"
#include "tests/litmus/litmus.hpp"
#include "tests/support/effort.hpp"

namespace tenthrule::test {
namespace {

void agree(const litmus& test) {
    const std::string text = to_text(test);
    CAPTURE(text);
    const litmus_run found = run_litmus(test, "dpor");
    REQUIRE(found.complete);
    const outcomes allowed = allowed_by_axioms(test);
    REQUIRE(to_text(found.seen) == to_text(allowed));
}

void compare(std::uint64_t seed, unsigned programs, const litmus_shape& shape) {
    for (unsigned i = 0; i < programs; ++i) {
        agree(generated_litmus(execution_seed(seed, i), shape));
    }
}

void compare_cycles(std::uint64_t seed, unsigned programs, unsigned threads) {
    for (unsigned i = 0; i < programs; ++i) {
        agree(generated_cycle(execution_seed(seed, i), threads));
    }
}

TEST_SUITE("litmus") {
    TEST_CASE("generated: two threads of accesses") {
        litmus_shape shape;
        compare(1, repetitions(400), shape);
    }
    TEST_CASE("generated: two threads with fences") {
        litmus_shape shape;
        shape.fences = 3;
        shape.length = 4;
        compare(2, repetitions(300), shape);
    }
    TEST_CASE("generated: three threads") {
        litmus_shape shape;
        shape.threads = 3;
        shape.length = 2;
        compare(3, repetitions(200), shape);
    }
    TEST_CASE("generated: three threads with fences") {
        litmus_shape shape;
        shape.threads = 3;
        shape.length = 3;
        shape.fences = 4;
        shape.updates = 1;
        compare(4, repetitions(100), shape);
    }
    TEST_CASE("generated: nearly everything seq_cst") {
        litmus_shape shape;
        shape.threads = 2;
        shape.length = 4;
        shape.seq_cst = 3;
        compare(5, repetitions(200), shape);
    }
    TEST_CASE("generated: cycles through two threads") {
        compare_cycles(11, repetitions(1000), 2);
    }
    TEST_CASE("generated: cycles through three threads") {
        compare_cycles(12, repetitions(1000), 3);
    }
    TEST_CASE("generated: cycles through four threads") {
        compare_cycles(13, repetitions(150), 4);
    }
    TEST_CASE("generated: no reduction of the search leads to the same") {
        litmus_shape shape;
        shape.length = 2;
        shape.threads = 3;
        shape.fences = 1;
        for (unsigned i = 0; i < repetitions(60); ++i) {
            const litmus test = generated_litmus(execution_seed(6, i), shape);
            const std::string text = to_text(test);
            CAPTURE(text);
            const litmus_run all = run_litmus(test, "exhaustive");
            REQUIRE(all.complete);
            REQUIRE(to_text(run_litmus(test, "dpor").seen) == to_text(all.seen));
        }
    }
}

}  // namespace
}  // namespace tenthrule::test
