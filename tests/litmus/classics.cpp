// The litmus tests everybody knows, each with all outcomes that C++ allows (as RC11 has it), and why the one
// that it is known for is among them or not.

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include "tests/litmus/litmus.hpp"

namespace tenthrule::test {
namespace {

enum class shown : std::uint8_t { reads, all };

struct classic {
    const char* name;
    const char* program;
    shown what;        ///< what was read; or also the last values
    const char* weak;  ///< the outcome that sequential consistency would not have, or that would be a mistake
    bool weak_allowed;
    const char* allowed;
    const char* why;
};

// clang-format off
constexpr classic classics[] = {
    {"SB", "x=1.rlx; y.rlx | y=1.rlx; x.rlx", shown::reads, "0,0", true,
     "0,0 0,1 1,0 1,1",
     "relaxed: nothing orders a store before a later load"},
    {"SB+rel+acq", "x=1.rel; y.acq | y=1.rel; x.acq", shown::reads, "0,0", true,
     "0,0 0,1 1,0 1,1",
     "release and acquire do not order a store before a later load"},
    {"SB+sc", "x=1.sc; y.sc | y=1.sc; x.sc", shown::reads, "0,0", false,
     "0,1 1,0 1,1",
     "rb and sb make a cycle in psc"},
    {"SB+sc+acq", "x=1.sc; y.acq | y=1.sc; x.acq", shown::reads, "0,0", true,
     "0,0 0,1 1,0 1,1",
     "the loads are not seq_cst"},
    {"SB+rel+sc", "x=1.rel; y.sc | y=1.rel; x.sc", shown::reads, "0,0", true,
     "0,0 0,1 1,0 1,1",
     "the stores are not seq_cst"},
    {"SB+fences", "x=1.rlx; f.sc; y.rlx | y=1.rlx; f.sc; x.rlx", shown::reads, "0,0", false,
     "0,1 1,0 1,1",
     "seq_cst fences: rb leads from each to the other"},
    {"SB+one fence", "x=1.rlx; f.sc; y.rlx | y=1.rlx; x.rlx", shown::reads, "0,0", true,
     "0,0 0,1 1,0 1,1",
     "one fence has nothing to be ordered with"},
    {"SB+ar fences", "x=1.rlx; f.ar; y.rlx | y=1.rlx; f.ar; x.rlx", shown::reads, "0,0", true,
     "0,0 0,1 1,0 1,1",
     "acq_rel fences do not order a store before a later load"},
    {"SB+fence+sc", "x=1.rlx; f.sc; y.rlx | y=1.sc; x.sc", shown::reads, "0,0", false,
     "0,1 1,0 1,1",
     "psc orders fences and accesses alike: RC11 fixes what C++11 left open"},
    {"SB+updates", "x=1.rlx; z+1.ar; y.rlx | y=1.rlx; z+1.ar; x.rlx", shown::reads, "0,0,1,0", false,
     "0,0,1,1 0,1,1,1 1,1,0,0 1,1,0,1",
     "one of the updates of z reads the other, and synchronises"},
    {"SB+updates of two", "x+1.ar; y.rlx | y+1.ar; x.rlx", shown::reads, "0,0,0,0", true,
     "0,0,0,0 0,0,0,1 0,1,0,0 0,1,0,1",
     "an update is no fence: x86 does more than C++ promises"},
    {"MP", "x=1.rlx; y=1.rlx | y.rlx; x.rlx", shown::reads, "1,0", true,
     "0,0 0,1 1,0 1,1",
     "relaxed"},
    {"MP+rel+acq", "x=1.rlx; y=1.rel | y.acq; x.rlx", shown::reads, "1,0", false,
     "0,0 0,1 1,1",
     "synchronises"},
    {"MP+rel", "x=1.rlx; y=1.rel | y.rlx; x.rlx", shown::reads, "1,0", true,
     "0,0 0,1 1,0 1,1",
     "nobody acquires"},
    {"MP+acq", "x=1.rlx; y=1.rlx | y.acq; x.rlx", shown::reads, "1,0", true,
     "0,0 0,1 1,0 1,1",
     "nobody releases"},
    {"MP+sc", "x=1.rlx; y=1.sc | y.sc; x.rlx", shown::reads, "1,0", false,
     "0,0 0,1 1,1",
     "seq_cst stores release, and such loads acquire"},
    {"MP+fences", "x=1.rlx; f.rel; y=1.rlx | y.rlx; f.acq; x.rlx", shown::reads, "1,0", false,
     "0,0 0,1 1,1",
     "fences synchronise through relaxed accesses"},
    {"MP+fence+acq", "x=1.rlx; f.rel; y=1.rlx | y.acq; x.rlx", shown::reads, "1,0", false,
     "0,0 0,1 1,1",
     "a release fence and an acquire load synchronise"},
    {"MP+rel+fence", "x=1.rlx; y=1.rel | y.rlx; f.acq; x.rlx", shown::reads, "1,0", false,
     "0,0 0,1 1,1",
     "a release store and an acquire fence synchronise"},
    {"MP+fences of the wrong kind", "x=1.rlx; f.acq; y=1.rlx | y.rlx; f.rel; x.rlx", shown::reads, "1,0", true,
     "0,0 0,1 1,0 1,1",
     "an acquire fence does not release, nor the other way round"},
    {"MP+sc fences", "x=1.rlx; f.sc; y=1.rlx | y.rlx; f.sc; x.rlx", shown::reads, "1,0", false,
     "0,0 0,1 1,1",
     "seq_cst fences are acquire and release fences"},
    {"MP+release sequence", "x=1.rlx; y=1.rel | y+1.rlx | y.acq; x.rlx", shown::reads, "1,2,0", false,
     "0,0,0 0,0,1 0,1,0 0,1,1 1,0,0 1,0,1 1,1,1 1,2,1",
     "a read-modify-write continues the release sequence"},
    {"MP+broken sequence", "x=1.rlx; y=1.rel | y=2.rlx | y.acq; x.rlx", shown::reads, "2,0", true,
     "0,0 0,1 1,1 2,0 2,1",
     "a store of another thread does not"},
    {"MP+own store", "x=1.rlx; y=1.rel; y=2.rlx | y.acq; x.rlx", shown::reads, "2,0", true,
     "0,0 0,1 1,1 2,0 2,1",
     "nor does one of the same thread since C++20 (P0982); before it did"},
    {"MP+compare", "x=1.rlx; y?0:1.rel | y?1:2.acq; x.rlx", shown::reads, "0,1,0", false,
     "0,0,0 0,0,1 0,1,1",
     "compare-exchange synchronises like any other access"},
    {"MP+failing compare", "x=1.rlx; y=2.rel | y?1:3.ar; x.rlx", shown::reads, "2,0", false,
     "0,0 0,1 2,1",
     "one that fails with acq_rel is an acquire load"},
    {"LB", "x.rlx; y=1.rlx | y.rlx; x=1.rlx", shown::reads, "1,1", false,
     "0,0 0,1 1,0",
     "C++ allows it; RC11 forbids cycles of sb and rf, so that nothing comes out of thin air"},
    {"LB+acq+rel", "x.acq; y=1.rel | y.acq; x=1.rel", shown::reads, "1,1", false,
     "0,0 0,1 1,0",
     "C++ forbids it as well: each would happen before the other"},
    {"IRIW", "x=1.rlx | y=1.rlx | x.rlx; y.rlx | y.rlx; x.rlx", shown::reads, "1,0,1,0", true,
     "0,0,0,0 0,0,0,1 0,0,1,0 0,0,1,1 0,1,0,0 0,1,0,1 0,1,1,0 0,1,1,1 1,0,0,0 1,0,0,1 1,0,1,0 "
     "1,0,1,1 1,1,0,0 1,1,0,1 1,1,1,0 1,1,1,1",
     "relaxed"},
    {"IRIW+rel+acq", "x=1.rel | y=1.rel | x.acq; y.acq | y.acq; x.acq", shown::reads, "1,0,1,0", true,
     "0,0,0,0 0,0,0,1 0,0,1,0 0,0,1,1 0,1,0,0 0,1,0,1 0,1,1,0 0,1,1,1 1,0,0,0 1,0,0,1 1,0,1,0 "
     "1,0,1,1 1,1,0,0 1,1,0,1 1,1,1,0 1,1,1,1",
     "C++ is not multi-copy atomic"},
    {"IRIW+sc", "x=1.sc | y=1.sc | x.sc; y.sc | y.sc; x.sc", shown::reads, "1,0,1,0", false,
     "0,0,0,0 0,0,0,1 0,0,1,0 0,0,1,1 0,1,0,0 0,1,0,1 0,1,1,0 0,1,1,1 1,0,0,0 1,0,0,1 1,0,1,1 "
     "1,1,0,0 1,1,0,1 1,1,1,0 1,1,1,1",
     "seq_cst"},
    {"IRIW+fences", "x=1.rlx | y=1.rlx | x.rlx; f.sc; y.rlx | y.rlx; f.sc; x.rlx", shown::reads, "1,0,1,0", false,
     "0,0,0,0 0,0,0,1 0,0,1,0 0,0,1,1 0,1,0,0 0,1,0,1 0,1,1,0 0,1,1,1 1,0,0,0 1,0,0,1 1,0,1,1 "
     "1,1,0,0 1,1,0,1 1,1,1,0 1,1,1,1",
     "seq_cst fences in the readers are enough: rf, hb, rb lead from fence to fence"},
    {"IRIW+acq+sc", "x=1.sc | y=1.sc | x.acq; y.sc | y.acq; x.sc", shown::reads, "1,0,1,0", true,
     "0,0,0,0 0,0,0,1 0,0,1,0 0,0,1,1 0,1,0,0 0,1,0,1 0,1,1,0 0,1,1,1 1,0,0,0 1,0,0,1 1,0,1,0 "
     "1,0,1,1 1,1,0,0 1,1,0,1 1,1,1,0 1,1,1,1",
     "RC11 weakens C++11 here, as compilation to Power needs it: figure 1 of the paper"},
    {"WRC", "x=1.rlx | x.rlx; y=1.rlx | y.rlx; x.rlx", shown::reads, "1,1,0", true,
     "0,0,0 0,0,1 0,1,0 0,1,1 1,0,0 1,0,1 1,1,0 1,1,1",
     "relaxed"},
    {"WRC+rel+acq", "x=1.rlx | x.rlx; y=1.rel | y.acq; x.rlx", shown::reads, "1,1,0", false,
     "0,0,0 0,0,1 0,1,0 0,1,1 1,0,0 1,0,1 1,1,1",
     "the read of x happens before the other: coherence"},
    {"WRC+fences", "x=1.rlx | x.rlx; f.rel; y=1.rlx | y.rlx; f.acq; x.rlx", shown::reads, "1,1,0", false,
     "0,0,0 0,0,1 0,1,0 0,1,1 1,0,0 1,0,1 1,1,1",
     "likewise"},
    {"ISA2", "x=1.rlx; y=1.rlx | y.rlx; z=1.rlx | z.rlx; x.rlx", shown::reads, "1,1,0", true,
     "0,0,0 0,0,1 0,1,0 0,1,1 1,0,0 1,0,1 1,1,0 1,1,1",
     "relaxed"},
    {"ISA2+rel+acq", "x=1.rlx; y=1.rel | y.acq; z=1.rel | z.acq; x.rlx", shown::reads, "1,1,0", false,
     "0,0,0 0,0,1 0,1,0 0,1,1 1,0,0 1,0,1 1,1,1",
     "happens-before is transitive"},
    {"2+2W", "x=1.rlx; y=2.rlx | y=1.rlx; x=2.rlx", shown::all, "1,1", true,
     "1,1 1,2 2,1 2,2",
     "relaxed"},
    {"2+2W+rel", "x=1.rel; y=2.rel | y=1.rel; x=2.rel", shown::all, "1,1", true,
     "1,1 1,2 2,1 2,2",
     "nobody acquires"},
    {"2+2W+sc", "x=1.sc; y=2.sc | y=1.sc; x=2.sc", shown::all, "1,1", false,
     "1,2 2,1 2,2",
     "mo and sb make a cycle in psc"},
    {"2+2W+fences", "x=1.rlx; f.sc; y=2.rlx | y=1.rlx; f.sc; x=2.rlx", shown::all, "1,1", false,
     "1,2 2,1 2,2",
     "mo leads from each fence to the other"},
    {"S", "x=2.rlx; y=1.rlx | y.rlx; x=1.rlx", shown::all, "1,2,1", true,
     "0,1,1 0,2,1 1,1,1 1,2,1",
     "relaxed"},
    {"S+rel+acq", "x=2.rlx; y=1.rel | y.acq; x=1.rlx", shown::all, "1,2,1", false,
     "0,1,1 0,2,1 1,1,1",
     "the first store happens before the last: coherence"},
    {"S+fences", "x=2.rlx; f.rel; y=1.rlx | y.rlx; f.acq; x=1.rlx", shown::all, "1,2,1", false,
     "0,1,1 0,2,1 1,1,1",
     "likewise"},
    {"R", "x=1.rlx; y=1.rlx | y=2.rlx; x.rlx", shown::all, "0,1,2", true,
     "0,1,1 0,1,2 1,1,1 1,1,2",
     "relaxed"},
    {"R+rel+acq", "x=1.rel; y=1.rel | y=2.rel; x.acq", shown::all, "0,1,2", true,
     "0,1,1 0,1,2 1,1,1 1,1,2",
     "mo does not synchronise"},
    {"R+sc", "x=1.sc; y=1.sc | y=2.sc; x.sc", shown::all, "0,1,2", false,
     "0,1,1 1,1,1 1,1,2",
     "sb, mo, sb, rb"},
    {"R+fences", "x=1.rlx; f.sc; y=1.rlx | y=2.rlx; f.sc; x.rlx", shown::all, "0,1,2", false,
     "0,1,1 1,1,1 1,1,2",
     "mo and rb lead from fence to fence"},
    {"RWC", "x=1.rel | x.acq; y.acq | y=1.rel; x.acq", shown::reads, "1,0,0", true,
     "0,0,0 0,0,1 0,1,0 0,1,1 1,0,0 1,0,1 1,1,0 1,1,1",
     "release and acquire do not order a store before a later load"},
    {"RWC+sc", "x=1.sc | x.sc; y.sc | y=1.sc; x.sc", shown::reads, "1,0,0", false,
     "0,0,0 0,0,1 0,1,0 0,1,1 1,0,1 1,1,0 1,1,1",
     "seq_cst"},
    {"RWC+fences", "x=1.rlx | x.rlx; f.sc; y.rlx | y=1.rlx; f.sc; x.rlx", shown::reads, "1,0,0", false,
     "0,0,0 0,0,1 0,1,0 0,1,1 1,0,1 1,1,0 1,1,1",
     "RC11 strengthens the fences of C++11: section 2.2 of the paper"},
    {"W+RWC", "x=1.rlx; z=1.rel | z.acq; y.rlx | y=1.rlx; x.rlx", shown::reads, "1,0,0", true,
     "0,0,0 0,0,1 0,1,0 0,1,1 1,0,0 1,0,1 1,1,0 1,1,1",
     "the last thread orders nothing"},
    {"W+RWC+fences", "x=1.rlx; z=1.rel | z.acq; f.sc; y.rlx | y=1.rlx; f.sc; x.rlx", shown::reads, "1,0,0", false,
     "0,0,0 0,0,1 0,1,0 0,1,1 1,0,1 1,1,0 1,1,1",
     "the first store happens before the first fence"},
    {"W+RWC+sc", "x=1.sc; z=1.rel | z.acq; y.sc | y=1.sc; x.sc", shown::reads, "1,0,0", false,
     "0,0,0 0,0,1 0,1,0 0,1,1 1,0,1 1,1,0 1,1,1",
     "sb, hb and sb again make an edge of psc"},
    {"W+RWC+fence before a release", "z=1.rlx; f.sc; y=1.rel | y.sc; x.sc | x=1.sc; z.sc", shown::reads, "1,0,0", false,
     "0,0,0 0,0,1 0,1,0 0,1,1 1,0,1 1,1,0 1,1,1",
     "the fence comes before the load of y by happens-before within y, and is come to by the "
     "load of z"},
    {"W+RWC+fence behind an acquire", "y=1.sc; z=1.rel | z.acq; f.sc; x.rlx | x=1.sc; y.sc", shown::reads, "1,0,0", false,
     "0,0,0 0,0,1 0,1,0 0,1,1 1,0,1 1,1,0 1,1,1",
     "a seq_cst store comes before a fence that it happens before"},
    {"W+RWC+fence, acq_rel", "z=1.rlx; f.ar; y=1.rel | y.sc; x.sc | x=1.sc; z.sc", shown::reads, "1,0,0", true,
     "0,0,0 0,0,1 0,1,0 0,1,1 1,0,0 1,0,1 1,1,0 1,1,1",
     "only seq_cst fences are ordered"},
    {"RWC+fence+sc, in this order", "x=1.rlx | x.rlx; f.sc; y.rlx; z=1.rlx | z.rlx; y=1.sc; x.sc", shown::reads, "1,0,1,0", true,
     "0,0,0,0 0,0,0,1 0,0,1,0 0,0,1,1 0,1,0,0 0,1,0,1 1,0,0,0 1,0,0,1 1,0,1,0 1,0,1,1 1,1,0,0 "
     "1,1,0,1",
     "from an access, not a fence, no edge of psc goes on through a read: rf is not in scb"},
    {"Z6.U", "x=1.sc; y=1.rel | y+1.sc; y.rlx | y=3.sc; x.sc", shown::reads, "1,3,0", true,
     "0,1,0 0,1,1 0,3,0 0,3,1 1,2,0 1,2,1 1,3,0 1,3,1 3,1,0 3,1,1 3,4,0 3,4,1",
     "RC11 weakens C++11 here, as compilation to Power needs it: section 2.1 of the paper"},
    {"CoRR", "x=1.rlx | x.rlx; x.rlx", shown::reads, "1,0", false,
     "0,0 0,1 1,1",
     "coherence: nobody reads backwards"},
    {"CoRR+2", "x=1.rlx; x=2.rlx | x.rlx; x.rlx", shown::reads, "2,1", false,
     "0,0 0,1 0,2 1,1 1,2 2,2",
     "likewise"},
    {"CoRR+two readers", "x=1.rlx | x=2.rlx | x.rlx; x.rlx | x.rlx; x.rlx", shown::reads, "1,2,2,1", false,
     "0,0,0,0 0,0,0,1 0,0,0,2 0,0,1,1 0,0,1,2 0,0,2,1 0,0,2,2 0,1,0,0 0,1,0,1 0,1,0,2 0,1,1,1 "
     "0,1,1,2 0,1,2,1 0,1,2,2 0,2,0,0 0,2,0,1 0,2,0,2 0,2,1,1 0,2,1,2 0,2,2,1 0,2,2,2 1,1,0,0 "
     "1,1,0,1 1,1,0,2 1,1,1,1 1,1,1,2 1,1,2,1 1,1,2,2 1,2,0,0 1,2,0,1 1,2,0,2 1,2,1,1 1,2,1,2 "
     "1,2,2,2 2,1,0,0 2,1,0,1 2,1,0,2 2,1,1,1 2,1,2,1 2,1,2,2 2,2,0,0 2,2,0,1 2,2,0,2 2,2,1,1 "
     "2,2,1,2 2,2,2,1 2,2,2,2",
     "all agree on one modification order"},
    {"CoWW", "x=1.rlx; x=2.rlx | x.rlx", shown::all, "0,1", false,
     "0,2 1,2 2,2",
     "a thread's own stores stay in their order"},
    {"CoRW", "x.rlx; x=1.rlx | x=2.rlx", shown::all, "2,2", false,
     "0,1 0,2 2,1",
     "a store comes behind what its thread has read"},
    {"CoWR", "x=1.rlx; x.rlx | x=2.rlx", shown::all, "2,1", false,
     "1,1 1,2 2,2",
     "a thread that reads another's store has its own behind it"},
    {"CoWR+0", "x=1.rlx; x.rlx | x=2.rlx", shown::all, "0,1", false,
     "1,1 1,2 2,2",
     "nobody misses his own store"},
    {"CoRW+2", "x.rlx; x=1.rlx | x.rlx; x=2.rlx", shown::reads, "2,1", false,
     "0,0 0,1 2,0",
     "po and rf may not make a cycle"},
    {"two updates", "x+1.rlx | x+1.rlx", shown::all, "0,0,1", false,
     "0,1,2 1,0,2",
     "atomicity"},
    {"update and store", "x+1.rlx | x=5.rlx", shown::all, "0,5", true,
     "0,5 5,6",
     "a store comes before or behind an update, never in between"},
    {"two compares", "x?0:1.rlx | x?0:2.rlx", shown::all, "0,0,1", false,
     "0,1,1 2,0,2",
     "only one can win"},
    {"three updates", "x+1.rlx; x+1.rlx | x+1.rlx", shown::all, "0,1,1,2", false,
     "0,1,2,3 0,2,1,3 1,2,0,3",
     "atomicity"},
};
// clang-format on

outcomes as_shown(const outcomes& all, const litmus& test, shown what) {
    outcomes result;
    for (outcome o : all) {
        if (what == shown::reads) {
            o.resize(o.size() - test.locations);
        }
        result.insert(o);
    }
    return result;
}

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
