// The table of the rediscovered bugs is true: each row is found by the default strategy within its bound,
// shrinks, replays from its token, and is gone from the cured kernel.

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/sanitizer.hpp"
#include "tests/seeds/table/measure.hpp"
#include "tests/seeds/table/rows.hpp"
#include "tests/seeds/table/text.hpp"

namespace tenthrule::seeds {

namespace {

// As many as tests/CMakeLists.txt has tests for, so that they run side by side.
constexpr std::size_t parts = 4;

// Under a sanitizer it is only looked whether the code is sound on the way.
effort usual_effort() {
    return sanitizer::address ? effort{.seeds = 2,
                                       .clean = 1'500,
                                       .schedules_max = 1'500,
                                       .shrink_executions_max = 1'500,
                                       .strict = false}
                              : effort{};
}

void check_part(std::size_t part) {
    for (std::size_t i = part - 1; i < rows().size(); i += parts) {
        const subject s(rows()[i]);
        CAPTURE(name_of(s));
        const measured_row m{discover(s, usual_effort()), search_cured(s, usual_effort())};
        for (const std::string& problem : m.problems()) {
            CHECK_MESSAGE(false, problem);
        }
    }
}

}  // namespace

TEST_CASE("table of seeds: part 1 of 4 is found, shrunk, replayed and cured") {
    check_part(1);
}
TEST_CASE("table of seeds: part 2 of 4 is found, shrunk, replayed and cured") {
    check_part(2);
}
TEST_CASE("table of seeds: part 3 of 4 is found, shrunk, replayed and cured") {
    check_part(3);
}
TEST_CASE("table of seeds: part 4 of 4 is found, shrunk, replayed and cured") {
    check_part(4);
}

TEST_CASE("table of seeds: docs/seeds/table.md has exactly its rows") {
    std::ifstream file(TENTHRULE_SOURCE_DIR "/docs/seeds/table.md", std::ios::binary);
    std::ostringstream page;
    page << file.rdbuf();
    std::vector<std::vector<std::string>> expected;
    for (const row& r : rows()) {
        expected.push_back(fixed_cells(subject(r)));
    }
    // If this fails: ./dev seeds
    CHECK(fixed_cells_in(page.str()) == expected);
}

TEST_CASE("table of seeds: no row stands there twice, and none without a rule and a bound") {
    std::set<std::string> names;
    for (const row& r : rows()) {
        const subject s(r);
        CAPTURE(name_of(s));
        CHECK(names.insert(name_of(s)).second);
        CHECK(!r.breaks.all().empty());
        CHECK(r.within > 0);
    }
}

TEST_CASE("table of seeds: the nearest rank, and seeds that found nothing") {
    discovery d;
    d.found_at = {5, 0, 1, 3};
    CHECK(d.found() == 3);
    CHECK(d.percentile(25) == 1);
    CHECK(d.percentile(50) == 3);
    CHECK(d.percentile(51) == 5);
    CHECK(d.percentile(75) == 5);
    CHECK(d.percentile(95) == 0);
    CHECK(d.percentile(100) == 0);
}

TEST_CASE("table of seeds: a row that is not true is told") {
    const auto problems = [](row r) {
        r.scenario = "2017-steal-vs-timeout-lockpi";
        const subject s(r);
        const effort e{.seeds = 3, .clean = 2'000, .shrink_executions_max = 500};
        const measured_row m{discover(s, e), search_cured(s, e)};
        std::string all;
        for (const std::string& p : m.problems()) {
            all += p + "\n";
        }
        return all;
    };
    const row good{.searched = "v4.14", .breaks = {"owner-on-return"}, .cured = "v4.15", .within = 5'000};
    CHECK(problems(good).empty());

    row changed = good;
    changed.within = 1;
    CHECK(problems(changed).find("only 0 of 3 seeds find it within 1 schedules") != std::string::npos);
    changed = good;
    changed.breaks = {"deadlock"};
    CHECK(problems(changed).find("breaks owner-on-return: ") != std::string::npos);
    changed = good;
    changed.says = "EDEADLK";
    CHECK(problems(changed).find("of seed 1 breaks owner-on-return: ") != std::string::npos);
    changed = good;
    changed.cured = "v4.14";
    CHECK(problems(changed).find("on the cured kernel breaks owner-on-return: ") != std::string::npos);
    changed = good;
    changed.shrunk.tasks = 2;
    CHECK(problems(changed).find("shrunk to 3 tasks, not to 2") != std::string::npos);
    changed = good;
    changed.searched = "v4.14 with c1e2f0eaf01";
    CHECK(problems(changed).find("only 0 of 3 seeds") != std::string::npos);
    changed.searched = "v4.14 with nothing";
    CHECK_THROWS(problems(changed));
    changed = good;
    changed.rules_off = {"owner-on-retrun"};
    CHECK_THROWS(problems(changed));
}

}  // namespace tenthrule::seeds
