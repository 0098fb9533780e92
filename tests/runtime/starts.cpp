// Tasks that start or go on at once: what they do up to their next scheduling point belongs to another's
// step.

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/runtime/small_program.hpp"
#include "tests/support/effort.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

using step = small_program;

task_spec started(start_mode how, const char* name = "made") {
    task_spec spec;
    spec.name = name;
    spec.start = how;
    return spec;
}

// What one task's end means to the one that waits for it.
class task_end {
public:
    void wait() {
        if (!happened_) {
            waiter_ = here().self();
            here().point_when_possible({op_kind::resume, access::none, 0, "end"}, {});
        }
    }
    void happens(bool at_once) {
        happened_ = true;
        if (const actor a = std::exchange(waiter_, no_actor); a != no_actor) {
            at_once ? here().go_on_at_once(a) : here().stop_spinning(a);
        }
    }

private:
    bool happened_ = false;
    actor waiter_ = no_actor;
};

// A maker and up to three tasks that it makes, and whose end it waits for, between operations of its own, all
// on two words.
class generated_tasks {
    struct one {
        bool first;
        bool writes;
        int value;
    };
    struct operations {
        std::vector<one> list;
    };

public:
    explicit generated_tasks(std::uint64_t seed) : random_(seed) {
        const std::uint32_t tasks = 1 + random_.below(3);
        maker_ = draw(tasks == 3 ? 2 * tasks : 2 * tasks + 1);
        for (std::uint32_t t = 0; t < tasks; ++t) {
            made_.push_back(draw(tasks == 3 ? 2 : 3));
        }
    }

    std::set<std::string> outcomes(bool at_once, std::uint64_t& executions) const {
        std::set<std::string> all;
        small_program p([&](small_program& q) {
            auto* const x = q.make_shared_cell<int>("x");
            auto* const y = q.make_shared_cell<int>("y");
            auto* const seen = q.machine().arena().make<std::uint64_t>(0U);
            const auto perform = [=](const operations& what) {
                for (const one& o : what.list) {
                    shared<int>& word = o.first ? *x : *y;
                    if (o.writes) {
                        word.store(o.value);
                    } else {
                        const auto value = static_cast<std::uint64_t>(word.load());
                        *seen = *seen * 16 + value;
                    }
                }
            };
            auto* const ends = q.machine().arena().make<std::array<task_end, 3>>();
            q.task({.name = "maker"}, [this, &q, perform, ends, at_once] {
                for (std::size_t i = 0; i < maker_.list.size(); ++i) {
                    perform({{maker_.list[i]}});
                    if (i < made_.size()) {
                        q.task(started(at_once ? start_mode::at_once : start_mode::boot),
                               [this, perform, ends, at_once, i] {
                                   perform(made_[i]);
                                   ends->at(i).happens(at_once);
                               });
                    } else if (const std::size_t ended = i - made_.size(); ended < made_.size()) {
                        ends->at(ended).wait();
                    }
                }
            });
            q.on_finish = [=, &all] { all.insert(fmt::format("{} {} {:x}", x->peek(), y->peek(), *seen)); };
        });
        const search_result r = explore(p);
        CHECK(r.complete);
        CHECK(r.violations == 0);
        executions = r.executions;
        return all;
    }

private:
    operations draw(std::uint32_t n) {
        operations made;
        for (std::uint32_t i = 0; i < n; ++i) {
            made.list.push_back(
                {random_.below(2) == 0, random_.below(2) == 0, 1 + static_cast<int>(random_.below(9))});
        }
        return made;
    }

    random_source random_;
    operations maker_;
    std::vector<operations> made_;
};

}  // namespace

TEST_CASE("starts: whoever starts at once runs before its maker goes on, up to its first point") {
    std::string order;
    small_program p([&](small_program& q) {
        q.task({.name = "maker"}, [&] {
            order += "a";
            q.task(started(start_mode::at_once), [&] {
                order += "b";
                step::step("first");
                order += "d";
            });
            order += "c";
        });
    });
    const run_result r = follow(p);
    CHECK(r.end == verdict::completed);
    CHECK(order == "abcd");
    CHECK(r.statistics.choices == 0);
}

