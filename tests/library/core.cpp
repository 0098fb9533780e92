// Threads, locks, atomics and plain data: outcomes over all schedules, and the failures that a test can have.

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "library/tenthrule.hpp"
#include "tests/library/outcomes.hpp"

namespace tr = tenthrule;
using tenthrule::test::failure_of;
using tenthrule::test::outcomes_of;

TEST_CASE("library: a lost update is found, replayed and explained") {
    const auto test = [] {
        tr::atomic<int> counter(0, "counter");
        const auto increment = [&] {
            const int seen = counter.load();
            counter.store(seen + 1);
        };
        tr::thread a(increment);
        tr::thread b(increment);
        a.join();
        b.join();
        tr::check(counter.load() == 2, "an update is lost");
    };
    const tr::exploration found = tr::explore(test, {.name = "lost update"});
    REQUIRE(found.end == tr::exploration_end::failed);
    CHECK(found.failure.rule == "assertion");
    CHECK(found.failure.message.starts_with("an update is lost"));
    CHECK(found.failure.minimal);
    const tr::exploration again = tr::explore(test, {.name = "lost update", .replay = found.failure.token});
    CHECK(again.end == tr::exploration_end::failed);
    CHECK(again.failure.trace == found.failure.trace);
    CHECK(again.executions == 1);
}

TEST_CASE("library: outcomes of two increments in two steps") {
    const auto test = [](std::string& outcome) {
        tr::atomic<int> counter(0);
        const auto increment = [&] {
            const int seen = counter.load();
            counter.store(seen + 1);
        };
        tr::thread a(increment);
        tr::thread b(increment);
        a.join();
        b.join();
        outcome = std::to_string(counter.load());
    };
    CHECK(outcomes_of(test, "dpor") == std::set<std::string>{"1", "2"});
    CHECK(outcomes_of(test, "exhaustive") == std::set<std::string>{"1", "2"});
}

TEST_CASE("library: a mutex excludes, in every schedule") {
    const auto test = [](std::string& outcome) {
        tr::mutex m("m");
        tr::var<int> counter(0, "counter");
        const auto increment = [&] {
            for (int i = 0; i < 2; ++i) {
                const std::lock_guard lock(m);
                counter.set(counter.get() + 1);
            }
        };
        tr::thread a(increment);
        tr::thread b(increment);
        a.join();
        b.join();
        outcome = std::to_string(counter.get());
    };
    CHECK(outcomes_of(test, "dpor") == std::set<std::string>{"4"});
    CHECK(tr::explore(
              [&] {
                  std::string s;
                  test(s);
              },
              {.strategy = "dpor", .executions_max = 0})
              .end == tr::exploration_end::verified);
}

TEST_CASE("library: as many executions as there are orders") {
    const auto updates = [](int times) {
        return [times](std::string&) {
            tr::atomic<int> x(0);
            const auto add = [&x, times] {
                for (int i = 0; i < times; ++i)
                    x.fetch_add(1);
            };
            tr::thread a(add);
            tr::thread b(add);
            a.join();
            b.join();
        };
    };
    const auto locks = [](int times) {
        return [times](std::string&) {
            tr::mutex m;
            const auto work = [&m, times] {
                for (int i = 0; i < times; ++i) {
                    m.lock();
                    m.unlock();
                }
            };
            tr::thread a(work);
            tr::thread b(work);
            tr::thread c(work);
            a.join();
            b.join();
            c.join();
        };
    };
    const auto executions = [](const auto& test, const char* strategy = "dpor") {
        return tr::explore(
                   [&] {
                       std::string s;
                       test(s);
                   },
                   {.strategy = strategy, .executions_max = 0})
            .executions;
    };
    CHECK(executions(updates(2)) == 6);
    CHECK(executions(updates(4)) == 70);
    CHECK(executions(locks(1)) == 6);
    CHECK(executions(locks(2)) == 90);
    CHECK(executions(locks(3)) == 1680);
    // Starting and joining add none, so where every step is dependent on every other there is nothing to
    // reduce.
    CHECK(executions(updates(2), "exhaustive") == 6);
    CHECK(executions(updates(4), "exhaustive") == 70);
}

