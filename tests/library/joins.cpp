// What the search without repetitions makes of threads that wait for each other's ends: all that can happen.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "library/tenthrule.hpp"
#include "library/test_program.hpp"
#include "scheduler/bounded.hpp"
#include "scheduler/dpor.hpp"
#include "scheduler/exhaustive.hpp"
#include "tests/library/searched.hpp"
#include "tests/support/effort.hpp"

namespace tr = tenthrule;
using namespace std::chrono_literals;
using tr::test::runner;
using tr::test::tally;

namespace {

// Some threads, in a tree of makers, each joined by its maker, by a later one of the same maker, or by
// nobody.
class generated_joins {
public:
    struct flavour {
        unsigned threads_max = 4;
        unsigned operations_max = 7;  ///< in all
        bool blocking = true;         ///< locks, conditions, time
        bool values = true;           ///< and looks at what has no order
        bool sections = false;        ///< executions that end while somebody has a lock
    };

    generated_joins(std::uint64_t seed, const flavour& f) : random_(seed) {
        const unsigned threads = 2 + random_.below(f.threads_max - 1);
        bodies_.resize(threads + 1);
        std::vector<unsigned> makers(threads + 1, 0);
        for (unsigned k = 1; k <= threads; ++k) {
            makers[k] = k > 1 && random_.below(4) == 0 ? 1 + random_.below(k - 1) : 0;
            bodies_[makers[k]].push_back({what::make, k});
        }
        for (unsigned k = 1; k <= threads; ++k) {
            std::vector<unsigned> later;
            for (unsigned l = k + 1; l <= threads; ++l) {
                if (makers[l] == makers[k]) later.push_back(l);
            }
            const std::uint32_t fate = random_.below(8);
            if (fate == 0) {
                bodies_[makers[k]].push_back({what::detach, k});
            } else if (fate < 3 && !later.empty()) {
                const unsigned joiner = later[random_.below(static_cast<std::uint32_t>(later.size()))];
                insert(bodies_[joiner], {what::join, k});
            } else {
                // After all that are made, in any order.
                std::vector<operation>& body = bodies_[makers[k]];
                std::size_t first = body.size();
                while (first > 0 && body[first - 1].does != what::make)
                    --first;
                body.insert(body.begin() +
                                static_cast<std::ptrdiff_t>(first + random_.below(static_cast<std::uint32_t>(
                                                                        body.size() - first + 1))),
                            {what::join, k});
            }
        }
        const unsigned operations = 2 + random_.below(f.operations_max - 1);
        for (unsigned i = 0; i < operations; ++i) {
            const operation drawn = draw(f);  // first, whatever the compiler
            insert(bodies_[random_.below(threads + 1)], drawn);
        }
    }

    std::string describe() const {
        static constexpr const char* names[] = {"make",      "join",    "detach",  "add",   "load",  "locked",
                                                "timed",     "wait",    "notify",  "sleep", "value", "born",
                                                "unordered", "assumed", "checked", "nested"};
        std::string text;
        for (std::size_t t = 0; t < bodies_.size(); ++t) {
            text += fmt::format("\nt{}:", t);
            for (const operation& o : bodies_[t]) {
                text += fmt::format(" {}({})", names[static_cast<unsigned>(o.does)], o.on);
            }
        }
        return text;
    }

    // What all have seen, and what is left.
    std::string outcome() const {
        std::string text;
        for (const std::vector<int>& seen : seen_) {
            text += fmt::format("{} | ", fmt::join(seen, " "));
        }
        return text + fmt::format("{} {} {}", last_[0], last_[1], guarded_);
    }

    void operator()() {
        for (std::vector<int>& seen : seen_)
            seen.clear();
        seen_.resize(bodies_.size());
        last_[0] = last_[1] = guarded_ = 0;
        // In the arena: threads that nobody joins may use it to the end.
        run(*tr::execution::current().arena().make<shared>(), 0);
    }

private:
    enum class what : unsigned {
        make,
        join,
        detach,
        add,
        load,
        locked,
        timed,
        wait,
        notify,
        sleep,
        value,
        born,
        unordered,
        assumed,
        checked,
        nested
    };
    struct operation {
        what does;
        unsigned on;
    };
    struct shared {
        tr::atomic<int> words[2] = {tr::atomic<int>(0), tr::atomic<int>(0)};
        tr::timed_mutex timed;
        tr::mutex lock;
        tr::condition_variable condition;
        tr::var<int> plain{0};
        bool ready = false;
        std::array<tr::thread, 8> threads;
    };

