// Each primitive against what the standard says of it: the set of outcomes over all schedules.

#include <functional>
#include <memory>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "library/tenthrule.hpp"
#include "tests/library/outcomes.hpp"

namespace tr = tenthrule;
using namespace std::chrono_literals;
using tenthrule::test::failure_of;
using tenthrule::test::outcomes_of;
using set = std::set<std::string>;

TEST_CASE("primitives: store buffering is sequentially consistent, whatever the orders say") {
    const auto test = [](std::string& outcome) {
        tr::atomic<int> x(0);
        tr::atomic<int> y(0);
        int seen_y = 0;
        int seen_x = 0;
        tr::thread a([&] {
            x.store(1, tr::memory_order_relaxed);
            seen_y = y.load(tr::memory_order_relaxed);
        });
        tr::thread b([&] {
            y.store(1, tr::memory_order_relaxed);
            seen_x = x.load(tr::memory_order_relaxed);
        });
        a.join();
        b.join();
        outcome = std::to_string(seen_y) + std::to_string(seen_x);
    };
    CHECK(outcomes_of(test, "dpor") == set{"01", "10", "11"});
    CHECK(outcomes_of(test, "exhaustive") == set{"01", "10", "11"});
}

TEST_CASE("primitives: whoever waits with a deadline is no part of a deadlock") {
    const auto waits_for_its_maker = [](auto make, auto take) {
        return [make, take] {
            auto m = make();
            const std::unique_lock held(*m);
            tr::thread other([&] { tr::check(!take(*m)); });
            other.join();
        };
    };
    const auto with_mutex = waits_for_its_maker([] { return std::make_unique<tr::timed_mutex>(); },
                                                [](tr::timed_mutex& m) { return m.try_lock_for(1ms); });
    const auto with_shared_mutex =
        waits_for_its_maker([] { return std::make_unique<tr::shared_timed_mutex>(); },
                            [](tr::shared_timed_mutex& m) { return m.try_lock_shared_for(1ms); });
    for (const auto& test : {std::function<void()>(with_mutex), std::function<void()>(with_shared_mutex)}) {
        CHECK(tr::explore(test, {.strategy = "dpor", .executions_max = 0}).end ==
              tr::exploration_end::verified);
    }
    const tr::exploration without_deadline =
        tr::explore(waits_for_its_maker([] { return std::make_unique<tr::mutex>(); },
                                        [](tr::mutex& m) {
                                            m.lock();
                                            return true;
                                        }),
                    {.strategy = "dpor", .executions_max = 0});
    CHECK(without_deadline.failure.rule == "deadlock");
}

TEST_CASE("primitives: nor is he whose lock is taken when he has come to it") {
    const auto taken_meanwhile = [](auto take) {
        return [take] {
            tr::timed_mutex m("m");
            tr::thread other([&] {
                if (take(m)) m.unlock();
            });
            const std::unique_lock held(m);
            other.join();
        };
    };
    const auto before_deadline = taken_meanwhile([](tr::timed_mutex& m) { return m.try_lock_for(1ms); });
    // Not only dpor: to it, coming to a lock before it is taken is the same as coming to it later.
    for (const std::string strategy : {"exhaustive", "dpor"}) {
        CAPTURE(strategy);
        CHECK(tr::explore(before_deadline, {.strategy = strategy, .executions_max = 0}).end ==
              tr::exploration_end::verified);
    }
    // This one comes to the lock in its maker's step, so it cannot come too late.
    const tr::exploration without_deadline = tr::explore(taken_meanwhile([](tr::timed_mutex& m) {
                                                             m.lock();
                                                             return true;
                                                         }),
                                                         {.strategy = "exhaustive", .executions_max = 0});
    CHECK(without_deadline.failure.identity == "deadlock: cycle: waits for m, waits for the end of t1");
}

TEST_CASE("primitives: a weak compare-exchange fails spuriously where a strong one does not") {
    const auto with = [](bool weak) {
        return [weak](std::string& outcome) {
            tr::atomic<int> x(0);
            int expected = 0;
            const bool done =
                weak ? x.compare_exchange_weak(expected, 1) : x.compare_exchange_strong(expected, 1);
            outcome = done ? "done" : "failed, " + std::to_string(expected);
        };
    };
    CHECK(outcomes_of(with(true), "dpor") == set{"done", "failed, 0"});
    CHECK(outcomes_of(with(false), "dpor") == set{"done"});
    CHECK(outcomes_of(with(true), "dpor", {.spurious_failures_max = 0}) == set{"done"});
}

