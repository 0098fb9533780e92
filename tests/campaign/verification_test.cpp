#include "campaign/verification.hpp"

#include <fstream>

#include <doctest/doctest.h>

#include "campaign/scenario_case.hpp"
#include "scenarios/load.hpp"
#include "tests/support/toy_case.hpp"

using namespace tenthrule;

namespace {

std::shared_ptr<const scenario_case> shipped(const char* file) {
    auto loaded = scenarios::load_file(std::string(TENTHRULE_SOURCE_DIR "/scenarios/") + file);
    REQUIRE(loaded.value.has_value());
    return std::make_shared<scenario_case>(*std::move(loaded.value));
}

verification_options options_for(const scenario_case& what) {
    verification_options o;
    o.selection = what.selection();
    o.shrink = false;
    return o;
}

void check_same(const verification_outcome& a, const verification_outcome& b) {
    CHECK(a.end == b.end);
    CHECK(a.totals.executions == b.totals.executions);
    CHECK(a.totals.redundant == b.totals.redundant);
    CHECK(a.totals.points == b.totals.points);
    CHECK(a.totals.subtrees == b.totals.subtrees);
    REQUIRE(a.failure.has_value() == b.failure.has_value());
    if (a.failure) {
        CHECK(a.failure->found_at == b.failure->found_at);
        CHECK(a.failure->decisions == b.failure->decisions);
    }
}

}  // namespace

TEST_CASE("verify: what is clean is verified, whatever the number of threads") {
    const auto what = shipped("healthy/requeue-plain.toml");
    verification_options o = options_for(*what);
    const verification_outcome one = verify(what, o);
    CHECK(one.end == verification_end::verified);
    CHECK(one.all_of_them);
    CHECK(one.totals.share == 1);
    CHECK(one.totals.subtrees_done == one.totals.subtrees);
    for (const unsigned jobs : {2U, 5U}) {
        o.jobs = jobs;
        check_same(verify(what, o), one);
    }
}

TEST_CASE("verify: a violation is the same one, whatever the number of threads") {
    const auto what = shipped("seeds/2009-requeue-pi.toml");
    verification_options o = options_for(*what);
    const verification_outcome quick = verify(what, o);
    REQUIRE(quick.end == verification_end::found);
    CHECK(quick.found_by == "pct:depth=3, seed 1");
    o.quick_look = 0;
    const verification_outcome one = verify(what, o);
    REQUIRE(one.end == verification_end::found);
    CHECK(one.failure->failure.identity == quick.failure->failure.identity);
    CHECK(one.found_by == "verify");
    for (const unsigned jobs : {2U, 5U}) {
        o.jobs = jobs;
        check_same(verify(what, o), one);
    }
}

TEST_CASE("verify: bounds are searched one after the other, and the last one is named") {
    const auto what = shipped("healthy/requeue-plain.toml");
    verification_options o = options_for(*what);
    o.bound = 1;
    const verification_outcome few = verify(what, o);
    CHECK(few.verified());
    CHECK_FALSE(few.all_of_them);
    CHECK(few.bound_done == 1U);
    o.jobs = 3;
    check_same(verify(what, o), few);
    o.jobs = 1;
    o.bound = 0;
    CHECK(verify(what, o).totals.executions < few.totals.executions);
}

TEST_CASE("verify: a bound beyond what there is to switch is as good as none") {
    toy::description d;
    d.tasks = {{"a", toy::noises(2)}, {"b", toy::noises(1)}};
    const auto what = toy::make_case(d);
    verification_options o;
    o.bound = 9;
    const verification_outcome all = verify(what, o);
    CHECK(all.verified());
    CHECK(all.all_of_them);
    CHECK(all.bound_done.value() < 9);
}

TEST_CASE("verify: a budget ends it without a claim, and a saved search goes on to the same result") {
    const auto what = shipped("healthy/requeue-plain.toml");
    verification_options o = options_for(*what);
    const verification_outcome whole = verify(what, o);
    const std::string file = "/tmp/tenthrule-verification-test";
    o.save = file;
    o.executions_max = whole.totals.executions / 5;
    verification_outcome part = verify(what, o);
    CHECK(part.end == verification_end::executions);
    CHECK_FALSE(part.verified());
    CHECK(part.totals.share < 1);
    unsigned times = 1;
    while (part.end == verification_end::executions && times < 20) {
        o.resume = file;
        o.jobs = 1 + times % 3;
        part = verify(what, o);
        ++times;
    }
    CHECK(times > 3);
    check_same(part, whole);

    {  // It does not go on with another case, ...
        const auto other = shipped("healthy/wake-op.toml");
        verification_options with = options_for(*other);
        with.resume = file;
        const verification_outcome refused = verify(other, with);
        CHECK(refused.end == verification_end::failed);
        CHECK(refused.input_error.find("is about something else") != std::string::npos);
    }
    {  // ... nor with another kind of bound, ...
        verification_options with = o;
        with.bound = 2;
        CHECK(verify(what, with).input_error.find("is about something else") != std::string::npos);
    }
    {  // ... nor from something else, or nothing, ...
        verification_options with = o;
        with.resume = TENTHRULE_SOURCE_DIR "/README.md";
        CHECK(verify(what, with).input_error.find("is no saved verification") != std::string::npos);
        with.resume = "/nowhere/at/all";
        CHECK(verify(what, with).input_error == "there is no file '/nowhere/at/all'");
    }
    {  // ... nor from what a search of another kind has left, ...
        const std::string older = file + "-older";
        std::ofstream(older) << "tenthrule-verification 3\n";
        verification_options with = o;
        with.resume = older;
        CHECK(verify(what, with).input_error ==
              "'" + older + "' is of a version that searches otherwise: begin again");
        std::remove(older.c_str());
    }
    {  // ... nor if it was damaged.
        std::fstream content(file);
        content.seekp(-3, std::ios::end);
        content.put('7');
        content.put('7');
        content.close();
        CHECK(verify(what, o).input_error == "'" + file + "' is damaged");
    }
    std::remove(file.c_str());
}

TEST_CASE("verify: a search that cannot be saved says so before it begins") {
    const auto what = shipped("healthy/wake-op.toml");
    verification_options o = options_for(*what);
    o.save = "/nowhere/at/all";
    const verification_outcome refused = verify(what, o);
    CHECK(refused.totals.executions == 0);
    CHECK(refused.input_error.find("cannot be written") != std::string::npos);
}
