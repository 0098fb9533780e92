// Programs drawn at random that do nothing wrong: on `golden` nothing may go wrong at all, on older versions
// only what is known of them. TENTHRULE_PROGRAMS=N in the environment makes it N programs of each kind.

#include <cstdlib>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "tests/kernel/random_program.hpp"
#include "tests/support/effort.hpp"

using namespace tenthrule;
using namespace tenthrule::test;

namespace {

std::uint64_t programs_of_each_kind() {
    const char* const wanted = std::getenv("TENTHRULE_PROGRAMS");
    return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : test::repetitions(800);
}

constexpr std::uint64_t executions_of_each_program = 20;  // under each strategy

/// Violations that are no surprise: the beginnings of their identities.
using expectations = std::vector<std::string>;

// Two corners that no version has cured, as far as the model knows; see docs/rules.md.
// A waiter that was boosted when it was enqueued loses the boost, and before that is known to the queue it
// takes the lock in its old place: whoever waits behind it with a better priority lends it nothing.
const std::string old_place = "priority-inheritance: a boost is missing";
// Requeuing takes the lock for a waiter. Before that one runs, somebody else, to whom the lock had been
// handed, times out and puts pi_state right; the waiter finds it so and forgets to drop its reference.
const std::string forgotten_reference = "refcount: the references are not those of the waiters";

struct tried {
    std::string version;
    ingredients what;
    expectations known;
    bool on_rt = true;
};

void search_programs(const tried& t) {
    for (std::uint64_t seed = 1; seed <= programs_of_each_kind(); ++seed) {
        random_program p(seed * 7919, t.what, t.version);
        if (!t.on_rt && p.config.preempt == preempt_model::rt) continue;
        for (const std::string_view strategy : search_strategies) {
            search_options options;
            options.executions_max = executions_of_each_program;
            options.seed = seed;
            const search_result found = search(p, strategy, options);
            CHECK_MESSAGE(!found.bound_reached, p.describe_program());
            for (const auto& entry : found.identities) {
                const auto& identity = entry.first;
                bool surprise = true;
                for (const std::string& expected : t.known)
                    surprise = surprise && identity.find(expected) != 0;
                CHECK_MESSAGE(!surprise, t.version, ", seed ", seed, ", ", std::string(strategy), ": ",
                              identity, ": ", found.messages.at(identity), "\n", p.describe_program());
            }
        }
    }
}

constexpr ingredients locks_only{.timeouts = false};
constexpr ingredients with_timeouts{.timeouts = true};
constexpr ingredients gates{.timeouts = true, .signals = true, .gates = true};
constexpr ingredients conditions{.timeouts = true, .conditions = true, .signals = true};
constexpr ingredients everything{
    .timeouts = true, .conditions = true, .signals = true, .priority_changes = true, .gates = true};

}  // namespace

TEST_CASE("random programs: locks and nothing else") {
    for (const char* version : {"golden", "v6.8", "v6.7"})
        search_programs({version, locks_only, {}});
    // A chain of boosts is enough for the waiter trees to be compared while they change: f7853c342418.
    for (const char* version : {"v5.15", "v4.15", "v4.14"}) {
        search_programs({version, locks_only, {"data-race: rt_waiter.pi_prio"}});
    }
}

TEST_CASE("random programs on golden") {
    search_programs({"golden", with_timeouts, {old_place}});
    search_programs({"golden", gates, {old_place}});
    search_programs({"golden", conditions, {old_place, forgotten_reference}});
    search_programs({"golden", everything, {old_place, forgotten_reference}});
}

TEST_CASE("random programs on v6.8") {
    const expectations requeue{old_place,
                               forgotten_reference,
                               "livelock: futex_requeue: EAGAIN",         // bc7304f3ae20
                               "bounded-retries: futex_requeue: EAGAIN",  // likewise
                               "use-after-scope: q.task",                 // b549113738e8
                               "use-after-scope: q.requeue_wait"};        // a3b8d46fe401
    search_programs({"v6.8", with_timeouts, {old_place}});
    search_programs({"v6.8", everything, requeue});
}

// On RT before v6.7 (and before fbeb558b0dd0 in particular) every waiter that leaves breaks waiter-integrity.
TEST_CASE("random programs on v4.15 and v4.14") {
    const std::string keys = "data-race: rt_waiter.pi_prio";                    // f7853c342418
    const std::string ownerless = "kernel-warning: BUG: fixup_pi_state_owner";  // 9f5d1c336a10
    search_programs({"v4.15", with_timeouts, {old_place, keys, ownerless}, false});
    search_programs({"v4.15", everything, {old_place, forgotten_reference, keys, ownerless}, false});
    const std::string race_of_2017 = "owner-on-return: ";
    search_programs({"v4.14", with_timeouts, {old_place, keys, race_of_2017}, false});
    search_programs({"v4.14", everything, {old_place, keys, race_of_2017}, false});
}
