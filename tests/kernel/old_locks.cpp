// The rt_mutex of 2.6.38 and earlier: an unlocker makes the top waiter the pending owner, and until that one
// has run somebody more urgent may take the lock from it. What a program sees of it is what it sees of later
// versions.

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/kernel/random_program.hpp"
#include "tests/kernel/stage.hpp"
#include "tests/support/effort.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

const std::array<std::string, 2> old_versions{"v2.6.24", "v2.6.31"};

// Places of log lines that say this, in order.
std::vector<std::size_t> lines_where(const run_result& r, const std::string& line) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < r.log.size(); ++i) {
        if (r.log[i].label == line) found.push_back(i);
    }
    return found;
}

}  // namespace

// ---- Handing over

TEST_CASE("pending owner: an unlocker names the next owner, who takes the lock when it runs") {
    const auto log_of = [](const std::string& version) {
        stage s(version);
        s.options.log = true;
        const unsigned lock = s.pi_word("lock");
        const unsigned owner = s.task("owner", 10);
        const unsigned waiter = s.task("waiter", 20);
        return s.try_to_play([&] {
            s.call(owner, mutex_lock(lock));
            s.begin(waiter, lock_pi(lock));
            CHECK(s.urgency(owner) == 20);
            s.call(owner, mutex_unlock(lock));
            CHECK(s.result(waiter) == 0);
            CHECK(s.urgency(owner) == 10);
            CHECK(s.call(waiter, mutex_unlock(lock)) == 0);
        });
    };
    const std::string pending = "rt_mutex of lock := waiter|PENDING";
    const std::string ownerless = "rt_mutex of lock := nobody|HAS_WAITERS";
    const std::string taken = "rt_mutex of lock := waiter";
    for (const std::string& version : old_versions) {
        CAPTURE(version);
        const run_result r = log_of(version);
        CHECK(r.end == verdict::completed);
        REQUIRE(lines_where(r, pending).size() == 1);
        REQUIRE(lines_where(r, taken).size() == 1);
        CHECK(lines_where(r, pending)[0] < lines_where(r, "wakes waiter").back());
        CHECK(lines_where(r, "wakes waiter").back() < lines_where(r, taken)[0]);
        CHECK(lines_where(r, ownerless).empty());
    }
    const run_result later = log_of("v4.8");
    CHECK(lines_where(later, pending).empty());
    CHECK(lines_where(later, ownerless).size() == 1);
}

TEST_CASE("pending owner: waiters are served by priority, equals in the order of their arrival") {
    for (const std::string& version : old_versions) {
        CAPTURE(version);
        stage s(version);
        const unsigned lock = s.pi_word("lock");
        const unsigned owner = s.task("owner", 50);
        const unsigned a = s.task("a", 10);
        const unsigned b = s.task("b", 20);
        const unsigned c = s.task("c", 20);
        const unsigned d = s.task("d", 30);
        s.play([&] {
            CHECK(s.call(owner, mutex_lock(lock)) == 0);
            for (const unsigned t : {a, b, c, d})
                s.begin(t, lock_pi(lock));
            unsigned holder = owner;
            for (const unsigned next : {d, b, c, a}) {
                CHECK(s.call(holder, mutex_unlock(lock)) == 0);
                CHECK(s.result(next) == 0);
                CHECK(s.text(lock) == std::string(s.kernel_task(next).name) + "|WAITERS");
                holder = next;
            }
            CHECK(s.call(holder, mutex_unlock(lock)) == 0);
            CHECK(s.text(lock) == "0");
        });
    }
}