    void insert(std::vector<operation>& body, operation o) {
        body.insert(body.begin() + random_.below(static_cast<std::uint32_t>(body.size() + 1)), o);
    }
    operation draw(const flavour& f) {
        if (f.sections && random_.below(2) == 0) {
            static constexpr std::array some = {what::assumed, what::checked, what::nested};
            const what does = some[random_.below(3)];
            return {does, random_.below(2)};
        }
        const std::uint32_t kind = random_.below(f.values ? 18 : 13);
        const unsigned on = random_.below(2);
        if (kind < 6 || (kind < 13 && !f.blocking)) return {kind < 3 ? what::add : what::load, on};
        if (kind < 8) return {what::locked, on};
        if (kind < 9) return {what::timed, on};
        if (kind < 10) return {what::wait, on};
        if (kind < 12) return {what::notify, on};
        if (kind < 13) return {what::sleep, on};
        if (kind < 14) return {what::value, on};
        return {kind < 17 ? what::born : what::unordered, on};
    }

    void run(shared& s, unsigned self) {
        std::vector<int>& seen = seen_[self];
        const auto see = [&seen](int value) {
            const tr::engine_scope mine;
            seen.push_back(value);
        };
        for (const operation& o : bodies_[self]) {
            switch (o.does) {
                case what::make:
                    s.threads[o.on] = tr::thread([this, &s, k = o.on] { run(s, k); });
                    break;
                case what::join:
                    s.threads[o.on].join();
                    break;
                case what::detach:
                    s.threads[o.on].detach();
                    break;
                case what::add:
                    last_[o.on] =
                        s.words[o.on].fetch_add(static_cast<int>(self) + 1) + static_cast<int>(self) + 1;
                    see(last_[o.on]);
                    break;
                case what::load:
                    see(s.words[o.on].load());
                    break;
                case what::locked: {
                    const std::lock_guard held(s.lock);
                    guarded_ = guarded_ * 5 + static_cast<int>(self);
                    see(guarded_);
                    break;
                }
                case what::timed:
                    if (s.timed.try_lock_for(1ms)) {
                        see(s.words[o.on].load());
                        s.timed.unlock();
                    } else {
                        see(-1);
                    }
                    break;
                case what::wait: {
                    std::unique_lock held(s.lock);
                    if (!s.ready) s.condition.wait(held);
                    break;
                }
                case what::notify: {
                    {
                        const std::lock_guard held(s.lock);
                        s.ready = true;
                    }
                    s.condition.notify_one();
                    break;
                }
                case what::sleep:
                    tr::this_thread::sleep_for(1ms);
                    break;
                case what::value:
                    see(static_cast<int>(tr::choose(2)));
                    break;
                case what::born: {
                    // Which number the next thread gets is seen by all who make one.
                    tr::thread child([] {});
                    see(static_cast<int>(std::hash<tr::thread::id>{}(child.get_id())));
                    child.detach();
                    break;
                }
                case what::assumed: {
                    const std::lock_guard held(s.lock);
                    tr::assume(s.words[o.on].load() % 2 == 0);
                    break;
                }
                case what::checked: {
                    const std::lock_guard held(s.lock);
                    tr::check(s.words[o.on].load() % 3 != 1);
                    break;
                }
                case what::nested: {
                    std::unique_lock inner(s.lock, std::defer_lock);
                    std::unique_lock outer(s.timed, std::defer_lock);
                    if (o.on == 0) inner.lock();
                    outer.lock();
                    if (o.on != 0) inner.lock();
                    guarded_ = guarded_ * 5 + static_cast<int>(self);
                    break;
                }
                case what::unordered:
                    s.plain = static_cast<int>(self);
                    break;
            }
        }
    }