TEST_CASE("library: a condition variable, and the wake-up that comes too early") {
    const auto with = [](bool predicate) {
        return [predicate] {
            tr::mutex m("m");
            tr::condition_variable cv("cv");
            tr::var<bool> ready(false, "ready");
            tr::thread waiter([&] {
                std::unique_lock lock(m);
                if (predicate) {
                    cv.wait(lock, [&] { return ready.get(); });
                } else {
                    cv.wait(lock);
                }
            });
            {
                const std::lock_guard lock(m);
                ready = true;
            }
            cv.notify_one();
            waiter.join();
        };
    };
    const tr::exploration good = tr::explore(with(true), {.strategy = "dpor", .executions_max = 0});
    CHECK(good.end == tr::exploration_end::verified);
    const tr::exploration bad = tr::explore(with(false));
    REQUIRE(bad.end == tr::exploration_end::failed);
    CHECK(bad.failure.rule == "deadlock");
}

TEST_CASE("library: a race on plain data is a violation, whatever the order") {
    const auto with = [](bool release) {
        return [release] {
            tr::var<int> data(0, "data");
            tr::atomic<bool> ready(false, "ready");
            tr::thread writer([&] {
                data = 42;
                ready.store(true, release ? std::memory_order_release : std::memory_order_relaxed);
            });
            tr::thread reader([&] {
                if (ready.load(std::memory_order_acquire)) {
                    tr::check(data == 42);
                }
            });
            writer.join();
            reader.join();
        };
    };
    CHECK(tr::explore(with(true), {.strategy = "dpor", .executions_max = 0}).end ==
          tr::exploration_end::verified);
    CHECK(failure_of(with(false)) == "data-race");
}

TEST_CASE("library: a deadlock names who waits for what") {
    const tr::exploration r = tr::explore([] {
        tr::mutex a("a");
        tr::mutex b("b");
        tr::thread t([&] {
            const std::scoped_lock first(b);
            const std::lock_guard second(a);
        });
        {
            const std::lock_guard first(a);
            const std::lock_guard second(b);
        }
        t.join();
    });
    REQUIRE(r.end == tr::exploration_end::failed);
    CHECK(r.failure.rule == "deadlock");
}

TEST_CASE("library: memory") {
    CHECK(failure_of([] { tr::var<int*> p(new int(3)); }) == "memory-leak");
    CHECK(failure_of([] {
              tr::var<int*> p(new int(3));
              delete p.get();
          }) == "");
    CHECK(failure_of([] {
              tr::var<int*> p(new int(3));
              delete p.get();
              delete p.get();
          }) == "double-free");
    const tr::exploration r = tr::explore([] {
        auto* const flag = new tr::atomic<bool>(false, "flag");
        tr::thread t([&] { flag->store(true); });
        while (!flag->load()) {}
        delete flag;
        t.join();
    });
    CHECK(r.end == tr::exploration_end::passed);
    CHECK(failure_of([] {
              auto* const flag = new tr::atomic<int>(0, "flag");
              tr::thread t([&] {
                  flag->store(1);
                  flag->store(2);
              });
              while (flag->load() == 0) {}
              delete flag;
              t.join();
          }) == "use-after-scope");
}

TEST_CASE("library: exceptions and noexcept") {
    const tr::exploration r = tr::explore([] {
        tr::thread t([] { throw std::runtime_error("out of cheese"); });
        t.join();
    });
    REQUIRE(r.end == tr::exploration_end::failed);
    CHECK(r.failure.message.find("out of cheese") != std::string::npos);
    const tr::exploration n = tr::explore([] {
        tr::atomic<int> x(0);
        tr::thread t([&]() noexcept {
            x.store(1);
            x.store(2);
        });
        tr::check(x.load() != 1, "seen");
        t.join();
    });
    REQUIRE(n.end == tr::exploration_end::failed);
    CHECK(n.failure.message.starts_with("seen"));
}
