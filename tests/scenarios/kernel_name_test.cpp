// Kernels as people name them.

#include "scenarios/kernel_name.hpp"

#include <string>

#include <doctest/doctest.h>

namespace tenthrule::scenarios {

namespace {

kernel_choice choice(std::string_view text) {
    const kernel_or_problem r = parse_kernel_name(text);
    REQUIRE_MESSAGE(r.value.has_value(), r.problem.message);
    CHECK(r.problem.message.empty());
    return *r.value;
}

std::string told(std::string_view text) {
    const kernel_or_problem r = parse_kernel_name(text);
    CHECK_FALSE(r.value.has_value());
    return r.problem.message + (r.problem.nearest.empty() ? "" : " (" + r.problem.nearest + ")");
}

kernel::patch_set only(kernel::patch p) {
    kernel::patch_set set;
    set.insert(p);
    return set;
}

}  // namespace

TEST_CASE("kernel names: every version") {
    for (const kernel::version& v : kernel::all_versions()) {
        CHECK(choice(v.name).version == v.name);
        CHECK(effective_patches(choice(v.name)) == v.patches);
        CHECK(std::string_view(v.name).find(' ') == std::string_view::npos);
    }
}

TEST_CASE("kernel names: every patch, by commit and by title") {
    for (const kernel::patch_info& p : kernel::all_patches()) {
        for (const std::string name : {p.commit, p.title}) {
            CAPTURE(name);
            CHECK(choice("v4.14 with " + name).with == only(p.id));
            CHECK(choice("golden without " + name).without == only(p.id));
            CHECK(choice("v6.8 with " + name + " with " + p.commit).with == only(p.id));
        }
    }
}

TEST_CASE("kernel names: any number of changes, in any order") {
    const kernel_choice k = choice("v5.15 with f7853c342418 without 9f5d1c336a10 with fbeb558b0dd0");
    CHECK(k.version == "v5.15");
    CHECK(k.with.bits ==
          (only(kernel::patch::separate_keys).bits | only(kernel::patch::cleanup_before_hb).bits));
    CHECK(k.without == only(kernel::patch::ownerless_retry));
    CHECK(idle_patches(k).empty());
}

TEST_CASE("kernel names: mistakes") {
    const std::string versions = "; expected one of 'tenthrule list versions'";
    CHECK(told("") == "unknown kernel version ''" + versions);
    CHECK(told(" v4.14") == "unknown kernel version ''" + versions);
    CHECK(told("v4.41 with c1e2f0eaf015") == "unknown kernel version 'v4.41'" + versions + " (v4.14)");
    const std::string how = " in the name of a kernel; expected 'with' or 'without' and a patch after each";
    CHECK(told("v5.15 wihtout 9f5d1c336a10") == "'wihtout'" + how + " (without)");
    CHECK(told("v5.15 9f5d1c336a10") == "'9f5d1c336a10'" + how);
    CHECK(told("v5.15 ") == "''" + how);
    CHECK(told("v5.15  with 9f5d1c336a10") == "''" + how);
    const std::string patches = "; expected one of 'tenthrule list patches'";
    CHECK(told("v5.15 without") == "unknown patch ''" + patches);
    CHECK(told("v5.15 without ") == "unknown patch ''" + patches);
    CHECK(told("v5.15 without 9f5d1c336a11") == "unknown patch '9f5d1c336a11'" + patches + " (9f5d1c336a10)");
    CHECK(told("v5.15 without 9f5d1c336a10, c1e2f0eaf015") ==
          "unknown patch '9f5d1c336a10, c1e2f0eaf015'" + patches);
    CHECK(told("v5.15 without 9f5d1c336a10 and c1e2f0eaf015") ==
          "unknown patch '9f5d1c336a10 and c1e2f0eaf015'" + patches);
    CHECK(told("v5.15 without bread with c1e2f0eaf015") == "unknown patch 'bread'" + patches);
    CHECK(told("v5.15 with f7853c342418 without f7853c342418") ==
          "patch f7853c342418 is asked for and ruled out; expected one of the two");
}

TEST_CASE("kernel names: patches that change nothing") {
    const std::vector<idle_patch> idle = idle_patches(choice("v4.15 with c1e2f0eaf015 without 9f5d1c336a10"));
    REQUIRE(idle.size() == 2);
    CHECK(idle[0].added);
    CHECK(idle[0].message == "c1e2f0eaf015 is part of v4.15 already");
    CHECK_FALSE(idle[1].added);
    CHECK(idle[1].message == "9f5d1c336a10 is no part of v4.15");
}

}  // namespace tenthrule::scenarios