TEST_CASE("primitives: atomic arithmetic is that of the standard") {
    const auto test = [](std::string& outcome) {
        tr::atomic<std::int8_t> small(127);
        ++small;
        tr::atomic<unsigned> bits(0b1100);
        bits |= 0b0011;
        bits &= 0b0110;
        bits ^= 0b1111;
        int array[4] = {};
        tr::atomic<int*> pointer(array);
        pointer += 3;
        --pointer;
        tr::atomic<double> real(1.5);
        real.fetch_add(0.25);
        tr::atomic<bool> flag(false);
        const bool before = flag.exchange(true);
        outcome = std::to_string(small.load()) + " " + std::to_string(bits.load()) + " " +
                  std::to_string(pointer.load() - array) + " " + std::to_string(real.load()) + " " +
                  std::to_string(static_cast<int>(before)) + std::to_string(static_cast<int>(flag.load()));
    };
    CHECK(outcomes_of(test, "dpor") == set{"-128 9 2 1.750000 01"});
}

TEST_CASE("primitives: happens-before follows release sequences and fences") {
    enum class how { release, relaxed, through_rmw, broken_by_store, fences, one_fence };
    const auto with = [](how h) {
        return [h] {
            tr::var<int> data(0, "data");
            tr::atomic<int> flag(0, "flag");
            tr::thread writer([&] {
                data = 1;
                if (h == how::fences || h == how::one_fence) {
                    if (h == how::fences) tr::atomic_thread_fence(tr::memory_order_release);
                    flag.store(1, tr::memory_order_relaxed);
                } else {
                    flag.store(1, h == how::relaxed ? tr::memory_order_relaxed : tr::memory_order_release);
                }
            });
            tr::thread between([&] {
                if (h == how::through_rmw) flag.fetch_add(1, tr::memory_order_relaxed);
                if (h == how::broken_by_store && flag.load(tr::memory_order_relaxed) == 1)
                    flag.store(2, tr::memory_order_relaxed);
            });
            tr::thread reader([&] {
                const int wanted = h == how::through_rmw || h == how::broken_by_store ? 2 : 1;
                const bool fence = h == how::fences || h == how::one_fence;
                if (flag.load(fence ? tr::memory_order_relaxed : tr::memory_order_acquire) == wanted) {
                    if (fence) tr::atomic_thread_fence(tr::memory_order_acquire);
                    tr::check(data == 1);
                }
            });
            writer.join();
            between.join();
            reader.join();
        };
    };
    const tr::explore_options all{.strategy = "dpor", .executions_max = 0, .shrink = false};
    CHECK(failure_of(with(how::release), all) == "");
    CHECK(failure_of(with(how::relaxed), all) == "data-race");
    CHECK(failure_of(with(how::through_rmw), all) == "");
    CHECK(failure_of(with(how::broken_by_store), all) == "data-race");
    CHECK(failure_of(with(how::fences), all) == "");
    CHECK(failure_of(with(how::one_fence), all) == "data-race");
}

TEST_CASE("primitives: dpor meets every outcome that the full search meets, with locks, too") {
    const auto test = [](std::string& outcome) {
        tr::mutex m;
        tr::atomic<int> x(0);
        std::string order;
        const auto work = [&](char name) {
            if (m.try_lock()) {
                order += name;
                m.unlock();
            } else {
                order += '-';
            }
            const std::lock_guard lock(m);
            order += static_cast<char>('0' + x.fetch_add(1));
        };
        tr::thread a(work, 'a');
        tr::thread b(work, 'b');
        a.join();
        b.join();
        outcome = order;
    };
    const set all = outcomes_of(test, "exhaustive");
    CHECK(all.size() > 3);
    CHECK(outcomes_of(test, "dpor") == all);
}

TEST_CASE("primitives: a semaphore admits as many as it says, in every order") {
    const auto test = [](std::string& outcome) {
        tr::counting_semaphore<2> two(2);
        tr::atomic<int> inside(0);
        int most = 0;
        const auto work = [&] {
            two.acquire();
            most = std::max(most, inside.fetch_add(1) + 1);
            inside.fetch_sub(1);
            two.release();
        };
        tr::thread a(work);
        tr::thread b(work);
        tr::thread c(work);
        a.join();
        b.join();
        c.join();
        outcome = std::to_string(most);
    };
    CHECK(outcomes_of(test, "dpor") == set{"1", "2"});
    const auto order = [](std::string& outcome) {
        tr::binary_semaphore one(1);
        const auto work = [&](char name) {
            one.acquire();
            outcome += name;
            one.release();
        };
        tr::thread a(work, 'a');
        tr::thread b(work, 'b');
        tr::thread c(work, 'c');
        a.join();
        b.join();
        c.join();
    };
    const set orders{"abc", "acb", "bac", "bca", "cab", "cba"};
    CHECK(outcomes_of(order, "dpor") == orders);
}

