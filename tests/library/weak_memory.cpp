// Weak memory as tests use it: through the library's types, with whatever else synchronises.

#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "library/tenthrule.hpp"
#include "tests/library/outcomes.hpp"

namespace tr = tenthrule;
using tenthrule::test::outcomes_of;

namespace {

using strings = std::set<std::string>;

tr::explore_options weak(std::string name = {}) {
    tr::explore_options o;
    o.name = std::move(name);
    o.memory = tr::memory_model::weak;
    return o;
}

strings weak_outcomes(const std::function<void(std::string&)>& test) {
    return outcomes_of(test, "dpor", weak());
}

// Message passing of plain data through a flag.
std::function<void()> publication(tr::memory_order store, tr::memory_order load) {
    return [=] {
        tr::var<int> data(0, "data");
        tr::atomic<bool> ready(false, "ready");
        tr::thread producer([&] {
            data.set(1);
            ready.store(true, store);
        });
        tr::thread consumer([&] {
            if (ready.load(load)) {
                tr::check(data.get() == 1, "the data is there");
            }
        });
        producer.join();
        consumer.join();
    };
}

// Peterson's lock, with the orders of its stores and loads, and with fences around the store of `turn`.
std::function<void()> peterson(tr::memory_order store, tr::memory_order load, bool fences) {
    return [=] {
        tr::atomic<bool> wants[2] = {{false, "wants 0"}, {false, "wants 1"}};
        tr::atomic<int> turn(0, "turn");
        tr::var<int> guarded(0, "guarded");
        const auto side = [&](int me) {
            wants[me].store(true, store);
            if (fences) tr::atomic_thread_fence(std::memory_order_seq_cst);
            turn.store(1 - me, store);
            if (fences) tr::atomic_thread_fence(std::memory_order_seq_cst);
            while (wants[1 - me].load(load) && turn.load(load) == 1 - me) {
                tr::this_thread::yield();
            }
            guarded.set(guarded.get() + 1);
            wants[me].store(false, std::memory_order_release);
        };
        tr::thread t([&] { side(0); });
        tr::thread u([&] { side(1); });
        t.join();
        u.join();
    };
}

}  // namespace

