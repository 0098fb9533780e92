#pragma once

/// Programs whose threads sleep.

#include "tests/relacy/programs/words.hpp"

namespace tenthrule::comparison {

enum class waits : unsigned char { in_a_loop, once };
enum class conditions : unsigned char { two, one };

/// A buffer of one place, a producer of two elements and two consumers of one each.
template <typename Api, waits How, conditions Used>
struct bounded_buffer {
    static constexpr unsigned threads = 3;
    mutex<Api> lock;
    condition_variable<Api> changed;
    condition_variable<Api> emptied;
    var<Api, unsigned> full{0};
    var<Api, unsigned> taken{0};

    void thread(unsigned me) {
        if (me == 0) {
            move(0, 1);
            move(0, 1);
        } else {
            move(1, 0);
        }
    }
    void after() {
        Api::check(taken.get() == 2);
    }

private:
    condition_variable<Api>& became(unsigned state) {
        return Used == conditions::one || state == 1 ? changed : emptied;
    }
    void move(unsigned from, unsigned to) {
        lock.lock();
        if (How == waits::once) {
            if (full.get() != from) became(from).wait(lock);
        } else {
            while (full.get() != from) {
                became(from).wait(lock);
            }
        }
        Api::check(full.get() == from);
        full.set(to);
        if (to == 0) taken.set(taken.get() + 1);
        became(to).notify_one();
        lock.unlock();
    }
};

/// One thread waits for what another says. `Locked`: it is said with the lock held; else what is said may
/// fall between the look and the sleep.
template <typename Api, bool Locked>
struct announcement {
    static constexpr unsigned threads = 2;
    mutex<Api> lock;
    condition_variable<Api> said;
    atomic<Api, unsigned> done{0};

    void thread(unsigned me) {
        if (me == 0) {
            if (Locked) lock.lock();
            done.store(1, seq_cst);
            said.notify_one();
            if (Locked) lock.unlock();
            return;
        }
        lock.lock();
        while (done.load(seq_cst) == 0) {
            said.wait(lock);
        }
        lock.unlock();
    }
};

/// A thread that finds nothing says that it will sleep, looks again, and sleeps until the epoch changes. Who
/// brings something wakes only those who said so. `Fenced`: either side looks behind a seq_cst fence.
template <typename Api, bool Fenced>
struct eventcount {
    static constexpr unsigned threads = 2;
    atomic<Api, unsigned> item{0};
    atomic<Api, unsigned> waiting{0};
    mutex<Api> lock;
    condition_variable<Api> next_epoch;
    var<Api, unsigned> epoch{0};

    void thread(unsigned me) {
        if (me == 0) {
            item.store(1, release);
            notify();
            return;
        }
        while (item.load(acquire) == 0) {
            lock.lock();
            waiting.store(1, relaxed);
            const unsigned before = epoch.get();
            lock.unlock();
            fence();
            if (item.load(acquire) != 0) return;
            lock.lock();
            while (epoch.get() == before) {
                next_epoch.wait(lock);
            }
            lock.unlock();
        }
    }

private:
    static void fence() {
        if (Fenced) Api::fence(seq_cst);
    }
    void notify() {
        fence();
        if (waiting.load(relaxed) == 0) return;
        lock.lock();
        epoch.set(epoch.get() + 1);
        lock.unlock();
        next_epoch.notify_all();
    }
};

/// Two locks, taken in the same order or not.
template <typename Api, bool SameOrder>
struct two_locks {
    static constexpr unsigned threads = 2;
    std::array<mutex<Api>, 2> locks;
    var<Api, unsigned> both{0};

    void thread(unsigned me) {
        const unsigned first = SameOrder ? 0 : me;
        locks[first].lock();
        locks[1 - first].lock();
        both.set(both.get() + 1);
        locks[1 - first].unlock();
        locks[first].unlock();
    }
    void after() {
        Api::check(both.get() == 2);
    }
};

enum class locking : unsigned char { right, one_without, twice, by_the_other };

/// A counter behind a lock, and what people do to locks.
template <typename Api, locking Done>
struct locked_counter {
    static constexpr unsigned threads = 2;
    mutex<Api> lock;
    var<Api, unsigned> counter{0};

    void thread(unsigned me) {
        const bool wrong = me == 1;
        const bool takes = !wrong || Done == locking::right || Done == locking::twice;
        if (takes) lock.lock();
        if (wrong && Done == locking::twice) lock.lock();
        if (takes || Done == locking::one_without) counter.set(counter.get() + 1);
        if (takes || Done == locking::by_the_other) lock.unlock();
    }
};

}  // namespace tenthrule::comparison
