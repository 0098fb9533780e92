// Sets of actors, for executions of either size, against std::set.

#include <set>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/random.hpp"
#include "runtime/types.hpp"

using namespace tenthrule;

namespace {

template <unsigned Tasks>
using size = std::integral_constant<unsigned, Tasks>;

// In their order: tasks before events, and both by their creation.
template <unsigned Tasks>
std::vector<actor> everybody() {
    std::vector<actor> all;
    for (unsigned i = 0; i < Tasks; ++i) {
        all.push_back(detail::numbering<Tasks>::task_of(i));
    }
    for (unsigned i = 0; i < events_max; ++i) {
        all.push_back(static_cast<actor>(first_event + i));
    }
    return all;
}

// What a set should be: the places of its members among everybody.
template <unsigned Tasks>
void check_equal(const basic_actor_set<Tasks>& set, const std::set<std::size_t>& expected) {
    static const std::vector<actor> all = everybody<Tasks>();
    REQUIRE(set.count() == expected.size());
    REQUIRE(set.empty() == expected.empty());
    REQUIRE(set.single() == (expected.size() == 1));
    std::vector<actor> members;
    for (const std::size_t place : expected) {
        members.push_back(all[place]);
    }
    std::vector<actor> visited;
    for_each(set, [&](actor a) { visited.push_back(a); });
    REQUIRE(visited == members);
    for (unsigned n = 0; n < members.size(); ++n) {
        REQUIRE(set.nth(n) == members[n]);
    }
    if (!members.empty()) {
        REQUIRE(set.first() == members.front());
    }
    for (std::size_t place = 0; place < all.size(); ++place) {
        REQUIRE(set.contains(all[place]) == (expected.count(place) == 1));
    }
}

}  // namespace

TEST_CASE_TEMPLATE("actor sets: as std::set, in the order of creation", S, size<64>, size<128>) {
    const std::vector<actor> all = everybody<S::value>();
    random_source random(7);
    for (unsigned round = 0; round < 60; ++round) {
        basic_actor_set<S::value> set;
        std::set<std::size_t> expected;
        // From sets with hardly anybody in them to nearly full ones.
        const std::uint32_t inserts_of_8 = 1 + random.below(7);
        const std::uint32_t steps = 1 + random.below(60);
        for (std::uint32_t i = 0; i < steps; ++i) {
            const std::size_t place = random.below(static_cast<std::uint32_t>(all.size()));
            if (random.below(8) < inserts_of_8) {
                set.insert(all[place]);
                expected.insert(place);
            } else {
                set.erase(all[place]);
                expected.erase(place);
            }
        }
        check_equal(set, expected);
        const std::size_t place = random.below(static_cast<std::uint32_t>(all.size()));
        check_equal(set.after(all[place]), {expected.upper_bound(place), expected.end()});
    }
    CHECK(basic_actor_set<S::value>{}.empty());
}

TEST_CASE_TEMPLATE("actor sets: the ends of each word", S, size<64>, size<128>) {
    const std::vector<actor> all = everybody<S::value>();
    for (const std::size_t place : {std::size_t{0}, std::size_t{63}, std::size_t{64}, std::size_t{127},
                                    std::size_t{S::value - 1}, std::size_t{S::value}, all.size() - 1}) {
        CAPTURE(place);
        basic_actor_set<S::value> set;
        set.insert(all[place]);
        check_equal(set, {place});
        check_equal(set.after(all[place]), {});
        set.insert(all[0]);
        check_equal(set, {0, place});
    }
}

TEST_CASE("actors: numbers of the first 64 tasks and of events are the same whatever the limit is") {
    using narrow = detail::numbering<64>;
    using wide = detail::numbering<128>;
    for (unsigned i = 0; i < 128; ++i) {
        CAPTURE(i);
        const actor task = wide::task_of(i);
        CHECK(task == (i < 64 ? i : i + 64));
        CHECK(wide::index_of(task) == i);
        CHECK(wide::is_task(task));
        CHECK(!is_event(task));
        CHECK(wide::bit_of(task) == detail::two_words{1} << i);
        if (i < 64) {
            CHECK(narrow::task_of(i) == task);
            CHECK(narrow::index_of(task) == i);
            CHECK(narrow::is_task(task));
        }
    }
    for (unsigned i = 64; i < 128; ++i) {
        CHECK(is_event(static_cast<actor>(i)));
        CHECK(!narrow::is_task(static_cast<actor>(i)));
        CHECK(!wide::is_task(static_cast<actor>(i)));
    }
    for (const actor nobody : {actor{192}, no_actor}) {
        CHECK(!wide::is_task(nobody));
        CHECK(!is_event(nobody));
    }
    CHECK(!narrow::is_task(128));
}