TEST_CASE("starts: one that starts at once may make others, sleep, end or fail before its first point") {
    std::string order;
    small_program p([&](small_program& q) {
        q.task({.name = "maker"}, [&] {
            const actor sleeper = q.task(started(start_mode::at_once, "sleeper"), [&] {
                q.task(started(start_mode::at_once, "short"), [&] { order += "short "; });
                order += "sleeps ";
                here().sleep({});
                order += "woken ";
            });
            order += "maker ";
            CHECK(here().state(sleeper) == task_state::sleeping);
            CHECK(here().state(sleeper + 1) == task_state::finished);
            here().wake(sleeper);
        });
    });
    CHECK(follow(p).end == verdict::completed);
    CHECK(order == "short sleeps maker woken ");

    small_program fails([](small_program& q) {
        q.task({.name = "maker"}, [&q] {
            q.task(started(start_mode::at_once, "bad"),
                   [] { here().report(rules::assertion, "bad", "is bad"); });
        });
    });
    run_options unwinding;
    unwinding.unwind = true;
    for (const run_options& options : {run_options{}, unwinding}) {
        const run_result r = follow(fails, {}, options);
        CHECK(r.end == verdict::violation);
        CHECK(r.failure.who == 1);
    }
}

TEST_CASE("starts: who leaves its maker's step waits there for a step of its own") {
    const auto orders = [](bool leaves) {
        std::set<std::string> all;
        small_program p([&](small_program& q) {
            auto* const order = q.machine().arena().make<std::uint64_t>(0U);
            q.task({.name = "maker"}, [&q, order, leaves] {
                q.task(started(start_mode::at_once), [order, leaves] {
                    if (leaves) here().begin_own_step();
                    *order = *order * 10 + 1;
                });
                step::step("goes on");
                *order = *order * 10 + 2;
            });
            q.on_finish = [&all, order] { all.insert(std::to_string(*order)); };
        });
        CHECK(explore(p).complete);
        return all;
    };
    CHECK(orders(false) == std::set<std::string>{"12"});
    CHECK(orders(true) == std::set<std::string>{"12", "21"});
}

TEST_CASE("starts: whoever goes on at once does so in the current step, up to its next point") {
    std::string order;
    small_program p([&](small_program& q) {
        auto* const end = q.machine().arena().make<task_end>();
        q.task({.name = "waits"}, [&order, end] {
            end->wait();
            order += "b";
            step::step("next");
            order += "d";
        });
        q.task({.name = "ends"}, [&order, end] {
            order += "a";
            end->happens(true);
            order += "c";
        });
    });
    const run_result r = follow(p);
    CHECK(r.end == verdict::completed);
    CHECK(order == "abcd");
    CHECK(r.statistics.choices == 1);  // who of the two is first
}

TEST_CASE("starts: one that goes on at once may end, fail, or let another one go on") {
    std::string order;
    small_program p([&](small_program& q) {
        auto* const ends = q.machine().arena().make<std::array<task_end, 2>>();
        q.task({.name = "third"}, [&order, ends] {
            ends->at(1).wait();
            order += "3";
        });
        q.task({.name = "second"}, [&order, ends] {
            ends->at(0).wait();
            order += "2";
            ends->at(1).happens(true);
        });
        q.task({.name = "first"}, [&order, ends] {
            order += "1";
            ends->at(0).happens(true);
            order += ".";
        });
    });
    CHECK(follow(p).end == verdict::completed);
    CHECK(order == "123.");

    small_program fails([](small_program& q) {
        auto* const end = q.machine().arena().make<task_end>();
        q.task({.name = "bad"}, [end] {
            end->wait();
            here().report(rules::assertion, "bad", "is bad");
        });
        q.task({.name = "good"}, [end] { end->happens(true); });
    });
    run_options unwinding;
    unwinding.unwind = true;
    for (const run_options& options : {run_options{}, unwinding}) {
        const run_result r = follow(fails, {}, options);
        CHECK(r.end == verdict::violation);
        CHECK(r.failure.who == 0);
    }
}

TEST_CASE(
    "starts: with a step for each start and each going on there are more schedules, but no other outcomes") {
    std::uint64_t fewer = 0;
    const std::uint64_t programs = repetitions(100);
    for (std::uint64_t seed = 1; seed <= programs; ++seed) {
        CAPTURE(seed);
        const generated_tasks g(seed);
        std::uint64_t at_once = 0;
        std::uint64_t in_own_step = 0;
        CHECK(g.outcomes(true, at_once) == g.outcomes(false, in_own_step));
        CHECK(at_once <= in_own_step);
        fewer += at_once < in_own_step ? 1U : 0U;
    }
    CHECK(fewer > programs / 2);
}
