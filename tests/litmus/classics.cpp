#include "tests/litmus/classics.hpp"

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "tests/litmus/litmus.hpp"

namespace tenthrule::test {
namespace {

bool among(const std::string& all, std::string_view one) {
    return (" " + all + " ").find(" " + std::string(one) + " ") != std::string::npos;
}

TEST_SUITE("litmus") {
    TEST_CASE("the classics have exactly the outcomes that C++ allows") {
        for (const classic& c : classics) {
            CAPTURE(c.name);
            CAPTURE(c.why);
            const litmus test = parse_litmus(c.program);
            CHECK(to_text(test) == c.program);
            const litmus_run found = run_litmus(test, "dpor");
            CHECK(found.complete);
            const std::string outcomes_seen = to_text(as_shown(found.seen, test, c.what));
            CHECK(outcomes_seen == c.allowed);
            CHECK(to_text(as_shown(allowed_by_axioms(test), test, c.what)) == c.allowed);
            CHECK(among(c.allowed, c.weak) == c.weak_allowed);
        }
    }

    TEST_CASE("repeating an execution asks nothing of the heap") {
        const std::string everything =
            "x=1.rlx; f.sc; y=2.rel; x+1.sc | y.acq; f.ar; x?1:2.ar; f.sc; y=1.sc | y.sc; x=3.rlx; f.sc; "
            "y.rlx";
        CHECK(allocations_when_repeated(parse_litmus(everything), 2000) == 0);
    }
}

}  // namespace
}  // namespace tenthrule::test