TEST_CASE("pending owner: a waiter that gives up takes its priority with it") {
    for (const std::string& version : old_versions) {
        CAPTURE(version);
        stage s(version);
        const unsigned lock = s.pi_word("lock");
        const unsigned owner = s.task("owner", 10);
        const unsigned a = s.task("a", 20);
        const unsigned b = s.task("b", 30);
        s.play([&] {
            CHECK(s.call(owner, mutex_lock(lock)) == 0);
            s.begin(a, lock_pi(lock));
            s.begin(b, with_timeout(lock_pi(lock), 5'000));
            CHECK(s.urgency(owner) == 30);
            s.pass_time(6'000);
            CHECK(s.result(b) == -ETIMEDOUT);
            CHECK(s.urgency(owner) == 20);
            CHECK(s.call(owner, mutex_unlock(lock)) == 0);
            CHECK(s.result(a) == 0);
            CHECK(s.call(a, mutex_unlock(lock)) == 0);
            CHECK(s.text(lock) == "0");
        });
    }
}

// ---- Stealing

namespace {

// The owner releases the lock and wants it back before the waiter, whom it handed it to, has run.
struct relock {
    std::string order;  // in which they get it
    bool stolen = false;
};

relock after_release_and_relock(const std::string& version, int owner_priority, int waiter_priority) {
    relock outcome;
    kernel_program p(
        version,
        [&](kernel_program& q) {
            const unsigned lock = q.pi_word("lock");
            q.task(fifo("owner", owner_priority), [&q, &outcome, lock] {
                q.expect(lock_pi(lock));
                q.expect(sleep_for(1'000));
                q.expect(unlock_pi(lock));
                q.expect(lock_pi(lock));
                outcome.order += "owner ";
                q.expect(unlock_pi(lock));
            });
            q.task(fifo("waiter", waiter_priority), [&q, &outcome, lock] {
                q.expect(lock_pi(lock));
                outcome.order += "waiter ";
                q.expect(unlock_pi(lock));
            });
        },
        1);
    run_options options;
    options.log = true;
    const run_result r = default_run(p, options);
    CHECK_MESSAGE(r.end == verdict::completed, r.failure.message);
    outcome.stolen = !lines_where(r, "steals lock from waiter").empty();
    return outcome;
}

}  // namespace

TEST_CASE("pending owner: only somebody strictly more urgent takes the lock from it") {
    for (const std::string& version : old_versions) {
        CAPTURE(version);
        const relock more = after_release_and_relock(version, 30, 20);
        CHECK(more.order == "owner waiter ");
        CHECK(more.stolen);
        const relock equal = after_release_and_relock(version, 20, 20);
        CHECK(equal.order == "waiter owner ");
        CHECK(!equal.stolen);
        const relock less = after_release_and_relock(version, 10, 20);
        CHECK(less.order == "waiter owner ");
        CHECK(!less.stolen);
    }
}

// ---- Programs drawn at random

namespace {

struct tried {
    std::string version;
    ingredients what;
    std::vector<std::string> known;  // beginnings of identities
};

// How many violations of the known kinds there were.
unsigned check_programs(const tried& t) {
    constexpr std::uint64_t programs = repetitions(400);
    unsigned violations = 0;
    for (std::uint64_t seed = 1; seed <= programs; ++seed) {
        random_program p(seed * 7919, t.what, t.version);
        if (p.config.preempt == preempt_model::rt) continue;  // there was none yet
        for (const std::string_view strategy : search_strategies) {
            search_options options;
            options.executions_max = 20;
            options.seed = seed;
            const search_result found = search(p, strategy, options);
            CHECK_MESSAGE(!found.bound_reached, p.describe_program());
            for (const auto& entry : found.messages) {
                const std::string& identity = entry.first;
                const auto expected = [&](const std::string& known) { return identity.find(known) == 0; };
                ++violations;
                CHECK_MESSAGE(std::any_of(t.known.begin(), t.known.end(), expected), t.version, ", seed ",
                              seed, ", ", std::string(strategy), ": ", identity, ": ", entry.second, "\n",
                              p.describe_program());
            }
        }
    }
    return violations;
}

constexpr ingredients locks_only{.timeouts = false};
constexpr ingredients with_timeouts{.timeouts = true};
constexpr ingredients with_signals{.timeouts = true, .signals = true};
constexpr ingredients conditions{.timeouts = true, .conditions = true, .signals = true};
constexpr ingredients everything{
    .timeouts = true, .conditions = true, .signals = true, .priority_changes = true, .gates = true};

}  // namespace

TEST_CASE("pending owner: random programs break no rule") {
    for (const ingredients& what : {locks_only, with_timeouts, with_signals, conditions})
        check_programs({"v2.6.31", what, {}});
    // What docs/model.md tells of every version before v6.5, and of this and the last ones.
    check_programs({"v2.6.31",
                    everything,
                    {"data-race: rt_waiter.pi_prio", "priority-inheritance: a boost is missing",
                     "refcount: the references are not those of the waiters"}});
}

TEST_CASE("pending owner: random programs on v2.6.24 find what cdf71a10c7b6 cured, and nothing else") {
    for (const ingredients& what : {locks_only, with_timeouts, with_signals})
        CHECK(check_programs({"v2.6.24", what, {"owner-on-return: "}}) != 0);
}

// ---- And later versions

namespace {

// Two or three tasks on one CPU, each of which takes one lock or two, with or without a timeout.
class small_program {
public:
    explicit small_program(std::uint64_t seed) {
        random_source random(seed);
        const auto chance = [&](unsigned p, unsigned of) { return random.below(of) < p; };
        words_ = 1 + random.below(2);
        const unsigned tasks = 2 + random.below(2);
        for (unsigned t = 0; t < tasks; ++t) {
            body b;
            const int priority = 10 * static_cast<int>(1 + random.below(3));
            const bool at_boot = t == 0 || chance(1, 3);
            b.spec = fifo(names[t], priority, at_boot ? start_mode::boot : start_mode::arrives);
            const unsigned sections = tasks == 2 && chance(1, 3) ? 2 : 1;
            for (unsigned i = 0; i < sections; ++i) {
                const unsigned word = random.below(words_);
                b.sections.push_back(
                    {word,
                     std::array{op_code::mutex_lock, op_code::lock_pi, op_code::trylock_pi}[random.below(3)],
                     chance(1, 2), word + 1 < words_ && chance(1, 2), chance(1, 3)});
            }
            bodies_.push_back(b);
        }
    }

    // Who is told what by which of its calls, over all schedules; empty: there are too many of them.
    std::set<std::string> results(std::string_view version, unsigned schedules_max) const {
        std::set<std::string> told;
        kernel_program p(
            version,
            [&](kernel_program& q) {
                for (unsigned w = 0; w < words_; ++w)
                    q.pi_word("lock");
                for (const body& b : bodies_)
                    q.task(b.spec, [&] { carry_out(q, b, told); });
            },
            1);
        const search_result all = search(p, "exhaustive", schedules_max);
        for (const auto& [identity, count] : all.identities)
            told.insert(identity);
        CHECK(!all.bound_reached);
        return all.complete ? told : std::set<std::string>{};
    }

private:
    struct section {
        unsigned word;
        op_code take;
        bool timed;
        bool nests;
        bool sleeps;
    };
    struct body {
        task_spec spec;
        std::vector<section> sections;
    };

    static void carry_out(kernel_program& q, const body& b, std::set<std::string>& told) {
        unsigned number = 0;
        const auto tell = [&](const call& c) {
            const long result = q.perform(c);
            told.insert(fmt::format("{} {} {} {}", b.spec.name, ++number, kernel::info(c.op).name,
                                    kernel::result_name(result)));
            return result;
        };
        const auto take = [&](const section& s, unsigned word) {
            call c = call_of(s.take, word);
            if (s.timed && kernel::info(c.op).takes(kernel::argument::timeout)) c = with_timeout(c);
            return tell(c) == 0;
        };
        for (const section& s : b.sections) {
            if (!take(s, s.word)) continue;
            const bool inner = s.nests && take(s, s.word + 1);
            if (s.sleeps) tell(sleep_for(1'000));
            if (inner) tell(mutex_unlock(s.word + 1));
            tell(mutex_unlock(s.word));
        }
    }

    static constexpr std::array<const char*, 3> names{"task0", "task1", "task2"};
    unsigned words_ = 1;
    std::vector<body> bodies_;
};

}  // namespace

TEST_CASE("pending owner: a program sees the results that it sees on later versions") {
    constexpr unsigned programs = repetitions(80);
    unsigned compared = 0;
    std::set<std::string> kinds;
    for (std::uint64_t seed = 1; seed <= programs; ++seed) {
        CAPTURE(seed);
        const small_program p(seed * 7919);
        const std::set<std::string> old = p.results("v2.6.31", 4'000);
        const std::set<std::string> later = p.results("v4.8", 4'000);
        if (old.empty() || later.empty()) continue;
        ++compared;
        CHECK(old == later);
        for (const std::string& one : old)
            kinds.insert(one.substr(one.rfind(' ') + 1));
    }
    CHECK(compared > programs * 5 / 8);
    if (sanitizer::address) return;  // too few programs for all kinds
    CHECK(kinds == std::set<std::string>{"EAGAIN", "ETIMEDOUT", "ok"});
}
