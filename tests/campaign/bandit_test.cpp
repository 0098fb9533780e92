#include "campaign/crew/bandit.hpp"

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "campaign/crew/shrink_queue.hpp"
#include "runtime/random.hpp"

using namespace tenthrule;
using namespace tenthrule::crew;

namespace {

// Arms give 1 with these probabilities in so many turns of one second.
std::vector<double> play(bandit& b, const std::vector<double>& probabilities, unsigned turns) {
    random_source random(5);
    for (unsigned i = 0; i < turns; ++i) {
        const std::size_t arm = b.choose(1);
        const bool wins = random.below(1'000) < probabilities[arm] * 1'000;
        b.reward(arm, wins ? 1 : 0, 1, 1);
    }
    std::vector<double> shares;
    for (std::size_t i = 0; i < probabilities.size(); ++i) {
        shares.push_back(b.seconds(i) / turns);
    }
    return shares;
}

}  // namespace

TEST_CASE("bandit: the productive arm gets most, and nobody less than its floor") {
    bandit b;
    for (unsigned i = 0; i < 5; ++i) {
        b.add(0.2);
    }
    const std::vector<double> shares = play(b, {0.02, 0.02, 0.9, 0.02, 0.02}, 2'000);
    CHECK(shares[2] > 0.35);
    for (const double s : shares) {
        CHECK(s > 0.2 * bandit::floor_share - 0.01);
        CHECK(s <= std::max(shares[2], s == shares[2] ? s : 0.0));
    }
}

TEST_CASE("bandit: floors follow the shares") {
    bandit b;
    b.add(3);
    b.add(1);
    const std::vector<double> shares = play(b, {0, 1}, 2'000);
    CHECK(shares[0] > 0.75 * bandit::floor_share - 0.01);
    CHECK(shares[1] > 0.5);
}

TEST_CASE("bandit: what was productive once does not count for ever") {
    bandit b;
    for (unsigned i = 0; i < 3; ++i) {
        b.add(1);
    }
    play(b, {1, 0, 0}, 1'000);
    const double before = b.seconds(1);
    play(b, {0, 1, 0}, 2'000);
    CHECK((b.seconds(1) - before) / 2'000 > 0.4);
}

TEST_CASE("bandit: workers that choose at once do not all get the same arm, and a lost turn does not count") {
    bandit b;
    for (unsigned i = 0; i < 4; ++i) {
        b.add(1);
    }
    std::vector<std::size_t> chosen;
    for (unsigned i = 0; i < 4; ++i) {
        chosen.push_back(b.choose(1));
    }
    std::sort(chosen.begin(), chosen.end());
    CHECK(chosen == std::vector<std::size_t>{0, 1, 2, 3});
    b.take_back(2, 1);
    CHECK(b.seconds(2) == 0);
    CHECK(b.choose(1) == 2);
}

TEST_CASE("bandit: an arm that was retired is never chosen, the rest share its time") {
    bandit b;
    b.add(8);
    b.add(1);
    b.add(1);
    b.retire(0);
    const std::vector<double> shares = play(b, {1, 0.5, 0.5}, 500);
    CHECK(shares[0] == 0);
    CHECK(shares[1] > 0.2);
    CHECK(shares[2] > 0.2);
    b.retire(1);
    b.retire(1);
    CHECK(!b.empty());
    b.retire(2);
    CHECK(b.empty());
}

TEST_CASE("shrink_queue: untried failures first, shorter executions again, and an end of it") {
    shrink_queue q;
    CHECK(!q.has_task());
    q.offer({1, "a", 1, "token a", 100});
    q.offer({1, "a", 1, "longer", 200});
    REQUIRE(q.has_task());
    shrink_task t = q.take();
    CHECK(t.token == "token a");
    CHECK(!q.has_task());
    q.done(t, true);
    q.offer({1, "a", 1, "not worth it", 90});
    CHECK(!q.has_task());
    q.offer({1, "a", 2, "half", 50});
    q.offer({1, "b", 1, "token b", 1'000});
    CHECK(q.take().token == "token b");
    t = q.take();
    CHECK(t.token == "half");
    q.put_back(t);
    CHECK(q.take().token == "half");
    q.give_up(t);
    q.offer({1, "a", 2, "short", 1});
    CHECK(!q.has_task());
}
