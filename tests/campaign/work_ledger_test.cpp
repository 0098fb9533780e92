#include "campaign/crew/work_ledger.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/random.hpp"
#include "tests/support/effort.hpp"

using namespace tenthrule;
using namespace tenthrule::crew;

namespace {

using sentence = work_ledger::judgement::sentence;

arm_state fresh_arm() {
    return {};
}

// Plays workers that do whatever workers may do, and keeps count of every execution by itself.
class chaos {
public:
    chaos(std::uint64_t seed, std::uint64_t budget, std::size_t arms)
        : lots_(seed), budget_(budget), ledger_(budget), done_(arms) {
        for (std::size_t a = 0; a < arms; ++a) {
            ledger_.add(fresh_arm());
        }
    }

    void play() {
        for (std::uint64_t turn = 0; turn < 100'000; ++turn) {
            const bool calm = turn > 300;  // in the end, workers do their work
            while (out_.size() < 4 && take()) {}
            if (out_.empty()) {
                break;
            }
            const std::size_t which = lots_.next() % out_.size();
            const piece p = out_[which];
            out_.erase(out_.begin() + static_cast<std::ptrdiff_t>(which));
            resolve(p, calm ? 9 : lots_.next() % 10);
            REQUIRE(ledger_.executions() <= budget_);
        }
        REQUIRE(out_.empty());
        REQUIRE(!ledger_.has_urgent());
    }

    const work_ledger& ledger() const {
        return ledger_;
    }
    const std::vector<std::set<std::uint64_t>>& done() const {
        return done_;
    }

private:
    bool take() {
        std::optional<piece> p = ledger_.take_urgent();
        if (!p) {
            p = ledger_.take(lots_.next() % done_.size(), 0.1);
        }
        if (p) {
            out_.push_back(*p);
        }
        return p.has_value();
    }

    void resolve(const piece& p, std::uint64_t fate) {
        if (fate == 0) {
            ledger_.not_begun(p);
        } else if (fate == 1) {
            const std::uint64_t some = lots_.next() % (p.count + 1);
            count(p, 0, some);
            ledger_.done(p, some, 0.01);
        } else if (fate <= 4) {
            // Its worker dies in some execution, or between two, by its own fault or by others'.
            const std::uint64_t index = lots_.next() % 4 == 0 ? 0 : p.first + 1 + lots_.next() % p.count;
            const work_ledger::judgement j = ledger_.died(p, index, lots_.next() % 2 == 0);
            if (j.is == sentence::guilty) {
                REQUIRE(p.careful);
                REQUIRE(j.index + 1 == index);
                count(p, j.index - p.first, 1);
            }
        } else {
            count(p, 0, p.count);
            ledger_.done(p, p.count, 0.01);
        }
    }

    void count(const piece& p, std::uint64_t from, std::uint64_t n) {
        for (std::uint64_t i = 0; i < n; ++i) {
            REQUIRE(done_[p.arm].insert(p.first + from + i).second);  // never twice
        }
    }

    random_source lots_;
    std::uint64_t budget_;
    work_ledger ledger_;
    std::vector<std::set<std::uint64_t>> done_;
    std::vector<piece> out_;
};

// A new session of an arm that has done these: how many executions it has done when it comes to one behind
// them all, not counting the gaps that it fills.
std::size_t all_with_gaps_filled(const std::set<std::uint64_t>& done) {
    arm_state known;
    for (const std::uint64_t i : done) {
        if (!known.done.empty() && known.done.back().first + known.done.back().count == i) {
            ++known.done.back().count;
        } else {
            known.done.push_back({i, 1});
        }
    }
    known.executions = done.size();
    work_ledger next;
    next.add(known);
    const std::uint64_t end = done.empty() ? 0 : *done.rbegin() + 1;
    std::set<std::uint64_t> filled;
    for (;;) {
        const std::optional<piece> p = next.take(0, 1);
        REQUIRE(p);
        if (p->first >= end) {
            CHECK(p->first == end);
            break;
        }
        for (std::uint64_t i = p->first; i < p->first + p->count; ++i) {
            CHECK(!done.contains(i));
            filled.insert(i);
        }
    }
    return end - filled.size();
}

}  // namespace

