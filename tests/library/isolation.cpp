// What takes the process down is a finding, if the search has a process of its own.

#include <csignal>
#include <cstdlib>

#include <doctest/doctest.h>

#include "library/tenthrule.hpp"

namespace tr = tenthrule;

namespace {

// Dies, in some schedules only.
void lost_update_then(void (*die)()) {
    tr::atomic<int> counter(0);
    const auto increment = [&] {
        const int seen = counter.load();
        counter.store(seen + 1);
    };
    tr::thread a(increment);
    tr::thread b(increment);
    a.join();
    b.join();
    if (counter.load() != 2) die();
}

}  // namespace

TEST_CASE("isolation: a crash is found, has a token, and crashes again when it is replayed") {
    const auto test = [] { lost_update_then([] { std::raise(SIGKILL); }); };
    const tr::exploration r = tr::explore(test, {.name = "crash", .isolate = true});
    REQUIRE(r.end == tr::exploration_end::failed);
    CHECK(r.failure.rule == "crash");
    CHECK(r.failure.message.find("SIGKILL") != std::string::npos);
    CHECK(r.failure.found_at > 1);
    const tr::exploration again =
        tr::explore(test, {.name = "crash", .replay = r.failure.token, .isolate = true});
    CHECK(again.failure.rule == "crash");
    CHECK(again.failure.token == r.failure.token);
}

TEST_CASE("isolation: leaving the process is found as well") {
    const tr::exploration r = tr::explore([] { lost_update_then([] { std::_Exit(7); }); }, {.isolate = true});
    REQUIRE(r.end == tr::exploration_end::failed);
    CHECK(r.failure.message == "the process ended with exit code 7 in the middle of an execution");
}

TEST_CASE("isolation: an execution that never comes to a scheduling point again hangs") {
    const tr::exploration r = tr::explore(
        [] {
            lost_update_then([] {
                for (volatile bool go_on = true; go_on;) {}
            });
        },
        {.isolate = true, .hang_seconds = 1});
    REQUIRE(r.end == tr::exploration_end::failed);
    CHECK(r.failure.rule == "hang");
}

TEST_CASE("isolation: other results are the same as without it") {
    const auto test = [] { lost_update_then([] { tr::check(false, "lost"); }); };
    for (const char* strategy : {"pct:depth=3", "pos", "surw"}) {
        CAPTURE(strategy);
        const tr::exploration here = tr::explore(test, {.name = "same", .strategy = strategy});
        const tr::exploration there =
            tr::explore(test, {.name = "same", .strategy = strategy, .isolate = true});
        REQUIRE(there.end == tr::exploration_end::failed);
        CHECK(there.report() == here.report());
    }
    CHECK(tr::explore([] {}, {.strategy = "dpor", .isolate = true}).end == tr::exploration_end::verified);
}
