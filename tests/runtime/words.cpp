// Small things that everything else stands on: sets of actors, names, the generator.

#include <array>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "runtime/nearest.hpp"
#include "runtime/random.hpp"
#include "runtime/rules.hpp"
#include "runtime/types.hpp"

using namespace tenthrule;

TEST_CASE("actors: a set holds tasks and events, in ascending order") {
    actor_set s;
    CHECK(s.empty());
    for (const unsigned a : {64U, 3U, 127U, 63U, 0U}) {
        s.insert(static_cast<actor>(a));
    }
    CHECK(s.count() == 5);
    CHECK(s.first() == 0);
    CHECK(s.nth(1) == 3);
    CHECK(s.nth(2) == 63);
    CHECK(s.nth(3) == 64);
    CHECK(s.nth(4) == 127);
    CHECK(s.contains(63));
    CHECK(!s.contains(62));
    CHECK(!s.contains(65));
    s.erase(0);
    s.erase(3);
    s.erase(63);
    CHECK(s.first() == 64);
    s.erase(64);
    s.erase(127);
    CHECK(s.empty());
    CHECK(is_task(63));
    CHECK(!is_task(64));
    CHECK(is_event(64));
    CHECK(is_event(127));
    CHECK(!is_event(no_actor));
}

TEST_CASE("operations: dependent are those on one object of which one writes") {
    const operation read{op_kind::load, access::read, 1, ""};
    const operation write{op_kind::store, access::write, 1, ""};
    const operation write_elsewhere{op_kind::store, access::write, 2, ""};
    const operation nothing{op_kind::start, access::write, 0, ""};
    CHECK(!dependent(read, read));
    CHECK(dependent(read, write));
    CHECK(dependent(write, read));
    CHECK(dependent(write, write));
    CHECK(!dependent(write, write_elsewhere));
    CHECK(!dependent(nothing, nothing));
}

// Seeds are written into stores and tokens: a change of the generator would make them mean something else.
TEST_CASE("random numbers: the generator is the one that is specified, for ever") {
    std::uint64_t state = 1234567;  // the values published with splitmix64
    CHECK(splitmix64(state) == 6457827717110365317U);
    CHECK(splitmix64(state) == 3203168211198807973U);
    CHECK(splitmix64(state) == 9817491932198370423U);

    random_source r(42);
    CHECK(r.next() == 1546998764402558742U);
    CHECK(r.next() == 6990951692964543102U);
    CHECK(r.next() == 12544586762248559009U);
    CHECK(execution_seed(1, 0) != execution_seed(1, 1));
    CHECK(execution_seed(1, 0) != execution_seed(2, 0));
}

// 60,000 draws over 6 values: each count is binomial with mean 10,000 and standard deviation 91; 500 is more
// than five of those.
TEST_CASE("random numbers: below(n) stays below n and favours nobody") {
    random_source r(7);
    std::array<int, 6> counts{};
    for (int i = 0; i < 60'000; ++i) {
        const std::uint32_t v = r.below(6);
        REQUIRE(v < 6);
        ++counts[v];
    }
    for (const int n : counts) {
        CHECK(n > 9'500);
        CHECK(n < 10'500);
    }
    CHECK(r.below(1) == 0);
}

TEST_CASE("nearest: finds the name that was meant, or none") {
    constexpr std::array<std::string_view, 5> names{"random", "pct", "roundrobin", "exhaustive", "pos"};
    CHECK(nearest("random", names) == "random");
    CHECK(nearest("randon", names) == "random");
    CHECK(nearest("radnom", names) == "random");
    CHECK(nearest("Random", names) == "random");
    CHECK(nearest("pcr", names) == "pct");
    CHECK(nearest("ptc", names) == "pct");
    CHECK(nearest("exhastive", names) == "exhaustive");
    CHECK(nearest("exaustiv", names) == "exhaustive");
    CHECK(nearest("round-robin", names) == "roundrobin");
    CHECK(nearest("dpor", names).empty());
    CHECK(nearest("", names).empty());
    CHECK(nearest("x", names).empty());
    CHECK(nearest(std::string(1000, 'r'), names).empty());
    CHECK(nearest("pot", names) == "pct");  // as near as pos, and named first
    CHECK(nearest("random", {}).empty());
}

TEST_CASE("rules: each of the engine has an index, a name and a sentence of its own") {
    std::set<unsigned> indexes;
    std::set<std::string> rule_names;
    for (const rule* r : runtime_rules()) {
        indexes.insert(r->index);
        rule_names.insert(r->name);
        CHECK(std::string(r->about).back() == '.');
        CHECK(r->index < first_foreign_rule);
    }
    CHECK(indexes.size() == runtime_rules().size());
    CHECK(rule_names.size() == runtime_rules().size());
    CHECK(indexes.size() == 10);

    rule_set set = rule_set::none();
    CHECK(!set.contains(rules::deadlock));
    set.insert(rules::deadlock);
    CHECK(set.contains(rules::deadlock));
    CHECK(!set.contains(rules::livelock));
    set.erase(rules::deadlock);
    CHECK(set == rule_set::none());
}