TEST_SUITE("library: weak memory") {
    TEST_CASE("store buffering is seen, and fences end it") {
        const auto test = [](bool fences) {
            return [fences](std::string& outcome) {
                tr::atomic<int> x(0, "x");
                tr::atomic<int> y(0, "y");
                int a = 0;
                int b = 0;
                const auto side = [fences](tr::atomic<int>& mine, tr::atomic<int>& other, int& seen) {
                    mine.store(1, std::memory_order_relaxed);
                    if (fences) tr::atomic_thread_fence(std::memory_order_seq_cst);
                    seen = other.load(std::memory_order_relaxed);
                };
                tr::thread t([&] { side(x, y, a); });
                tr::thread u([&] { side(y, x, b); });
                t.join();
                u.join();
                outcome = std::to_string(a) + std::to_string(b);
            };
        };
        CHECK(weak_outcomes(test(false)) == strings{"00", "01", "10", "11"});
        CHECK(weak_outcomes(test(true)) == strings{"01", "10", "11"});
        CHECK(outcomes_of(test(false), "dpor") == strings{"01", "10", "11"});
    }

    TEST_CASE("a finding is shrunk, replayed from its token, and says that an old value was read") {
        const auto test = [] {
            tr::atomic<int> x(0, "x");
            tr::atomic<int> y(0, "y");
            int a = 0;
            int b = 0;
            tr::thread t([&] {
                x.store(1, std::memory_order_release);
                a = y.load(std::memory_order_acquire);
            });
            tr::thread u([&] {
                y.store(1, std::memory_order_release);
                b = x.load(std::memory_order_acquire);
            });
            t.join();
            u.join();
            tr::check(a == 1 || b == 1, "one of them sees the other");
        };
        const tr::exploration found = tr::explore(test, weak("dekker"));
        REQUIRE(found.end == tr::exploration_end::failed);
        CHECK(found.failure.shrunk);
        CHECK(found.failure.preemptions == 0);  // an old value is enough
        CHECK(found.failure.trace.find("not the newest value") != std::string::npos);
        tr::explore_options again = weak("dekker");
        again.replay = found.failure.token;
        const tr::exploration replayed = tr::explore(test, again);
        CHECK(replayed.end == tr::exploration_end::failed);
        CHECK(replayed.failure.trace == found.failure.trace);
        // What a choice means depends on the memory, so a token fits only its own.
        again.memory = tr::memory_model::sequential;
        CHECK(tr::explore(test, again).end == tr::exploration_end::bad_input);
    }

    TEST_CASE("races on plain data are judged by what synchronises") {
        const auto end_of = [](const std::function<void()>& test) {
            tr::explore_options o = weak();
            o.strategy = "dpor";
            o.executions_max = 0;
            const tr::exploration r = tr::explore(test, o);
            return r.end == tr::exploration_end::failed ? r.failure.rule : r.error;
        };
        CHECK(end_of(publication(std::memory_order_release, std::memory_order_acquire)).empty());
        CHECK(end_of(publication(std::memory_order_seq_cst, std::memory_order_seq_cst)).empty());
        CHECK(end_of(publication(std::memory_order_relaxed, std::memory_order_acquire)) == "data-race");
        CHECK(end_of(publication(std::memory_order_release, std::memory_order_relaxed)) == "data-race");
    }

    TEST_CASE("Peterson's lock needs seq_cst, or fences") {
        const auto broken_rule = [](const std::function<void()>& test, bool weakly) {
            tr::explore_options o;
            if (weakly) o.memory = tr::memory_model::weak;
            o.strategy = "random";
            o.executions_max = 3'000;
            const tr::exploration r = tr::explore(test, o);
            return r.end == tr::exploration_end::failed ? r.failure.rule : r.error;
        };
        CHECK(
            broken_rule(peterson(std::memory_order_seq_cst, std::memory_order_seq_cst, false), true).empty());
        CHECK(
            broken_rule(peterson(std::memory_order_relaxed, std::memory_order_acquire, true), true).empty());
        const auto halfway = peterson(std::memory_order_release, std::memory_order_acquire, false);
        CHECK(broken_rule(halfway, true) == "data-race");
        CHECK(broken_rule(halfway, false).empty());  // which is why one would not notice
    }

    TEST_CASE("locks, and the starting and joining of threads, make stores visible") {
        const auto test = [](std::string& outcome) {
            tr::mutex m("m");
            tr::atomic<int> x(0, "x");
            x.store(1, std::memory_order_relaxed);
            int seen = 0;
            tr::thread t([&] {
                tr::check(x.load(std::memory_order_relaxed) != 0, "what was before the start is seen");
                const std::lock_guard lock(m);
                x.fetch_add(1, std::memory_order_relaxed);
            });
            {
                const std::lock_guard lock(m);
                seen = x.load(std::memory_order_relaxed);
            }
            t.join();
            outcome = std::to_string(seen) + std::to_string(x.load(std::memory_order_relaxed));
        };
        CHECK(weak_outcomes(test) == strings{"12", "22"});
    }

    TEST_CASE("an update never works on an old value") {
        const auto test = [](std::string& outcome) {
            tr::atomic<int> x(0, "x");
            const auto twice = [&x] {
                x.fetch_add(1, std::memory_order_relaxed);
                int seen = x.load(std::memory_order_relaxed);
                while (!x.compare_exchange_strong(seen, seen + 1, std::memory_order_relaxed)) {}
            };
            tr::thread t(twice);
            tr::thread u(twice);
            t.join();
            u.join();
            outcome = std::to_string(x.load(std::memory_order_relaxed));
        };
        CHECK(weak_outcomes(test) == strings{"4"});
    }

    TEST_CASE("a failing comparison orders as little as it was asked to") {
        const auto test = [](std::memory_order failure) {
            return [failure](std::string& outcome) {
                tr::atomic<int> data(0, "data");
                tr::atomic<int> ready(0, "ready");
                int seen = -1;
                tr::thread t([&] {
                    data.store(1, std::memory_order_relaxed);
                    ready.store(2, std::memory_order_release);
                });
                tr::thread u([&] {
                    int expected = 0;
                    if (!ready.compare_exchange_strong(expected, 1, std::memory_order_acq_rel, failure)) {
                        seen = data.load(std::memory_order_relaxed);
                    }
                });
                t.join();
                u.join();
                outcome = std::to_string(seen);
            };
        };
        CHECK(weak_outcomes(test(std::memory_order_acquire)) == strings{"-1", "1"});
        CHECK(weak_outcomes(test(std::memory_order_relaxed)) == strings{"-1", "0", "1"});
    }

    TEST_CASE("a weak compare-exchange may fail though the values are equal") {
        const auto test = [](std::string& outcome) {
            tr::atomic<int> x(0, "x");
            int expected = 0;
            const bool done = x.compare_exchange_weak(expected, 1);
            outcome = std::string(done ? "done" : "failed") + std::to_string(expected);
        };
        CHECK(weak_outcomes(test) == strings{"done0", "failed0"});
    }

    TEST_CASE("an atomic whose making does not happen before its use is a race") {
        const auto test = [](std::memory_order order) {
            return [order] {
                struct node {
                    tr::atomic<int> value{1, "value"};
                };
                tr::atomic<node*> published(nullptr, "published");
                tr::thread t([&] { published.store(new node, order); });
                tr::thread u([&] {
                    node* const n = published.load(std::memory_order_acquire);
                    if (n != nullptr) tr::check(n->value.load(std::memory_order_relaxed) == 1, "it is made");
                });
                t.join();
                u.join();
                delete published.load();
            };
        };
        tr::explore_options o = weak();
        o.strategy = "dpor";
        o.executions_max = 0;
        CHECK(tr::explore(test(std::memory_order_release), o).end == tr::exploration_end::verified);
        CHECK(tr::explore(test(std::memory_order_relaxed), o).failure.rule == "data-race");
    }

    TEST_CASE("waiting for a store ends, by reading and by atomic::wait") {
        const auto test = [](std::string& outcome) {
            tr::atomic<int> x(0, "x");
            tr::atomic<int> y(0, "y");
            tr::thread t([&] {
                x.store(1, std::memory_order_release);
                y.store(1, std::memory_order_release);
                y.notify_one();
            });
            while (x.load(std::memory_order_acquire) == 0) {}
            y.wait(0);
            outcome = std::to_string(y.load(std::memory_order_relaxed));
            t.join();
        };
        tr::explore_options o = weak();
        o.strategy = "random";
        CHECK(tr::explore(
                  [&] {
                      std::string s;
                      test(s);
                      tr::check(s == "1", "it is there");
                  },
                  o)
                  .ok());
    }

    // Deeper than any thread's own doings: the order of seq_cst operations goes through locks, too.
    TEST_CASE("what is seq_cst before an unlock comes before what is seq_cst behind the lock") {
        const auto test = [](bool locked) {
            return [locked](std::string& outcome) {
                tr::mutex m("m");
                tr::atomic<int> x(0, "x");
                tr::atomic<int> y(0, "y");
                tr::atomic<bool> first(false, "first");
                int a = -1;
                int b = -1;
                bool second = false;
                tr::thread t([&] {
                    x.store(1);
                    if (locked) m.lock();
                    first.store(true, std::memory_order_relaxed);
                    if (locked) m.unlock();
                });
                tr::thread u([&] {
                    if (locked) m.lock();
                    second = first.load(std::memory_order_relaxed);
                    if (locked) m.unlock();
                    a = y.load();
                });
                tr::thread v([&] {
                    y.store(1);
                    b = x.load();
                });
                t.join();
                u.join();
                v.join();
                outcome = std::string(second ? "s" : "-") + std::to_string(a) + std::to_string(b);
            };
        };
        const strings with = weak_outcomes(test(true));
        CHECK(with.count("s00") == 0);
        CHECK(with.count("-00") == 1);
        CHECK(with.count("s01") == 1);
        CHECK(weak_outcomes(test(false)).count("s00") == 1);
    }

    TEST_CASE("threads may be many, and be started late") {
        const auto test = [](std::string& outcome) {
            tr::atomic<int> x(0, "x");
            tr::atomic<int> y(0, "y");
            x.store(1);
            std::vector<tr::thread> more;
            for (int i = 0; i < 20; ++i) {
                more.emplace_back([&] {
                    tr::check(x.load() >= 1, "seen by all");
                    x.fetch_add(1);
                    tr::atomic_thread_fence(std::memory_order_seq_cst);
                    y.store(1, std::memory_order_relaxed);
                });
            }
            for (tr::thread& t : more) {
                t.join();
            }
            outcome = std::to_string(x.load()) + std::to_string(y.load());
        };
        tr::explore_options o = weak();
        o.strategy = "random";
        o.executions_max = 200;
        CHECK(tr::explore(
                  [&] {
                      std::string s;
                      test(s);
                      tr::check(s == "211", "all are counted");
                  },
                  o)
                  .ok());
    }
}
