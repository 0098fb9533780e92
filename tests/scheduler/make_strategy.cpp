#include "scheduler/make_strategy.hpp"

#include <set>
#include <string>

#include <doctest/doctest.h>

#include "tests/runtime/small_program.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

std::string error_of(std::string_view text) {
    const strategy_or_error result = make_strategy(text);
    CHECK((result.made == nullptr) != result.error.empty());
    return result.error;
}

}  // namespace

TEST_CASE(
    "strategy names: every listed one can be made, and has a sentence and a syntax that begins with it") {
    std::set<std::string_view> names;
    for (const strategy_entry& entry : strategy_table()) {
        CAPTURE(std::string(entry.name));
        CHECK(make_strategy(entry.name).made != nullptr);
        CHECK(entry.syntax.substr(0, entry.name.size()) == entry.name);
        CHECK(entry.about.back() == '.');
        names.insert(entry.name);
    }
    CHECK(names.size() == strategy_table().size());
    CHECK(names.count("random") == 1);
    CHECK(names.count("pct") == 1);
    CHECK(names.count("pos") == 1);
    CHECK(names.count("surw") == 1);
    CHECK(names.count("roundrobin") == 1);
    CHECK(names.count("exhaustive") == 1);
}

TEST_CASE("strategy names: the default one is valid and canonical") {
    CHECK(make_strategy(default_strategy).made != nullptr);
    CHECK(canonical_name(default_strategy) == default_strategy);
}

TEST_CASE("strategy names: one strategy has one canonical name, which names it") {
    CHECK(canonical_name("pct") == "pct:depth=3");
    CHECK(canonical_name("pct:depth=03") == "pct:depth=3");
    CHECK(canonical_name("random") == "random");
    CHECK(canonical_name("random:stay=14/16") == "random:stay=7/8");
    CHECK(canonical_name("exhaustive") == "exhaustive");
    CHECK(canonical_name("no such thing") == "no such thing");
    for (const char* name : {"pct:depth=32", "random:stay=1/65536", "roundrobin"}) {
        CHECK(canonical_name(canonical_name(name)) == canonical_name(name));
        CHECK(make_strategy(canonical_name(name)).canonical == canonical_name(name));
    }
}

TEST_CASE("strategy names: parameters reach the strategy") {
    // With depth 1 there are no change points: every task runs through once it has begun.
    small_program p([](small_program& q) {
        for (int i = 0; i < 2; ++i) {
            q.task({}, [] {
                for (int k = 0; k < 4; ++k) {
                    small_program::step("step");
                }
            });
        }
    });
    const auto switches = [&p](const char* name) {
        execution e;
        const auto s = make_strategy(name).made;
        std::uint64_t sum = 0;
        for (std::uint64_t i = 0; i < 200; ++i) {
            sum += e.run(p, *s, {}, i).statistics.switches;
        }
        return sum;
    };
    CHECK(switches("pct:depth=1") == 200);
    CHECK(switches("pct:depth=3") > 300);
    CHECK(switches("random:stay=99/100") < 300);
    CHECK(switches("random") > 600);
}

TEST_CASE("strategy names: mistakes are explained in one line") {
    std::string names;
    for (const strategy_entry& entry : strategy_table()) {
        names += (names.empty() ? "" : ", ") + std::string(entry.name);
    }
    CHECK(error_of("rondom") ==
          "unknown strategy 'rondom', did you mean 'random'? (strategies: " + names + ")");
    CHECK(error_of("quantum") == "unknown strategy 'quantum' (strategies: " + names + ")");
    CHECK(error_of("").find("unknown strategy ''") == 0);
    CHECK(error_of("pct:deph=3") ==
          "strategy 'pct' has no parameter 'deph', did you mean 'depth'? (syntax: pct[:depth=D])");
    CHECK(error_of("pct:seed=3") == "strategy 'pct' has no parameter 'seed' (syntax: pct[:depth=D])");
    CHECK(error_of("roundrobin:depth=3") == "strategy 'roundrobin' has no parameter 'depth'; it takes none");
    CHECK(error_of("pct:depth=0") ==
          "strategy 'pct': 'depth' must be a whole number from 1 to 32, found '0'");
    CHECK(
        error_of("random:stay=7") ==
        "strategy 'random': 'stay' must be a fraction between 0 and 1 such as 7/8 (denominator up to 65536), "
        "found '7'");
    CHECK(error_of("pct:depth") == "strategy 'pct': expected key=value, found 'depth'");
    CHECK(error_of("pct:depth=3,depth=4") == "strategy 'pct': 'depth' is given twice");
}

TEST_CASE("strategy names: malformed ones are refused, whatever they look like") {
    for (const char* text : {"pct:",
                             "pct:,",
                             "pct:depth=",
                             "pct:depth=3,",
                             "pct:,depth=3",
                             "pct:=3",
                             "pct:depth=33",
                             "pct:depth=-1",
                             "pct:depth=+1",
                             "pct:depth= 3",
                             "pct:depth=3x",
                             "pct:depth=99999999999999999999",
                             "pct=3",
                             " pct",
                             "PCT",
                             "random:stay=0/8",
                             "random:stay=8/8",
                             "random:stay=9/8",
                             "random:stay=1/0",
                             "random:stay=/8",
                             "random:stay=1/",
                             "random:stay=-1/8",
                             "random:stay=1/65537",
                             "random:stay=0.5",
                             "exhaustive:x=1",
                             ":",
                             "::"}) {
        CAPTURE(text);
        CHECK(!error_of(text).empty());
        CHECK(error_of(text).find('\n') == std::string::npos);
    }
}
