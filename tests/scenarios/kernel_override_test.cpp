#include "scenarios/kernel_override.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace tenthrule::scenarios {

using strings = std::vector<std::string>;

namespace {

const strings none;

scenario on(const char* version) {
    scenario s;
    s.kernel.version = version;
    return s;
}

expectation about(const char* name, strings rules) {
    return {name, *parse_kernel_name(name).value, std::move(rules)};
}

kernel::patch_set patches(const kernel_override& o) {
    REQUIRE_MESSAGE(o.value.has_value(), o.problem.message);
    return effective_patches(o.value->kernel);
}

}  // namespace

TEST_CASE("another kernel: a version") {
    CHECK(patches(with_kernel(on("v4.14"), "v4.15", none, none)) == kernel::find_version("v4.15")->patches);
    CHECK(patches(with_kernel(on("v4.14"), "", none, none)) == kernel::find_version("v4.14")->patches);
}

TEST_CASE("another kernel: single patches") {
    const kernel_override with = with_kernel(on("v4.14"), "", strings{"c1e2f0eaf015"}, none);
    CHECK(patches(with).contains(kernel::patch::fixup_stolen));
    const kernel_override by_title =
        with_kernel(on("v4.15"), "", none, strings{"futex: Avoid violating the 10th rule of futex"});
    CHECK_FALSE(patches(by_title).contains(kernel::patch::fixup_stolen));
}

TEST_CASE("another kernel: goes before what the file says") {
    scenario s = on("v4.15");
    s.kernel.without.insert(kernel::patch::fixup_stolen);
    CHECK(patches(with_kernel(s, "", strings{"c1e2f0eaf015"}, none)) ==
          kernel::find_version("v4.15")->patches);
    CHECK(patches(with_kernel(s, "v6.8", none, none)) == kernel::find_version("v6.8")->patches);
    // A version that is asked for by name is that version, also if the file names it with changes.
    CHECK(patches(with_kernel(s, "v4.15", none, none)) == kernel::find_version("v4.15")->patches);
    CHECK_FALSE(patches(with_kernel(s, "", none, none)).contains(kernel::patch::fixup_stolen));
}

TEST_CASE("another kernel: mistakes") {
    const kernel_override version = with_kernel(on("v4.14"), "v4.51", none, none);
    CHECK_FALSE(version.value.has_value());
    CHECK(version.problem.message ==
          "unknown kernel version 'v4.51'; expected one of 'tenthrule list versions'");
    CHECK(version.problem.nearest == "v4.15");

    const kernel_override patch = with_kernel(on("v4.14"), "", strings{"c1e2f0eaf014"}, none);
    CHECK_FALSE(patch.value.has_value());
    CHECK(patch.problem.message == "unknown patch 'c1e2f0eaf014'; expected one of 'tenthrule list patches'");
    CHECK(patch.problem.nearest == "c1e2f0eaf015");

    const kernel_override both =
        with_kernel(on("v4.14"), "", strings{"c1e2f0eaf015"}, strings{"c1e2f0eaf015"});
    CHECK_FALSE(both.value.has_value());
    CHECK(both.problem.message == "patch c1e2f0eaf015 is asked for and ruled out; expected one of the two");
}

TEST_CASE("expectations: of a version as it was released") {
    scenario s = on("v4.14");
    s.expect = {about("v4.14", {"owner-on-return"}), about("v4.15", {})};
    REQUIRE(expected(s) != nullptr);
    CHECK(expected(s)->rules == strings{"owner-on-return"});
    CHECK(expected(*with_kernel(s, "v4.15", none, none).value)->rules.empty());
    CHECK(expected(*with_kernel(s, "v6.8", none, none).value) == nullptr);
    CHECK(expected(*with_kernel(s, "", strings{"c1e2f0eaf015"}, none).value) == nullptr);
    s.kernel.version = "none of ours";
    CHECK(expected(s) == nullptr);
}

TEST_CASE("expectations: of a version that single patches change, however one got there") {
    scenario s = on("v5.15");
    s.expect = {about("v5.15", {}), about("v5.15 without 9f5d1c336a10", {"unexpected-error"}),
                about("v4.14 with c1e2f0eaf015", {"deadlock"})};
    const auto rules_on = [&s](const char* version, const strings& with, const strings& without) {
        const kernel_override there = with_kernel(s, version, with, without);
        const expectation* const e = expected(*there.value);
        return e == nullptr ? strings{"nothing is known"} : e->rules;
    };
    CHECK(rules_on("v5.15", none, none).empty());
    CHECK(rules_on("v5.15", none, strings{"9f5d1c336a10"}) == strings{"unexpected-error"});
    CHECK(rules_on("v5.15", none, strings{"a97cb0e7b3f4"}) == strings{"nothing is known"});
    CHECK(rules_on("v4.14", strings{"c1e2f0eaf015"}, none) == strings{"deadlock"});
    CHECK(rules_on("v4.15", none, strings{"a97cb0e7b3f4", "fbe0e839d1e2"}) == strings{"deadlock"});
    CHECK(rules_on("v6.6", none, strings{"f7853c342418", "bf69bad38cf6", "90d758896787"}).empty());

    // A scenario on the kernel of an expectation is one that meets it.
    s.kernel.preempt = kernel::preempt_model::rt;
    for (const expectation& e : s.expect) {
        const scenario there = with_kernel(s, e);
        CHECK(expected(there)->version == e.version);
        CHECK(there.kernel.preempt == kernel::preempt_model::rt);
    }
}

}  // namespace tenthrule::scenarios
