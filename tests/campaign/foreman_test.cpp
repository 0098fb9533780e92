// A foreman, its store and workers that exist only on paper.

#include "campaign/crew/foreman.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include <doctest/doctest.h>

#include "runtime/random.hpp"
#include "tests/campaign/stores.hpp"
#include "tests/support/effort.hpp"

using namespace tenthrule;
using namespace tenthrule::crew;
using namespace testing;

namespace {

// Two scenarios with one arm each, of which execution 77 of the first crashes and each 50th of both fails.
class paper_crew {
public:
    explicit paper_crew(std::uint64_t budget, double shrink_share = 0)
        : store_(campaign_store::open_for_writing(folder_ / "c.db")) {
        plan_.budget.executions = budget;
        plan_.budget.shrink_share = shrink_share;
        for (const char* name : {"first", "second"}) {
            const std::vector<arm_id> arms = add_arms(store_, name, "random", 1);
            const std::vector<stored_subject> all = store_.subjects();
            const stored_subject& subject = *std::find_if(
                all.begin(), all.end(), [&](const stored_subject& x) { return x.key.scenario == name; });
            work_.subjects.push_back({subject.id, subject.scenario, name, subject.key,
                                      std::make_shared<const std::string>("text")});
            crew_arm arm;
            arm.state.id = arms.front();
            arm.state.strategy = "random";
            arm.subject = work_.subjects.size() - 1;
            arm.share = 0.5;
            work_.arms.push_back(arm);
        }
        results_.emplace(store_, work_, std::chrono::milliseconds(1), [](const std::string&) {});
        foreman_options options;
        options.workers = 2;
        options.note = [this](const std::string& words) { notes_.push_back(words); };
        foreman_.emplace(store_, plan_, work_, *results_, 0, options);
        foreman_->read_findings();
    }

    static bool crashes(const work_order& o, std::uint64_t index) {
        return o.subject.scenario == "first" && index == 77;
    }

    // What a worker would report that does the first `count` executions of the order.
    static work_report report_of(const work_order& o, std::uint64_t count) {
        work_report r;
        r.number = o.number;
        r.batch.first = o.first;
        r.batch.count = count;
        r.seconds = r.batch.seconds = static_cast<double>(count) / 1'000;
        for (std::uint64_t i = o.first; i < o.first + count; ++i) {
            if (i % 50 == 0) {
                ++r.batch.failures;
                if (r.batch.seen.empty()) {
                    r.batch.seen.push_back(failure("fails", i, 0));
                    r.seen_points.push_back(100);
                }
                ++r.batch.seen[0].times;
            }
        }
        return r;
    }

    // The death of a worker that was in the execution `index` of the order, or in none.
    static death death_in(const foreman::task& t, std::uint64_t index_plus_one, bool from_outside) {
        death d;
        d.cause = from_outside ? "signal 9 (SIGKILL)" : "signal 11 (SIGSEGV)";
        d.from_outside = from_outside;
        d.doing = t.order.number;
        d.index = index_plus_one;
        d.orders.push_back(t.about);
        return d;
    }

    // Gives out everything, and lets workers do it, sooner or later, whatever happens to them before.
    void play(std::uint64_t seed) {
        random_source lots(seed);
        std::vector<foreman::task> out;
        for (unsigned turn = 0; turn < 20'000; ++turn) {
            while (out.size() < 4) {
                std::optional<foreman::task> t = foreman_->next(1);
                if (!t) {
                    break;
                }
                out.push_back(std::move(*t));
            }
            if (out.empty()) {
                break;
            }
            const std::uint32_t which = lots.below(static_cast<std::uint32_t>(out.size()));
            const foreman::task t = out[which];
            out.erase(out.begin() + which);
            const bool calm = turn > 200;
            const std::uint32_t fate = calm ? 9 : lots.below(10);
            const work_order& o = t.order;
            const bool bad = o.first <= 77 && 77 < o.first + o.count && crashes(o, 77);
            if (fate == 0) {
                foreman_->died(
                    death_in(t, o.first + 1 + lots.below(static_cast<std::uint32_t>(o.count)), true));
            } else if (fate == 1) {
                death d = death_in(t, 0, true);
                d.doing = 0;
                foreman_->died(d);
            } else if (bad) {
                foreman_->died(death_in(t, 78, false));
            } else if (fate == 2) {
                foreman_->reported(t.about,
                                   report_of(o, lots.below(static_cast<std::uint32_t>(o.count + 1))));
            } else {
                foreman_->reported(t.about, report_of(o, o.count));
            }
            if (lots.below(3) == 0) {
                foreman_->save(1, 1);
            }
        }
        foreman_->save(1, 1);
        REQUIRE(out.empty());
    }

