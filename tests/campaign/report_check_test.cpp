// Reports that no worker of ours would send.

#include "campaign/crew/report_check.hpp"

#include <functional>
#include <limits>

#include <doctest/doctest.h>

using namespace tenthrule;
using namespace tenthrule::crew;

namespace {

// Executions 100 to 199, of which 150 and later ones fail.
assignment some_assignment() {
    assignment a;
    a.number = 7;
    a.what = search_job{{0, 100, 100, false, 0}, 0.4, true};
    return a;
}

work_report right_report() {
    work_report r;
    r.number = 7;
    r.seconds = r.batch.seconds = 0.3;
    r.batch.first = 100;
    r.batch.count = 60;
    r.batch.failures = 4;
    r.batch.step_bounds = 56;
    r.batch.seen = {{"i", "r", "m", 150, 4, "token", ""}};
    r.seen_points = {10};
    return r;
}

}  // namespace

TEST_CASE("report check: what a worker reports is right, a part of the order and none of it as well") {
    CHECK(what_is_wrong(right_report(), some_assignment()) == "");
    work_report none = right_report();
    none.batch = {};
    none.batch.first = 100;
    CHECK(what_is_wrong(none, some_assignment()) == "");
}

TEST_CASE("report check: what cannot be is refused, with the reason") {
    struct wrong {
        const char* words;
        std::function<void(work_report&)> make;
    };
    for (const wrong& w :
         {wrong{"order 8 instead of 7", [](work_report& r) { r.number = 8; }},
          wrong{"took nan s", [](work_report& r) { r.seconds = std::numeric_limits<double>::quiet_NaN(); }},
          wrong{"took inf s", [](work_report& r) { r.seconds = std::numeric_limits<double>::infinity(); }},
          wrong{"took -1 s", [](work_report& r) { r.seconds = -1; }},
          wrong{"took", [](work_report& r) { r.batch.seconds = -1; }},
          wrong{"not ordered", [](work_report& r) { r.batch.first = 99; }},
          wrong{"not ordered", [](work_report& r) { r.batch.count = 101; }},
          wrong{"61 failures", [](work_report& r) { r.batch.failures = 61; }},
          wrong{"57 long", [](work_report& r) { r.batch.step_bounds = 57; }},
          wrong{"from execution 99", [](work_report& r) { r.batch.seen[0].first_index = 99; }},
          wrong{"from execution 160", [](work_report& r) { r.batch.seen[0].first_index = 160; }},
          wrong{"5 times", [](work_report& r) { r.batch.seen[0].times = 5; }}}) {
        CAPTURE(w.words);
        work_report r = right_report();
        w.make(r);
        const std::string what = what_is_wrong(r, some_assignment());
        CAPTURE(what);
        CHECK(what.find(w.words) != std::string::npos);
    }
}
