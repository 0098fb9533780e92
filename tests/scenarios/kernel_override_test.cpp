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
    CHECK_FALSE(patches(with_kernel(s, "v4.15", none, none)).contains(kernel::patch::fixup_stolen));
}

TEST_CASE("another kernel: mistakes") {
    const kernel_override version = with_kernel(on("v4.14"), "v4.51", none, none);
    CHECK_FALSE(version.value.has_value());
    CHECK(version.problem.message.substr(0, 68) ==
          "unknown kernel version 'v4.51'; expected one of v4.14, v4.15, v5.15,");
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

TEST_CASE("expectations: only of a version as it was released") {
    scenario s = on("v4.14");
    s.expect = {{"v4.14", {"owner-on-return"}}, {"v4.15", {}}};
    REQUIRE(expected(s) != nullptr);
    CHECK(expected(s)->rules == strings{"owner-on-return"});
    CHECK(expected(*with_kernel(s, "v4.15", none, none).value)->rules.empty());
    CHECK(expected(*with_kernel(s, "v6.8", none, none).value) == nullptr);
    CHECK(expected(*with_kernel(s, "", strings{"c1e2f0eaf015"}, none).value) == nullptr);
}

}  // namespace tenthrule::scenarios