TEST_CASE("primitives: readers share, writers do not, and any may be next") {
    const auto test = [](std::string& outcome) {
        tr::shared_mutex m;
        tr::atomic<int> readers(0);
        bool together = false;
        tr::var<int> data(0, "data");
        const auto read = [&] {
            const std::shared_lock lock(m);
            together = together || readers.fetch_add(1) == 1;
            tr::check(data == 0 || data == 1);
            readers.fetch_sub(1);
        };
        tr::thread a(read);
        tr::thread b(read);
        tr::thread w([&] {
            const std::unique_lock lock(m);
            tr::check(readers.load() == 0, "a reader is inside");
            data = 1;
        });
        a.join();
        b.join();
        w.join();
        outcome = together ? "together" : "one by one";
    };
    CHECK(outcomes_of(test, "dpor") == set{"one by one", "together"});
}

TEST_CASE("primitives: latch, barrier and call_once") {
    const auto with_latch = [](std::string& outcome) {
        tr::latch ready(2);
        tr::var<int> a(0);
        tr::var<int> b(0);
        tr::thread one([&] {
            a = 1;
            ready.count_down();
        });
        tr::thread two([&] {
            b = 1;
            ready.arrive_and_wait();
        });
        ready.wait();
        outcome = std::to_string(a + b);
        one.join();
        two.join();
    };
    CHECK(outcomes_of(with_latch, "dpor") == set{"2"});
    const auto with_barrier = [](std::string& outcome) {
        tr::var<int> phases(0);
        const auto count = [&] { ++phases; };
        tr::barrier<decltype(count)> both(2, count);
        tr::var<int> mine[2];
        const auto work = [&](int me) {
            for (int round = 1; round <= 2; ++round) {
                mine[me] = round;
                both.arrive_and_wait();
                tr::check(mine[1 - me] == round);
                both.arrive_and_wait();
            }
        };
        tr::thread a(work, 0);
        tr::thread b(work, 1);
        a.join();
        b.join();
        outcome = std::to_string(phases);
    };
    CHECK(outcomes_of(with_barrier, "dpor") == set{"4"});
    const auto with_once = [](std::string& outcome) {
        tr::once_flag once;
        tr::var<int> made(0);
        int tries = 0;
        const auto use = [&] {
            try {
                tr::call_once(once, [&] {
                    if (++tries == 1) throw 1;
                    made = made + 1;
                });
                tr::check(made == 1);
            } catch (int) {
                // the first one to try
            }
        };
        tr::thread a(use);
        tr::thread b(use);
        a.join();
        b.join();
        outcome = std::to_string(made) + " in " + std::to_string(tries);
    };
    CHECK(outcomes_of(with_once, "dpor") == set{"1 in 2"});
}

TEST_CASE("primitives: timeouts come at any time, in the order of their deadlines") {
    const auto locks = [](std::string& outcome) {
        tr::timed_mutex m;
        m.lock();
        tr::thread t([&] {
            const bool got_it = m.try_lock_for(5ms);
            outcome = got_it ? "locked" : "timed out";
            if (got_it) m.unlock();
        });
        m.unlock();
        t.join();
    };
    CHECK(outcomes_of(locks, "dpor") == set{"locked", "timed out"});
    const auto sleeps = [](std::string& outcome) {
        const auto begin = tr::steady_clock::now();
        tr::thread late([&] {
            tr::this_thread::sleep_until(begin + 20ms);
            outcome += 'b';
        });
        tr::this_thread::sleep_until(begin + 10ms);
        outcome += 'a';
        late.join();
        outcome += tr::steady_clock::now() - begin >= 20ms ? "" : " too early";
    };
    const set got = outcomes_of(sleeps, "dpor");
    CHECK(got == set{"ab", "ba"});
    const auto waits = [](std::string& outcome) {
        tr::mutex m;
        tr::condition_variable cv;
        bool ready = false;
        tr::thread t([&] {
            const std::lock_guard lock(m);
            ready = true;
            cv.notify_one();
        });
        std::unique_lock lock(m);
        outcome = cv.wait_for(lock, 1ms, [&] { return ready; }) ? "ready" : "timed out";
        lock.unlock();
        t.join();
    };
    CHECK(outcomes_of(waits, "dpor") == set{"ready", "timed out"});
    const auto semaphores = [](std::string& outcome) {
        tr::binary_semaphore s(0);
        tr::thread t([&] { s.release(); });
        outcome = s.try_acquire_for(1ms) ? "acquired" : "timed out";
        t.join();
    };
    CHECK(outcomes_of(semaphores, "dpor") == set{"acquired", "timed out"});
    CHECK(failure_of([] {
              const auto deadline = tr::steady_clock::now() + 10s;
              while (tr::steady_clock::now() < deadline) {}
          }) == "");
}

