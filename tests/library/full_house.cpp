// Built twice, for executions of up to 64 tasks and of up to 128: what the one finds the other replays.

#include <vector>

#include <doctest/doctest.h>

#include "library/atomic.hpp"
#include "library/check.hpp"
#include "library/explore.hpp"
#include "library/thread.hpp"

using namespace tenthrule;

namespace {

// 64 threads, the test itself among them. Only the last one does anything that matters, once it has slept,
// and its timer is the last event that there can be.
void late_store() {
    atomic<int> state(0, "state");
    std::vector<thread> threads;
    for (unsigned i = 0; i < 62; ++i) {
        threads.emplace_back([] {});
    }
    threads.emplace_back([&] {
        this_thread::sleep_for(std::chrono::microseconds(1));
        state.store(1);
    });
    check(state.load() == 0, "the last thread was faster");
    for (thread& t : threads) {
        t.join();
    }
}

// Task 63, event 127.
constexpr const char* token_of_late_store = "tr1_F1W-UJ-gmfg3AAACAD8BfwVYXwD5wXFJ3WQ_uA";

explore_options as_late_store() {
    explore_options o;
    o.name = "late store";
    return o;
}

}  // namespace

TEST_CASE("full house: 64 threads fail with the same token whatever the limit is") {
    const exploration found = explore(late_store, as_late_store());
    REQUIRE(found.end == exploration_end::failed);
    CHECK(found.failure.minimal);
    CHECK(found.failure.token == token_of_late_store);
}

TEST_CASE("full house: that token is replayed whatever the limit is") {
    explore_options o = as_late_store();
    o.replay = token_of_late_store;
    const exploration replayed = explore(late_store, o);
    REQUIRE_MESSAGE(replayed.end == exploration_end::failed, replayed.error);
    CHECK(replayed.failure.message.find("the last thread was faster") != std::string::npos);
}

TEST_CASE("full house: a thread too many is told, with the limit of this build") {
    const auto crowd = [] {
        std::vector<thread> threads;
        for (unsigned i = 0; i < tasks_max; ++i) {
            threads.emplace_back([] {});
        }
        for (thread& t : threads) {
            t.join();
        }
    };
    const exploration found = explore(crowd);
    REQUIRE(found.end == exploration_end::failed);
    CHECK(found.failure.rule == "misuse");
    CHECK(found.failure.message == (tasks_max == 64 ? "a test can have 64 threads in all: the CMake option "
                                                      "TENTHRULE_TASKS_MAX=128 doubles that"
                                                    : "a test can have 128 threads in all"));
}