    tr::random_source random_;
    std::vector<std::vector<operation>> bodies_;
    std::vector<std::vector<int>> seen_;
    int last_[2] = {};  // the words' values
    int guarded_ = 0;
};

generated_joins::flavour variant_of(unsigned variant) {
    generated_joins::flavour f;
    f.blocking = variant % 2 != 0;
    f.operations_max = f.blocking ? 7 : 10;
    f.values = variant > 1;
    f.sections = variant > 3;
    return f;
}

struct sums {
    unsigned programs = 0;
    unsigned too_big = 0;
    std::uint64_t schedules = 0;
    std::uint64_t executions = 0;
    std::uint64_t redundant = 0;
};

unsigned programs_each() {
    const char* const asked = std::getenv("TENTHRULE_DPOR_PROGRAMS");
    return asked != nullptr ? static_cast<unsigned>(std::strtoul(asked, nullptr, 10))
                            : tr::test::repetitions(150);
}

void compare(std::uint64_t seed, const generated_joins::flavour& f, sums& s) {
    generated_joins p(seed, f);
    runner r({[&p] { p(); }, [&p] { return p.outcome(); }});
    tr::exhaustive all;
    const tally brute = r.run_all(all, 10'000);
    if (!brute.complete) {
        ++s.too_big;
        return;
    }
    tr::dpor reduced;
    const tally clever = r.run_all(reduced);
    REQUIRE(clever.complete);
    ++s.programs;
    s.schedules += brute.executions;
    s.executions += clever.executions;
    s.redundant += clever.redundant;
    CAPTURE(seed);
    CAPTURE(p.describe());
    CHECK(clever.outcomes == brute.outcomes);
}

}  // namespace

TEST_CASE("joins: outcomes of generated tests are those of all schedules") {
    for (unsigned variant = 0; variant < 6; ++variant) {
        sums s;
        for (unsigned i = 0; i < programs_each(); ++i) {
            compare(1'000'000 * variant + i, variant_of(variant), s);
        }
        MESSAGE("joins, variant " << variant << ": " << s.programs << " programs (" << s.too_big
                                  << " too big), " << s.schedules << " schedules, " << s.executions
                                  << " executions, " << s.redundant << " redundant");
        CHECK(s.programs > programs_each() / 4);
    }
}

TEST_CASE("joins: outcomes of tests that few mistakes get past are those of all schedules") {
    sums s;
    for (const unsigned seed :
         {1'000'024U, 1'001'427U, 2'000'200U, 2'000'352U, 2'002'155U, 2'002'661U, 3'011'747U}) {
        compare(seed, variant_of(seed / 1'000'000), s);
    }
    CHECK(s.programs == 7);
}

namespace {

// Gives the number of bounds that were searched.
unsigned compare_within_bounds(std::uint64_t seed, unsigned variant, std::uint64_t executions_max = 20'000) {
    generated_joins p(seed, variant_of(variant));
    runner r({[&p] { p(); }, [&p] { return p.outcome(); }});
    CAPTURE(seed);
    CAPTURE(p.describe());
    unsigned searches = 0;
    for (std::uint32_t switches = 0; switches < 4; ++switches) {
        tr::bounded all({.switches = switches});
        const tally brute = r.run_all(all, executions_max, switches);
        if (!brute.complete) {
            break;
        }
        tr::dpor reduced(tr::subtree{}, {.switches = switches});
        const tally clever = r.run_all(reduced, 1'000'000, switches);
        CAPTURE(switches);
        CHECK(clever.complete);
        CHECK(clever.outcomes == brute.outcomes);
        ++searches;
    }
    return searches;
}

}  // namespace

TEST_CASE("joins: within a bound, outcomes of generated tests are those of all schedules within it") {
    unsigned searches = 0;
    for (unsigned variant = 0; variant < 6; ++variant) {
        for (unsigned i = 0; i < programs_each() / 3; ++i) {
            searches += compare_within_bounds(4'000'000 + 100'000 * variant + i, variant, 3'000);
        }
    }
    CHECK(searches > programs_each());
}

TEST_CASE(
    "joins: within a bound, outcomes of tests that few mistakes get past are those of all schedules within "
    "it") {
    // Here a thread has to come to a lock while another one holds it, to leave the rest to that one for
    // nothing.
    for (const std::uint64_t seed : {4'100'818U, 4'116'338U, 4'117'777U}) {
        CHECK(compare_within_bounds(seed, static_cast<unsigned>(seed / 100'000 % 10)) == 4);
    }
}

TEST_CASE("joins: a search can be divided, saved and restored around joins as anywhere else") {
    for (std::uint64_t seed = 5'000'000; seed < 5'000'000 + programs_each(); ++seed) {
        generated_joins p(seed, variant_of(static_cast<unsigned>(seed % 6)));
        runner r({[&p] { p(); }, [&p] { return p.outcome(); }});
        CAPTURE(seed);
        CAPTURE(p.describe());
        tr::dpor whole;
        std::vector<std::string> expected;
        while (whole.more() && expected.size() < 1'000) {
            expected.push_back(r.run(whole));
        }
        std::vector<std::string> got;
        auto current = std::make_unique<tr::dpor>();
        while (current->more() && got.size() < 1'000) {
            got.push_back(r.run(*current));
            if (got.size() % 5 == 2) {
                std::vector<std::uint64_t> memory;
                current->save(memory);
                current = std::make_unique<tr::dpor>();
                REQUIRE(current->restore(memory));
            }
        }
        CHECK(got == expected);
        if (whole.more()) {
            continue;
        }
        for (const std::uint32_t decisions : {2U, 5U}) {
            tr::dpor beginning(tr::dpor::frontier{decisions});
            std::set<std::string> parts = r.run_all(beginning).outcomes;
            for (const tr::subtree& s : beginning.subtrees()) {
                tr::dpor part(s);
                parts.merge(r.run_all(part).outcomes);
            }
            std::set<std::string> all(expected.begin(), expected.end());
            all.erase("");
            CHECK(parts == all);
        }
    }
}

namespace {

// Threads that each do something with `on(i)`, `times` times, and are joined in that order.
std::function<void()> joined_in_a_row(unsigned threads, unsigned times, bool one_for_all, bool backwards) {
    return [=] {
        std::array<tr::atomic<int>, 6> words;
        std::vector<tr::thread> all;
        for (unsigned i = 0; i < threads; ++i) {
            all.emplace_back([&words, times, on = one_for_all ? 0 : i] {
                for (unsigned n = 0; n < times; ++n)
                    words[on].fetch_add(1);
            });
        }
        for (unsigned i = 0; i < threads; ++i) {
            all[backwards ? threads - 1 - i : i].join();
        }
    };
}

}  // namespace

TEST_CASE("joins: each thread but the first may end before or after the ones that are joined before it") {
    for (unsigned threads = 2; threads <= 6; ++threads) {
        CAPTURE(threads);
        for (const bool backwards : {false, true}) {
            CAPTURE(backwards);
            for (const unsigned times : {1U, 2U}) {
                CAPTURE(times);
                tr::dpor each_class;
                const tally t =
                    runner({joined_in_a_row(threads, times, false, backwards)}).run_all(each_class);
                CHECK(t.complete);
                CHECK(t.executions == 1U << (threads - 1));
            }
        }
    }
    // As many as there are orders of what they do.
    const auto in_all = [](unsigned threads, unsigned times, bool backwards) {
        tr::dpor each_class;
        const tally t = runner({joined_in_a_row(threads, times, true, backwards)}).run_all(each_class);
        return std::pair(t.executions, t.redundant);
    };
    using pair = std::pair<std::uint64_t, std::uint64_t>;
    for (const bool backwards : {false, true}) {
        CHECK(in_all(3, 1, backwards) == pair(6, 0));
        CHECK(in_all(5, 1, backwards) == pair(120, 0));
        CHECK(in_all(3, 2, backwards) == pair(90, 0));
    }
}

TEST_CASE("joins: what a thread does at once behind a join can come before and after what others do") {
    // Which number a new thread gets is all that shows it: it is made in the step in which the last of two
    // threads ends that its maker joins, and the other maker may have been first, or between the two.
    std::string numbers;
    const auto number_of_new = [&numbers](char who) {
        tr::thread made([] {});
        const auto number = std::hash<tr::thread::id>{}(made.get_id());
        made.detach();
        const tr::engine_scope mine;
        numbers += who + std::to_string(number);
    };
    const auto test = [&] {
        numbers.clear();
        tr::atomic<int> first(0);
        tr::atomic<int> second(0);
        tr::thread a([&] { first.store(1); });
        tr::thread b([&] { second.store(1); });
        tr::thread other([&] {
            (void)first.load();
            number_of_new('o');
        });
        a.join();
        b.join();
        number_of_new('m');
        other.join();
    };
    runner r({test, [&] { return numbers; }});
    tr::exhaustive all;
    const tally brute = r.run_all(all);
    tr::dpor each_class;
    const tally clever = r.run_all(each_class);
    CHECK(clever.outcomes == brute.outcomes);
    CHECK(clever.outcomes.size() == 2);
}
