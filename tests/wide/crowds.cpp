// Executions of 128 tasks: the test and 127 threads.

#include <algorithm>
#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "library/tenthrule.hpp"
#include "shrink/token.hpp"

using namespace tenthrule;

static_assert(tasks_max == 128);

namespace {

constexpr int crowd = 127;

template <typename F>
void for_all(const F& f, int threads = crowd) {
    std::vector<thread> all;
    for (int i = 0; i < threads; ++i) {
        all.emplace_back([&f, i] { f(i); });
    }
    for (thread& t : all) {
        t.join();
    }
}

void lost_update() {
    atomic<int> counter(0, "counter");
    for_all([&](int) { counter.store(counter.load() + 1); });
    check(counter.load() == crowd, "an update is lost");
}

// Only the last two do anything.
void late_race() {
    atomic<int> x(0, "x");
    atomic<int> y(0, "y");
    int seen = 0;
    for_all([&](int i) {
        if (i == crowd - 2) {
            x.store(1);
            seen += y.load() == 0 ? 1 : 0;
        } else if (i == crowd - 1) {
            y.store(1);
            seen += x.load() == 0 ? 1 : 0;
        }
    });
    check(seen < 2, "impossible");
}

exploration search(void (*test)(), const char* strategy, std::uint64_t executions_max = 200) {
    return explore(test, {.name = "crowd", .strategy = strategy, .executions_max = executions_max});
}

constexpr const char* strategies[] = {"random", "random:stay=7/8", "pct:depth=3", "pos",
                                      "surw",   "roundrobin"};

bool contains(const std::string& text, const char* part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("crowds: each strategy finds a lost update among 127 threads, and it is replayed") {
    for (const char* strategy : strategies) {
        CAPTURE(std::string(strategy));
        const exploration found = explore(
            lost_update, {.name = "crowd", .strategy = strategy, .executions_max = 200, .shrink = false});
        REQUIRE(found.end == exploration_end::failed);
        const exploration replayed = explore(lost_update, {.name = "crowd", .replay = found.failure.token});
        REQUIRE_MESSAGE(replayed.end == exploration_end::failed, replayed.error);
        CHECK(replayed.failure.identity == found.failure.identity);
        CHECK(replayed.failure.trace == found.failure.trace);
    }
}

TEST_CASE("crowds: a schedule of 127 threads is shrunk to what the last one does, and the token says so") {
    const auto late_store = [] {
        atomic<int> state(0, "state");
        std::vector<thread> all;
        for (int i = 1; i <= crowd; ++i) {
            all.emplace_back([&, i] {
                if (i <= crowd - 8) return;
                atomic<int> own(0, "own");
                (i == crowd ? state : own).store(1);
            });
        }
        check(state.load() == 0, "the last thread was faster");
        for (thread& t : all) {
            t.join();
        }
    };
    const exploration found = explore(late_store, {.name = "late store", .shrink_executions_max = 1'000});
    REQUIRE(found.end == exploration_end::failed);
    CHECK(found.failure.preemptions == 1);
    const token_or_error decoded = decode_token(found.failure.token);
    REQUIRE_MESSAGE(decoded.read, decoded.error);
    REQUIRE(decoded.read->decisions.size() == 1);
    CHECK(decoded.read->decisions.front().value == 191);
    CHECK(contains(found.failure.trace, "t127: starts"));
    const exploration replayed = explore(late_store, {.name = "late store", .replay = found.failure.token});
    REQUIRE_MESSAGE(replayed.end == exploration_end::failed, replayed.error);
    CHECK(replayed.failure.trace == found.failure.trace);
}

TEST_CASE("crowds: every schedule of two late threads, no more of them than of two early ones") {
    const auto two = [] {
        atomic<int> x(0, "x");
        atomic<int> y(0, "y");
        int seen = 0;
        thread a([&] {
            x.store(1);
            seen += y.load() == 0 ? 1 : 0;
        });
        thread b([&] {
            y.store(1);
            seen += x.load() == 0 ? 1 : 0;
        });
        a.join();
        b.join();
        check(seen < 2, "impossible");
    };
    for (const char* strategy : {"exhaustive", "dpor"}) {
        CAPTURE(std::string(strategy));
        const exploration late = search(late_race, strategy, 0);
        const exploration early = search(two, strategy, 0);
        CHECK(late.end == exploration_end::verified);
        CHECK(late.executions == early.executions);
    }
}

// 64 threads apart, which is where numbers that leave no room for more would meet.
TEST_CASE("crowds: each thread's own objects are others than those of all other threads") {
    const auto executions = [](int threads) {
        const auto apart = [threads] {
            for_all(
                [threads](int i) {
                    if (i != 0 && i != threads - 1) return;
                    std::deque<atomic<int>> own;
                    for (int n = 0; n < 4; ++n) {
                        own.emplace_back(0).store(1);
                    }
                },
                threads);
        };
        return explore(apart, {.strategy = "dpor", .executions_max = 1'000}).executions;
    };
    CHECK(executions(65) == executions(2));
}

TEST_CASE("crowds: a data race between the first and the last thread") {
    const auto race = [](bool locked) {
        return [locked] {
            var<int> shared(0, "shared");
            mutex m("m");
            for_all([&](int i) {
                if (locked) m.lock();
                if (i == 0 || i == crowd - 1) shared = i;
                if (locked) m.unlock();
            });
        };
    };
    const exploration found = explore(race(false), {.executions_max = 100});
    REQUIRE(found.end == exploration_end::failed);
    CHECK(found.failure.rule == "data-race");
    CHECK(explore(race(true), {.executions_max = 20}).end == exploration_end::passed);
}

TEST_CASE("crowds: a deadlock of two late threads is told by their names") {
    const auto crossed = [] {
        mutex a("a");
        mutex b("b");
        for_all([&](int i) {
            if (i == crowd - 1) {
                const std::scoped_lock one(a);
                const std::scoped_lock other(b);
            } else if (i == crowd - 2) {
                const std::scoped_lock one(b);
                const std::scoped_lock other(a);
            }
        });
    };
    const exploration found = explore(crossed, {.executions_max = 1'000});
    REQUIRE(found.end == exploration_end::failed);
    CHECK(found.failure.rule == "deadlock");
    CHECK(contains(found.failure.message, "t126 waits for"));
    CHECK(contains(found.failure.message, "t127 waits for"));
}

TEST_CASE("crowds: two late threads that wait for each other in loops are told by their names") {
    const auto polite = [] {
        atomic<int> turn(0, "turn");
        for_all([&](int i) {
            if (i < crowd - 2) return;
            while (turn.load() != i) {
                this_thread::yield();
            }
        });
    };
    const exploration found = explore(polite, {.executions_max = 10});
    REQUIRE(found.end == exploration_end::failed);
    CHECK(found.failure.rule == "livelock");
    CHECK(contains(found.failure.message, "t126 retries"));
    CHECK(contains(found.failure.message, "t127 retries"));
}

TEST_CASE("crowds: when an execution ends early, all 127 threads are unwound") {
    static int alive = 0;
    struct counted {
        counted() {
            ++alive;
        }
        counted(const counted&) = delete;
        ~counted() {
            --alive;
        }
    };
    const auto ends_early = [] {
        atomic<int> reached(0, "reached");
        for_all([&](int i) {
            const counted here;
            reached.store(i);
            check(i != crowd - 1, "that is all");
        });
    };
    const exploration found = explore(ends_early, {.executions_max = 1, .shrink = false});
    CHECK(found.end == exploration_end::failed);
    CHECK(alive == 0);
}

TEST_CASE("crowds: every kind of waiting, for 127 threads") {
    const auto waiting = [] {
        mutex m("m");
        condition_variable opened("opened");
        bool open = false;
        shared_mutex readable("readable");
        int readers = 0;
        int readers_most = 0;
        atomic<int> go(0, "go");
        counting_semaphore<> tickets(crowd);
        barrier<> together(crowd + 1);
        std::vector<thread> all;
        for (int i = 0; i < crowd; ++i) {
            all.emplace_back([&] {
                {
                    std::unique_lock held(m);
                    opened.wait(held, [&] { return open; });
                }
                tickets.acquire();
                readable.lock_shared();
                readers_most = std::max(readers_most, ++readers);
                together.arrive_and_wait();
                --readers;
                readable.unlock_shared();
                go.wait(0);
            });
        }
        {
            const std::lock_guard held(m);
            open = true;
        }
        opened.notify_all();
        together.arrive_and_wait();
        readable.lock();
        check(readers == 0 && readers_most == crowd, "they all read at once, and the writer waits for all");
        readable.unlock();
        go.store(1);
        go.notify_all();
        for (thread& t : all) {
            t.join();
        }
    };
    for (const char* strategy : {"random", "pct:depth=3", "pos"}) {
        const exploration r = explore(waiting, {.strategy = strategy, .executions_max = 20});
        CHECK_MESSAGE(r.end == exploration_end::passed, r.report());
    }
}

TEST_CASE("crowds: weak memory with 127 threads") {
    const auto published = [](memory_order order) {
        return [order] {
            atomic<int> data(0, "data");
            atomic<int> flag(0, "flag");
            for_all([&](int i) {
                if (i == crowd - 2) {
                    data.store(1, memory_order_relaxed);
                    flag.store(1, order);
                } else if (i == crowd - 1 && flag.load(memory_order_acquire) == 1) {
                    check(data.load(memory_order_relaxed) == 1, "what was published is not there");
                }
            });
        };
    };
    const auto verified = [&](memory_order order) {
        return explore(published(order),
                       {.strategy = "dpor", .executions_max = 0, .memory = memory_model::weak})
            .end;
    };
    CHECK(verified(memory_order_release) == exploration_end::verified);
    CHECK(verified(memory_order_relaxed) == exploration_end::failed);
}

TEST_CASE("crowds: 64 threads can wait with a deadline at once, and one more is told") {
    const auto sleep = [](int) { this_thread::sleep_for(std::chrono::microseconds(1)); };
    const auto sleepers = [&sleep](int n) { return [&sleep, n] { for_all(sleep, n); }; };
    CHECK(explore(sleepers(64), {.executions_max = 20}).end == exploration_end::passed);
    const exploration found =
        explore(sleepers(crowd), {.strategy = "roundrobin", .executions_max = 20, .shrink = false});
    REQUIRE(found.end == exploration_end::failed);
    CHECK(found.failure.rule == "misuse");
    CHECK(found.failure.message == "at most 64 threads can wait with a deadline at once");
}