TEST_CASE(
    "ledger: whatever workers do, the budget is spent on executions done once, and gaps are filled later") {
    for (std::uint64_t seed = 0; seed < test::repetitions(150); ++seed) {
        CAPTURE(seed);
        constexpr std::uint64_t budget = 5'000;
        chaos c(seed, budget, 3);
        c.play();
        std::uint64_t sum = 0;
        for (std::size_t a = 0; a < c.done().size(); ++a) {
            const std::set<std::uint64_t>& done = c.done()[a];
            CHECK(c.ledger().executions_of(a) == done.size());
            sum += done.size();
            CHECK(all_with_gaps_filled(done) == done.size());
        }
        CHECK(sum == budget);  // what was lost is made up for by others
        CHECK(c.ledger().executions() == budget);
        CHECK(c.ledger().budget_is_spent());
    }
}

TEST_CASE("ledger: a session goes on where the last one ended, with its gaps first") {
    arm_state known;
    known.done = {{10, 20}, {40, 10}};
    known.executions = 30;
    known.seconds = 3;  // ten in a second
    work_ledger ledger(0, 30);
    ledger.add(known);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> given;
    for (int i = 0; i < 3; ++i) {
        const std::optional<piece> p = ledger.take(0, 10);
        REQUIRE(p);
        given.emplace_back(p->first, p->count);
    }
    CHECK(given == decltype(given){{0, 10}, {30, 10}, {50, 100}});
    CHECK(ledger.executions() == 30);
}

TEST_CASE("ledger: pieces take about the time that they should, and no more than the budget") {
    work_ledger ledger(10'000);
    ledger.add(fresh_arm());
    const std::optional<piece> first = ledger.take(0, 0.5);
    REQUIRE(first);
    ledger.done(*first, first->count, 0.1);
    const double rate = static_cast<double>(first->count) / 0.1;
    const std::optional<piece> second = ledger.take(0, 0.5);
    REQUIRE(second);
    CHECK(static_cast<double>(second->count) == doctest::Approx(rate * 0.5).epsilon(0.01));
    const std::optional<piece> all = ledger.take(0, 1e6);
    REQUIRE(all);
    CHECK(all->first + all->count == 10'000);
    CHECK(ledger.executions_left() == 0);
    CHECK(!ledger.take(0, 1));
    // What was not done comes back into the budget.
    ledger.done(*all, 1, 0.1);
    CHECK(ledger.executions_left() == all->count - 1);
}

TEST_CASE("ledger: only an execution that was watched with care is blamed") {
    work_ledger ledger;
    ledger.add(fresh_arm());
    const piece p = *ledger.take(0, 1);
    CHECK(ledger.died(p, p.first + 8, false).is == sentence::again);
    const piece again = *ledger.take_urgent();
    CHECK(again.careful);
    CHECK(again.first == p.first);
    CHECK(again.count == p.count);
    const work_ledger::judgement j = ledger.died(again, p.first + 8, false);
    CHECK(j.is == sentence::guilty);
    CHECK(j.index == p.first + 7);
    // Those before it were lost with its worker, those behind it were not reached.
    CHECK(*ledger.take_urgent() == piece{0, p.first, 7, false, 0});
    CHECK(*ledger.take_urgent() == piece{0, p.first + 8, p.count - 8, false, 0});
    CHECK(!ledger.take_urgent());
}

TEST_CASE("ledger: a worker that somebody kills is no execution's fault, the first times") {
    work_ledger ledger;
    ledger.add(fresh_arm());
    piece p = *ledger.take(0, 1);
    for (unsigned i = 0; i < work_ledger::deaths_max; ++i) {
        CHECK(ledger.died(p, p.first + 1, true).is == sentence::again);
        p = *ledger.take_urgent();
    }
    CHECK(ledger.died(p, p.first + 1, true).is == sentence::guilty);
}

TEST_CASE("ledger: a piece whose workers end between executions is given up in the end") {
    work_ledger ledger(1'000);
    ledger.add(fresh_arm());
    piece p = *ledger.take(0, 1);
    const std::uint64_t count = p.count;
    unsigned deaths = 1;
    while (ledger.died(p, 0, false).is == sentence::again) {
        p = *ledger.take_urgent();
        REQUIRE(++deaths < 100);
    }
    CHECK(deaths == 2 * work_ledger::deaths_max + 1);
    CHECK(ledger.executions_left() == 1'000);
    CHECK(!ledger.has_urgent());
    CHECK(ledger.take(0, 1)->first == count);
}
