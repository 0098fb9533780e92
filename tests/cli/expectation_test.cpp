#include "cli/expectation.hpp"

#include <doctest/doctest.h>

#include "kernel/rules.hpp"

using namespace tenthrule;       // NOLINT(google-build-using-namespace)
using namespace tenthrule::cli;  // NOLINT(google-build-using-namespace)

namespace {

scenarios::scenario expecting(std::vector<scenarios::expectation> expect) {
    scenarios::scenario s;
    s.kernel.version = "v4.14";
    s.expect = std::move(expect);
    return s;
}

std::vector<finding> findings_of(std::initializer_list<const rule*> rules) {
    std::vector<finding> list;
    for (const rule* r : rules) {
        list.emplace_back().failure.broken = r;
    }
    return list;
}

}  // namespace

TEST_CASE("expectation: nothing said, nothing compared") {
    const comparison c = compare(expecting({{"v6.8", {}}}), findings_of({&rules::deadlock}));
    CHECK_FALSE(c.known);
    CHECK(c.words.empty());
}

TEST_CASE("expectation: a version that is said to be clean") {
    const scenarios::scenario s = expecting({{"v4.14", {}}});
    CHECK(compare(s, {}).words == "as expected");
    const comparison c = compare(s, findings_of({&rules::deadlock}));
    CHECK(c.known);
    CHECK_FALSE(c.met);
    CHECK(c.words == "not expected: v4.14 is said to be clean");
}

TEST_CASE("expectation: a version with known violations") {
    const scenarios::scenario s = expecting({{"v4.14", {"owner-on-return", "deadlock"}}});
    CHECK(compare(s, findings_of({&rules::deadlock})).met);
    CHECK(compare(s, findings_of({&rules::deadlock, &kernel::rules::owner_on_return})).met);
    CHECK(compare(s, findings_of({&rules::deadlock, &rules::livelock})).words ==
          "not expected: only owner-on-return and deadlock are known to break in v4.14");
    CHECK(compare(s, {}).words == "not expected: owner-on-return and deadlock are known to break in v4.14");
}