    foreman& who() {
        return *foreman_;
    }
    campaign_store& store() {
        return store_;
    }
    const std::vector<std::string>& notes() const {
        return notes_;
    }

private:
    scratch_folder folder_;
    campaign_store store_;
    campaign_plan plan_;
    crew_work work_;
    std::optional<results_keeper> results_;
    std::optional<foreman> foreman_;
    std::vector<std::string> notes_;
};

}  // namespace

TEST_CASE("foreman: whatever happens to workers, the store ends with each execution of the budget once") {
    for (std::uint64_t seed = 1; seed <= test::repetitions(20); ++seed) {
        CAPTURE(seed);
        paper_crew c(3'000);
        c.play(seed);  // the store would refuse an execution that comes twice
        CHECK(c.who().budget_is_spent());
        std::uint64_t sum = 0;
        std::map<arm_id, std::uint64_t> failures;
        for (const arm_state& a : c.store().arms()) {
            std::uint64_t multiples = 0;
            for (const execution_range& r : a.done) {
                for (std::uint64_t i = r.first; i < r.first + r.count; ++i) {
                    multiples += i % 50 == 0 ? 1 : 0;
                }
            }
            // One that somebody killed again and again is taken for a crash.
            CHECK(a.failures <= multiples);
            CHECK(a.failures + a.crashes >= multiples);
            failures[a.id] = a.failures;
            sum += a.executions;
        }
        CHECK(sum == 3'000);
        std::uint64_t crashes = 0;
        for (const stored_finding& f : c.store().findings()) {
            if (f.identity == "fails") {
                CHECK(f.times == failures[f.occurrences.at(0).arm]);
            } else if (f.crash == "signal 11 (SIGSEGV)") {
                crashes += f.times;
                CHECK(f.occurrences.at(0).first_index == 77);
            }
        }
        CHECK(crashes == 1);
    }
}

TEST_CASE("foreman: a program that depends on more than its schedule is given up, and nothing else is") {
    paper_crew c(2'000);
    bool told = false;
    while (const std::optional<foreman::task> t = c.who().next(1)) {
        work_report r = paper_crew::report_of(t->order, t->order.count);
        if (t->order.subject.scenario == "second") {
            r.problem = "it goes another way";
            told = true;
        }
        c.who().reported(t->about, r);
    }
    c.who().save(1, 1);
    CHECK(told);
    REQUIRE(c.notes().size() == 1);
    CHECK(c.notes()[0].find("second on ") == 0);
    CHECK(c.notes()[0].find("it goes another way") != std::string::npos);
    CHECK(c.who().take_given_up() == c.notes());
    CHECK(c.who().ledger().executions() == 2'000);
}

TEST_CASE("foreman: failures are shrunk when there is time for it, and the store keeps what comes of it") {
    paper_crew c(1'000, 0.5);
    unsigned shrunk = 0;
    while (const std::optional<foreman::task> t = c.who().next(10)) {
        if (t->order.what != work::shrink) {
            c.who().reported(t->about, paper_crew::report_of(t->order, t->order.count));
            continue;
        }
        CHECK(t->order.identity == "fails");
        CHECK(t->order.token == "token");
        c.who().save(10, 10);
        work_report r;
        r.number = t->order.number;
        r.reproducer.token = "shrunk";
        r.reproducer.complete = true;
        c.who().reported(t->about, r);
        ++shrunk;
    }
    c.who().save(10, 10);
    CHECK(shrunk == 2);
    for (const stored_finding& f : c.store().findings()) {
        CHECK(f.shrunk);
        CHECK(f.best.token == "shrunk");
    }
}

TEST_CASE("foreman: a program that never works is given up, and what would have come after it is not") {
    paper_crew c(1'000);
    std::map<std::string, foreman::task> out;
    while (out.size() < 2) {
        const std::optional<foreman::task> t = c.who().next(1);
        REQUIRE(t);
        if (!out.emplace(t->order.subject.scenario, *t).second) {
            c.who().reported(t->about, paper_crew::report_of(t->order, t->order.count));
        }
    }
    death d;
    d.cause = "exit status 1";
    d.never_worked = true;
    d.orders.push_back(out.at("first").about);
    d.untold.push_back(out.at("second").about);
    c.who().died(d);
    REQUIRE(c.notes().size() == 1);
    CHECK(c.notes()[0].find("first on ") == 0);
    CHECK(c.notes()[0].find("exit status 1") != std::string::npos);
    bool is_done = false;
    while (const std::optional<foreman::task> t = c.who().next(1)) {
        CHECK(t->order.subject.scenario == "second");
        is_done = is_done || t->order.first == out.at("second").order.first;
        c.who().reported(t->about, paper_crew::report_of(t->order, t->order.count));
    }
    CHECK(is_done);
    CHECK(c.who().ledger().executions() == 1'000);
}
