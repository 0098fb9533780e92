// atomic_ref: atomic accesses to a var, beside plain ones.

#include <atomic>
#include <functional>
#include <optional>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "library/tenthrule.hpp"
#include "tests/library/outcomes.hpp"

namespace tr = tenthrule;
using tenthrule::test::failure_of;
using tenthrule::test::outcomes_of;

namespace {

using strings = std::set<std::string>;

constexpr tr::memory_model models[] = {tr::memory_model::sequential, tr::memory_model::weak};

tr::explore_options with(tr::memory_model memory) {
    tr::explore_options o;
    o.memory = memory;
    return o;
}

strings outcomes(tr::memory_model memory, const std::function<void(std::string&)>& test) {
    return outcomes_of(test, "dpor", with(memory));
}

std::string failure(const std::function<void()>& test) {
    tr::explore_options o = with(tr::memory_model::weak);
    o.strategy = "dpor";
    o.executions_max = 0;
    return failure_of(test, o);
}

void both(const std::function<void()>& one, const std::function<void()>& other) {
    tr::thread t(one);
    tr::thread u(other);
    t.join();
    u.join();
}

tr::var<int> made_outside(5, "made outside");

}  // namespace

TEST_SUITE("library: atomic_ref") {
    TEST_CASE("updates through references to the same object are not lost; a load and a store may lose one") {
        for (const tr::memory_model memory : models) {
            const auto counted = [memory](const std::function<void(tr::var<int>&)>& increment) {
                return outcomes(memory, [&](std::string& outcome) {
                    tr::var<int> n(0);
                    both([&] { increment(n); }, [&] { increment(n); });
                    outcome = std::to_string(n.get());
                });
            };
            CHECK(counted([](tr::var<int>& n) { ++tr::atomic_ref(n); }) == strings{"2"});
            CHECK(counted([](tr::var<int>& n) {
                      const tr::atomic_ref r(n);
                      r.store(r.load() + 1);
                  }) == strings{"1", "2"});
        }
    }

    TEST_CASE("what was written plainly is read atomically, and the other way round") {
        for (const tr::memory_model memory : models) {
            CHECK(outcomes(memory, [](std::string& outcome) {
                      tr::var<int> v(1);
                      const tr::atomic_ref r(v);
                      outcome += std::to_string(r.fetch_add(1));
                      outcome += std::to_string(v.get());
                      v.set(7);
                      outcome += std::to_string(r.load(tr::memory_order_relaxed));
                      r.store(8, tr::memory_order_relaxed);
                      outcome += std::to_string(v.get());
                      v.set(9);
                      v.set(v.get() - 4);
                      outcome += std::to_string(tr::atomic_ref(v).exchange(6));
                      outcome += std::to_string(r);
                  }) == strings{"127856"});
        }
    }

    TEST_CASE("every operation does what std::atomic_ref does") {
        const auto results = [](auto& object, auto make) {
            const auto r = make(object);
            std::string all;
            const auto add = [&](auto value) { all += std::to_string(value) + " "; };
            add(r.load());
            r.store(6);
            add(r.exchange(12));
            int expected = 3;
            add(r.compare_exchange_strong(expected, 1));
            add(expected);
            add(r.compare_exchange_strong(expected, 10, std::memory_order_acq_rel));
            add(r.fetch_add(3));
            add(r.fetch_sub(5));
            add(r.fetch_and(12));
            add(r.fetch_or(3));
            add(r.fetch_xor(6));
            add(++r);
            add(r++);
            add(--r);
            add(r--);
            add(r += 40);
            add(r -= 3);
            add(r &= 59);
            add(r |= 64);
            add(r ^= 5);
            add(r = 77);
            add(static_cast<int>(r));
            return all;
        };
        int plain = 4;
        const std::string right = results(plain, [](int& i) { return std::atomic_ref<int>(i); });
        for (const tr::memory_model memory : models) {
            CHECK(outcomes(memory, [&](std::string& outcome) {
                      tr::var<int> v(4);
                      outcome = results(v, [](tr::var<int>& of) { return tr::atomic_ref<int>(of); });
                  }) == strings{right});
        }
        tr::var<int> outside(4);
        CHECK(results(outside, [](tr::var<int>& of) { return tr::atomic_ref<int>(of); }) == right);
    }

    TEST_CASE("an atomic access and a plain one that are not ordered race if one of them writes") {
        const auto meet = [](const std::function<void(tr::var<int>&)>& one,
                             const std::function<void(tr::var<int>&)>& other) {
            return failure([=] {
                tr::var<int> v(0, "v");
                both([&] { one(v); }, [&] { other(v); });
            });
        };
        const auto plain_read = [](tr::var<int>& v) { (void)v.get(); };
        const auto plain_write = [](tr::var<int>& v) { v.set(1); };
        const auto load = [](tr::var<int>& v) { (void)tr::atomic_ref(v).load(); };
        const auto store = [](tr::var<int>& v) { tr::atomic_ref(v).store(1); };
        const auto lost_exchange = [](tr::var<int>& v) {
            int expected = 3;
            (void)tr::atomic_ref(v).compare_exchange_strong(expected, 4);
        };
        const auto wait = [](tr::var<int>& v) { tr::atomic_ref(v).wait(1); };
        const auto make = [](tr::var<int>& v) { const tr::atomic_ref r(v); };
        CHECK(meet(plain_read, store) == "data-race");
        CHECK(meet(plain_write, store) == "data-race");
        CHECK(meet(plain_write, load) == "data-race");
        CHECK(meet(plain_write, lost_exchange) == "data-race");
        CHECK(meet(plain_write, wait) == "data-race");
        CHECK(meet(plain_read, load).empty());
        CHECK(meet(plain_read, lost_exchange).empty());
        CHECK(meet(store, store).empty());
        CHECK(meet(store, load).empty());
        CHECK(meet(plain_write, make).empty());
    }

    TEST_CASE("a plain read races with a later atomic write that nothing orders behind it") {
        const auto test = [](tr::memory_order order) {
            return [order] {
                tr::var<int> v(0, "v");
                tr::atomic<bool> done(false, "done");
                tr::thread reader([&] {
                    (void)v.get();
                    done.store(true, order);
                });
                while (!done.load(order)) {
                    tr::this_thread::yield();
                }
                tr::atomic_ref(v).store(1);
                reader.join();
            };
        };
        CHECK(failure(test(tr::memory_order_relaxed)) == "data-race");
        CHECK(failure(test(tr::memory_order_seq_cst)).empty());
    }

    TEST_CASE("two threads store, and a third reads plainly: it has to come behind both") {
        const auto test = [](bool joins_both) {
            return [joins_both] {
                tr::var<int> v(0, "v");
                tr::thread t([&] { tr::atomic_ref(v).store(1, tr::memory_order_relaxed); });
                tr::thread u([&] { tr::atomic_ref(v).store(2, tr::memory_order_relaxed); });
                t.join();
                if (joins_both) u.join();
                (void)v.get();
                if (!joins_both) u.join();
            };
        };
        CHECK(failure(test(true)).empty());
        CHECK(failure(test(false)) == "data-race");
    }

    TEST_CASE(
        "plain access is in order again behind what synchronises, through the reference itself or not") {
        const auto handed_over = [](tr::memory_order store, tr::memory_order load) {
            return [store, load] {
                tr::var<int> data(0, "data");
                tr::var<int> state(0, "state");
                both(
                    [&] {
                        data.set(1);
                        tr::atomic_ref(state).store(1, store);
                    },
                    [&] {
                        if (tr::atomic_ref(state).load(load) == 1) tr::check(data.get() == 1);
                    });
                tr::check(state.get() == 1);
            };
        };
        CHECK(failure(handed_over(tr::memory_order_release, tr::memory_order_acquire)).empty());
        CHECK(failure(handed_over(tr::memory_order_relaxed, tr::memory_order_acquire)) == "data-race");
        CHECK(failure(handed_over(tr::memory_order_release, tr::memory_order_relaxed)) == "data-race");
    }

    TEST_CASE("weak memory is the same through references as with atomics") {
        const auto store_buffering = [](auto& x, auto& y, auto ref, tr::memory_order order,
                                        std::string& outcome) {
            int a = -1;
            int b = -1;
            both(
                [&] {
                    ref(x).store(1, order);
                    a = ref(y).load(order);
                },
                [&] {
                    ref(y).store(1, order);
                    b = ref(x).load(order);
                });
            outcome = std::to_string(a) + std::to_string(b);
        };
        const auto coherence = [](auto& x, auto& y, auto ref, tr::memory_order order, std::string& outcome) {
            int a = -1;
            int b = -1;
            both(
                [&] {
                    ref(x).store(1, order);
                    ref(y).store(1, order);
                    ref(x).store(2, order);
                },
                [&] {
                    a = ref(y).load(order);
                    b = ref(x).load(order);
                });
            outcome = std::to_string(a) + std::to_string(b);
        };
        const auto same = [](auto test) {
            for (const tr::memory_model memory : models) {
                for (const auto order : {tr::memory_order_relaxed, tr::memory_order_seq_cst}) {
                    const strings with_atomics = outcomes(memory, [&](std::string& outcome) {
                        tr::atomic<int> x(0);
                        tr::atomic<int> y(0);
                        test(
                            x, y, [](tr::atomic<int>& of) -> tr::atomic<int>& { return of; }, order, outcome);
                    });
                    const strings with_references = outcomes(memory, [&](std::string& outcome) {
                        tr::var<int> x(0);
                        tr::var<int> y(0);
                        test(
                            x, y, [](tr::var<int>& of) { return tr::atomic_ref<int>(of); }, order, outcome);
                    });
                    CHECK(with_references == with_atomics);
                }
            }
        };
        same(store_buffering);
        same(coherence);
    }

    TEST_CASE("waiting and notifying work") {
        for (const tr::memory_model memory : models) {
            CHECK(outcomes(memory, [](std::string& outcome) {
                      tr::var<int> v(0);
                      both(
                          [&] {
                              const tr::atomic_ref r(v);
                              r.wait(0);
                              outcome = std::to_string(r.load());
                          },
                          [&] {
                              const tr::atomic_ref r(v);
                              r.store(3);
                              r.notify_one();
                          });
                  }) == strings{"3"});
        }
    }

    TEST_CASE("using a reference to a var that is no more is found") {
        CHECK(failure_of([] {
                  std::optional<tr::var<int>> v(1);
                  const tr::atomic_ref r(*v);
                  r.store(2);
                  v.reset();
                  r.store(3);
              }) == "use-after-scope");
    }

    TEST_CASE("a var made outside of tests is as new in each execution, to references, too") {
        for (const tr::memory_model memory : models) {
            CHECK(outcomes(memory, [](std::string& outcome) {
                      const tr::atomic_ref r(made_outside);
                      both([&] { r.fetch_add(1); }, [&] { r.fetch_add(2); });
                      outcome = std::to_string(made_outside.get());
                  }) == strings{"8"});
        }
    }
}
