#include "cli/expectation.hpp"

#include <doctest/doctest.h>

#include "kernel/rules.hpp"
#include "scenarios/kernel_name.hpp"

using namespace tenthrule;       // NOLINT(google-build-using-namespace)
using namespace tenthrule::cli;  // NOLINT(google-build-using-namespace)

namespace {

// A scenario on v4.14 that says so of a kernel.
scenarios::scenario expecting(const char* kernel, std::vector<std::string> rules) {
    scenarios::scenario s;
    s.kernel.version = "v4.14";
    s.expect = {{kernel, *scenarios::parse_kernel_name(kernel).value, std::move(rules)}};
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
    const comparison c = compare(expecting("v6.8", {}), findings_of({&rules::deadlock}));
    CHECK_FALSE(c.known);
    CHECK(c.words.empty());
}

TEST_CASE("expectation: a version that is said to be clean") {
    const scenarios::scenario s = expecting("v4.14", {});
    CHECK(compare(s, {}).words == "as expected");
    const comparison c = compare(s, findings_of({&rules::deadlock}));
    CHECK(c.known);
    CHECK_FALSE(c.met);
    CHECK(c.words == "not expected: v4.14 is said to be clean");
}

TEST_CASE("expectation: says nothing of a run with other rules, or on another machine") {
    const scenarios::scenario s = expecting("v4.14", {"owner-on-return"});
    for (const auto& findings : {findings_of({&rules::deadlock}), findings_of({})}) {
        const comparison c = compare(s, findings, false);
        CHECK_FALSE(c.known);
        CHECK(c.words == "not compared with [expect]");
    }
    CHECK(compare(expecting("v6.8", {}), {}, false).words.empty());
}

TEST_CASE("expectation: a version with known violations") {
    const scenarios::scenario s = expecting("v4.14", {"owner-on-return", "deadlock"});
    CHECK(compare(s, findings_of({&rules::deadlock})).met);
    CHECK(compare(s, findings_of({&rules::deadlock, &kernel::rules::owner_on_return})).met);
    CHECK(compare(s, findings_of({&rules::deadlock, &rules::livelock})).words ==
          "not expected: only owner-on-return and deadlock are known to break in v4.14");
    CHECK(compare(s, {}).words == "not expected: owner-on-return and deadlock are known to break in v4.14");
}

TEST_CASE("expectation: a kernel is called what the file calls it") {
    const scenarios::scenario s =
        expecting("v4.15 without c1e2f0eaf015 without a97cb0e7b3f4 without fbe0e839d1e2", {"deadlock"});
    CHECK(compare(s, findings_of({&rules::deadlock})).met);
    CHECK(compare(s, {}).words ==
          "not expected: deadlock is known to break in v4.15 without c1e2f0eaf015 without a97cb0e7b3f4 "
          "without fbe0e839d1e2");
}