TEST_CASE("primitives: atomic wait and futexes sleep until told") {
    const auto with = [](bool notify) {
        return [notify] {
            tr::atomic<int> word(0, "word");
            tr::thread t([&] { word.wait(0); });
            word.store(1);
            if (notify) word.notify_one();
            t.join();
        };
    };
    const tr::explore_options all{.strategy = "dpor", .executions_max = 0, .shrink = false};
    CHECK(failure_of(with(true), all) == "");
    CHECK(failure_of(with(false), all) == "deadlock");
    const auto futex = [](std::string& outcome) {
        tr::atomic<int> word(0);
        tr::thread t([&] {
            switch (tr::futex_wait_for(word, 0, 1ms)) {
                case tr::futex_result::woken:
                    outcome = "woken";
                    break;
                case tr::futex_result::changed:
                    outcome = "changed";
                    break;
                case tr::futex_result::timed_out:
                    outcome = "timed out";
                    break;
            }
        });
        word.store(1);
        tr::futex_wake(word);
        t.join();
    };
    CHECK(outcomes_of(futex, "dpor") == set{"changed", "timed out", "woken"});
}

TEST_CASE("primitives: condition variables wake one of those who wait, whichever") {
    const auto test = [](std::string& outcome) {
        tr::mutex m;
        tr::condition_variable_any cv;
        int waiting = 0;
        bool go = false;
        const auto wait = [&](char name) {
            std::unique_lock lock(m);
            ++waiting;
            cv.wait(lock, [&] { return go; });
            go = false;
            outcome += name;
        };
        tr::thread a(wait, 'a');
        tr::thread b(wait, 'b');
        for (int i = 0; i < 2; ++i) {
            std::unique_lock lock(m);
            tr::assume(waiting == 2);
            tr::assume(!go);
            go = true;
            lock.unlock();
            cv.notify_one();
        }
        a.join();
        b.join();
    };
    CHECK(outcomes_of(test, "dpor").contains("ab"));
    CHECK(outcomes_of(test, "dpor").contains("ba"));
}

TEST_CASE("primitives: jthreads stop when asked, and are asked when they go") {
    const auto test = [](std::string& outcome) {
        tr::mutex m;
        tr::condition_variable_any cv;
        {
            tr::jthread t([&](const tr::stop_token& stop) {
                std::unique_lock lock(m);
                outcome = cv.wait(lock, stop, [] { return false; }) ? "done" : "stopped";
            });
        }
    };
    CHECK(outcomes_of(test, "dpor") == set{"stopped"});
}

TEST_CASE("primitives: each thread has its own per_thread value") {
    const auto test = [](std::string& outcome) {
        tr::per_thread<int> mine(5);
        tr::thread a([&] { *mine += 1; });
        tr::thread b([&] { *mine += 2; });
        a.join();
        b.join();
        outcome = std::to_string(*mine);
    };
    CHECK(outcomes_of(test, "dpor") == set{"5"});
}

TEST_CASE("primitives: choose takes every value, assume leaves executions out") {
    const auto test = [](std::string& outcome) {
        const std::uint32_t n = tr::choose(300);
        tr::assume(n % 100 == 7);
        outcome = std::to_string(n);
    };
    CHECK(outcomes_of(test, "dpor") == set{"107", "207", "7"});
}

namespace {

tr::atomic<int> global_counter(10);
tr::mutex global_mutex;
tr::var<int> global_data(7);

}  // namespace

TEST_CASE("primitives: globals are as new in each execution") {
    const auto test = [](std::string& outcome) {
        const auto work = [] {
            const std::lock_guard lock(global_mutex);
            global_counter += 1;
            global_data = global_data + 1;
        };
        tr::thread a(work);
        tr::thread b(work);
        a.join();
        b.join();
        outcome = std::to_string(global_counter.load()) + " " + std::to_string(global_data);
    };
    CHECK(outcomes_of(test, "dpor") == set{"12 9"});
    CHECK(outcomes_of(test, "exhaustive", {.points_max = 1'000}) == set{"12 9"});
}

TEST_CASE("primitives: a thread that begins by looking at a clock does so at any time, not when it is made") {
    const auto test = [](std::string& outcome) {
        tr::atomic<int> x(0);
        tr::steady_clock::time_point in_thread;
        tr::thread t([&] { in_thread = tr::steady_clock::now(); });
        x.store(1);
        const auto in_test = tr::steady_clock::now();
        t.join();
        outcome = in_thread < in_test ? "the thread first" : "the test first";
    };
    CHECK(outcomes_of(test, "dpor") == set{"the test first", "the thread first"});
}
