#include "bench/effectiveness/programs.hpp"

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/effectiveness/safe_stack.hpp"
#include "bench/effectiveness/work_stealing_queue.hpp"
#include "library/atomic.hpp"
#include "library/check.hpp"
#include "library/mutex.hpp"
#include "library/thread.hpp"
#include "library/var.hpp"

// Data that a lock protects is plain: it needs no scheduling point. What is accessed without its lock is an
// atomic with relaxed accesses, or the scheduler could not come in between.

namespace tenthrule::effectiveness {

namespace {

using lock = std::lock_guard<mutex>;

template <typename T>
class racy {
public:
    explicit racy(T initial) : value_(initial) {}
    T get() const {
        return value_.load(memory_order_relaxed);
    }
    void set(T value) {
        value_.store(value, memory_order_relaxed);
    }

private:
    atomic<T> value_;
};

void join_all(std::vector<thread>& threads) {
    for (thread& t : threads) {
        t.join();
    }
}

// The checker takes for granted that neither transfer means an unchanged balance. It fails if it comes last.
void account() {
    mutex m;
    int balance = 1;
    bool deposited = false;
    bool withdrawn = false;
    constexpr int x = 1;
    constexpr int y = 2;
    constexpr int z = 4;
    std::vector<thread> threads;
    threads.emplace_back([&] {
        const lock held(m);
        if (deposited && withdrawn) check(balance == x - y - z, "balance");
    });
    threads.emplace_back([&] {
        const lock held(m);
        balance += y;
        deposited = true;
    });
    threads.emplace_back([&] {
        const lock held(m);
        balance -= z;
        withdrawn = true;
    });
    join_all(threads);
}

// A driver is stopped between the look whether it is stopping and the entry that should keep it from
// stopping.
void bluetooth_driver() {
    mutex m;
    int pending = 1;
    racy<bool> stopping(false);
    racy<bool> event(false);
    racy<bool> stopped(false);
    const auto leave = [&] {
        m.lock();
        const bool last = --pending == 0;
        m.unlock();
        if (last) event.set(true);
    };
    thread stopper([&] {
        stopping.set(true);
        leave();
        if (event.get()) stopped.set(true);
    });
    if (!stopping.get()) {
        m.lock();
        ++pending;
        m.unlock();
        check(!stopped.get(), "a stopped driver is used");
    }
    leave();
    stopper.join();
}

// Each class of threads takes l for as long as one of them is inside, and needs m to leave.
void carter01() {
    mutex m("m");
    mutex l("l");
    const auto enter_and_leave = [&](int& inside) {
        m.lock();
        if (++inside == 1) l.lock();
        m.unlock();
        m.lock();
        if (--inside == 0) l.unlock();
        m.unlock();
    };
    int a = 0;
    int b = 0;
    std::vector<thread> threads;
    threads.emplace_back([&] { enter_and_leave(a); });
    threads.emplace_back([&] { enter_and_leave(b); });
    join_all(threads);
}

// The consumer expects item i in its round i, whether or not there was one in each round before.
void circular_buffer() {
    constexpr int rounds = 7;
    mutex m;
    std::array<int, rounds> buffer{};
    int first = 0;
    int next = 0;
    bool may_send = true;
    bool may_receive = false;
    std::vector<thread> threads;
    threads.emplace_back([&] {
        for (int i = 0; i < rounds; ++i) {
            const lock held(m);
            if (may_send) {
                buffer.at(static_cast<std::size_t>(next++)) = i;
                may_send = false;
                may_receive = true;
            }
        }
    });
    threads.emplace_back([&] {
        for (int i = 0; i < rounds; ++i) {
            const lock held(m);
            if (may_receive) {
                check(buffer.at(static_cast<std::size_t>(first++)) == i, "another item");
                may_receive = false;
                may_send = true;
            }
        }
    });
    join_all(threads);
}

void deadlock01() {
    mutex a("a");
    mutex b("b");
    int counter = 0;
    const auto count = [&counter](mutex& outer, mutex& inner) {
        const lock one(outer);
        const lock other(inner);
        ++counter;
    };
    std::vector<thread> threads;
    threads.emplace_back([&] { count(a, b); });
    threads.emplace_back([&] { count(b, a); });
    join_all(threads);
}

// Fails if the third one comes last.
void lazy01() {
    mutex m;
    int data = 0;
    std::vector<thread> threads;
    threads.emplace_back([&] {
        const lock held(m);
        ++data;
    });
    threads.emplace_back([&] {
        const lock held(m);
        data += 2;
    });
    threads.emplace_back([&] {
        const lock held(m);
        check(data < 3, "3 or more");
    });
    join_all(threads);
}

// Once something was pushed the other pops in each of its rounds, whether or not anything is left.
void stack() {
    constexpr int rounds = 10;
    mutex m;
    int top = 0;
    bool pushed = false;
    std::vector<thread> threads;
    threads.emplace_back([&] {
        for (int i = 0; i < rounds; ++i) {
            const lock held(m);
            ++top;
            pushed = true;
        }
    });
    threads.emplace_back([&] {
        for (int i = 0; i < rounds; ++i) {
            const lock held(m);
            if (pushed) check(top-- > 0, "empty");
        }
    });
    join_all(threads);
}

// A checker looks at a and b after some setter has written the one and none the other.
void reorder(int setters, int checkers) {
    racy<int> a(0);
    racy<int> b(0);
    std::vector<thread> threads;
    for (int i = 0; i < setters; ++i) {
        threads.emplace_back([&] {
            a.set(1);
            b.set(-1);
        });
    }
    for (int i = 0; i < checkers; ++i) {
        threads.emplace_back([&] {
            const bool untouched = a.get() == 0 && b.get() == 0;
            check(untouched || (a.get() == 1 && b.get() == -1), "only one of them");
        });
    }
    join_all(threads);
}

// A reader finds the first stage done and the second not.
void two_stage(int writers, int readers) {
    mutex m1("m1");
    mutex m2("m2");
    int d1 = 0;
    int d2 = 0;
    racy<bool> unlocked(false);  // stands for what is accessed without its lock
    std::vector<thread> threads;
    for (int i = 0; i < writers; ++i) {
        threads.emplace_back([&] {
            m1.lock();
            d1 = 1;
            m1.unlock();
            m2.lock();
            (void)unlocked.get();
            d2 = d1 + 1;
            m2.unlock();
        });
    }
    for (int i = 0; i < readers; ++i) {
        threads.emplace_back([&] {
            m1.lock();
            const int first = d1;
            m1.unlock();
            if (first == 0) return;
            m2.lock();
            const int second = d2;
            m2.unlock();
            check(second == first + 1, "the second stage is missing");
        });
    }
    join_all(threads);
}

// Nobody waits for the worker, and both count themselves as finished without a lock.
void missing_join() {
    racy<int> finished(0);
    const auto finish = [&finished] { finished.set(finished.get() + 1); };
    thread worker(finish);
    finish();
    check(finished.get() == 2, "not all have finished");
    worker.join();
}

const std::array all{
    buggy_program{"CS/account", account, "a wrong assertion"},
    buggy_program{"CS/bluetooth_driver", bluetooth_driver, "use after stop"},
    buggy_program{"CS/carter01", carter01, "deadlock"},
    buggy_program{"CS/circular_buffer", circular_buffer, "a missed round"},
    buggy_program{"CS/deadlock01", deadlock01, "deadlock"},
    buggy_program{"CS/lazy01", lazy01, "an order"},
    buggy_program{"CS/stack", stack, "pop from an empty stack"},
    buggy_program{"CS/reorder_3", [] { reorder(2, 1); }, "half an update is seen"},
    buggy_program{"CS/reorder_4", [] { reorder(3, 1); }, "half an update is seen"},
    buggy_program{"CS/reorder_5", [] { reorder(4, 1); }, "half an update is seen"},
    buggy_program{"CS/reorder_10", [] { reorder(9, 1); }, "half an update is seen"},
    buggy_program{"CS/reorder_20", [] { reorder(10, 10); }, "half an update is seen"},
    buggy_program{"CS/reorder_50", [] { reorder(40, 10); }, "half an update is seen"},
    buggy_program{"CS/reorder_100", [] { reorder(99, 1); }, "half an update is seen"},
    buggy_program{"CS/twostage", [] { two_stage(1, 1); }, "half an update is seen"},
    buggy_program{"CS/twostage_20", [] { two_stage(10, 10); }, "half an update is seen"},
    buggy_program{"CS/twostage_50", [] { two_stage(40, 10); }, "half an update is seen"},
    buggy_program{"CS/twostage_100", [] { two_stage(99, 1); }, "half an update is seen"},
    buggy_program{"Chess/WorkStealQueue", work_stealing_queue, "an item is taken twice"},
    buggy_program{"Splash2/barnes", missing_join, "a missing join"},
    buggy_program{"Splash2/fft", missing_join, "a missing join"},
    buggy_program{"Splash2/lu", missing_join, "a missing join"},
    buggy_program{"SafeStack", safe_stack, "two owners of a cell"},
};

}  // namespace

std::span<const buggy_program> programs() {
    return all;
}

const buggy_program& program_named(std::string_view name) {
    for (const buggy_program& p : all) {
        if (p.name == name) return p;
    }
    throw std::out_of_range("there is no program '" + std::string(name) + "'");
}

}  // namespace tenthrule::effectiveness
