#pragma once

/// Algorithms that let one thread in at a time. What they protect is a var, so a mistake is a data race.

#include "tests/relacy/programs/words.hpp"

namespace tenthrule::comparison {

/// What a critical section does, and what must have come of it.
template <typename Api>
struct protected_counter {
    var<Api, unsigned> value{0};

    void increment() {
        value.set(value.get() + 1);
    }
    void must_be(unsigned n) {
        Api::check(value.get() == n);
    }
};

enum class peterson_with : unsigned char { strong_order, exchange, two_fences, one_fence, release_acquire };

template <typename Api, peterson_with With>
struct peterson {
    static constexpr unsigned threads = 2;
    std::array<atomic<Api, unsigned>, 2> wants{0U, 0U};
    atomic<Api, unsigned> turn{0};
    protected_counter<Api> inside;

    void thread(unsigned me) {
        const unsigned other = 1 - me;
        announce(me, other);
        const memory_order order = With == peterson_with::strong_order ? seq_cst : acquire;
        while (wants[other].load(order) == 1 && turn.load(order) == other) {
            Api::yield();
        }
        inside.increment();
        wants[me].store(0, With == peterson_with::strong_order ? seq_cst : release);
    }
    void after() {
        inside.must_be(2);
    }

private:
    void announce(unsigned me, unsigned other) {
        switch (With) {
            case peterson_with::strong_order:
                wants[me].store(1, seq_cst);
                turn.store(other, seq_cst);
                break;
            case peterson_with::exchange:
                wants[me].store(1, relaxed);
                turn.exchange(other, acq_rel);
                break;
            case peterson_with::two_fences:
                wants[me].store(1, relaxed);
                Api::fence(seq_cst);
                turn.store(other, relaxed);
                Api::fence(seq_cst);
                break;
            case peterson_with::one_fence:
                wants[me].store(1, relaxed);
                turn.store(other, relaxed);
                Api::fence(seq_cst);
                break;
            case peterson_with::release_acquire:
                wants[me].store(1, release);
                turn.store(other, release);
                break;
        }
    }
};

enum class dekker_with : unsigned char { strong_order, fences, release_acquire };

template <typename Api, dekker_with With>
struct dekker {
    static constexpr unsigned threads = 2;
    std::array<atomic<Api, unsigned>, 2> wants{0U, 0U};
    atomic<Api, unsigned> turn{0};
    protected_counter<Api> inside;

    static constexpr memory_order storing = With == dekker_with::strong_order ? seq_cst
                                            : With == dekker_with::fences     ? relaxed
                                                                              : release;
    static constexpr memory_order loading = With == dekker_with::strong_order ? seq_cst
                                            : With == dekker_with::fences     ? relaxed
                                                                              : acquire;

    void thread(unsigned me) {
        const unsigned other = 1 - me;
        want(me);
        while (wants[other].load(loading) == 1) {
            if (turn.load(loading) != me) {
                wants[me].store(0, storing);
                while (turn.load(loading) != me) {
                    Api::yield();
                }
                want(me);
            } else {
                Api::yield();
            }
        }
        fence_if_any(acquire);
        inside.increment();
        fence_if_any(release);
        turn.store(other, storing);
        wants[me].store(0, storing);
    }
    void after() {
        inside.must_be(2);
    }

private:
    void want(unsigned me) {
        wants[me].store(1, storing);
        fence_if_any(seq_cst);
    }
    static void fence_if_any(memory_order order) {
        if (With == dekker_with::fences) Api::fence(order);
    }
};

/// Lamport's bakery.
template <typename Api, memory_order Storing, memory_order Loading>
struct bakery {
    static constexpr unsigned threads = 2;
    std::array<atomic<Api, unsigned>, threads> choosing{0U, 0U};
    std::array<atomic<Api, unsigned>, threads> number{0U, 0U};
    protected_counter<Api> inside;

    void thread(unsigned me) {
        choosing[me].store(1, Storing);
        unsigned largest = 0;
        for (unsigned i = 0; i < threads; ++i) {
            const unsigned n = number[i].load(Loading);
            if (n > largest) largest = n;
        }
        const unsigned mine = largest + 1;
        number[me].store(mine, Storing);
        choosing[me].store(0, Storing);
        for (unsigned i = 0; i < threads; ++i) {
            if (i == me) continue;
            while (choosing[i].load(Loading) == 1) {
                Api::yield();
            }
            while (goes_first(i, me, mine)) {
                Api::yield();
            }
        }
        inside.increment();
        number[me].store(0, Storing);
    }
    void after() {
        inside.must_be(threads);
    }

private:
    bool goes_first(unsigned i, unsigned me, unsigned mine) {
        const unsigned n = number[i].load(Loading);
        return n != 0 && (n < mine || (n == mine && i < me));
    }
};

/// A test-and-set lock.
template <typename Api, memory_order Unlocking>
struct spinlock {
    static constexpr unsigned threads = 3;
    atomic<Api, unsigned> locked{0};
    protected_counter<Api> inside;

    void thread(unsigned /*me*/) {
        while (locked.exchange(1, acquire) == 1) {
            Api::yield();
        }
        inside.increment();
        locked.store(0, Unlocking);
    }
    void after() {
        inside.must_be(threads);
    }
};

enum class ticket_taken : unsigned char { in_one_step, in_two_steps };

template <typename Api, ticket_taken Taken, memory_order Unlocking>
struct ticket_lock {
    static constexpr unsigned threads = 2;
    atomic<Api, unsigned> next{0};
    atomic<Api, unsigned> serving{0};
    protected_counter<Api> inside;

    void thread(unsigned /*me*/) {
        const unsigned mine = take();
        while (serving.load(acquire) != mine) {
            Api::yield();
        }
        inside.increment();
        serving.store(mine + 1, Unlocking);
    }
    void after() {
        inside.must_be(threads);
    }

private:
    unsigned take() {
        if (Taken == ticket_taken::in_one_step) return next.fetch_add(1, relaxed);
        const unsigned mine = next.load(relaxed);
        next.store(mine + 1, relaxed);
        return mine;
    }
};

/// Spinning on an atomic: the number of readers, or `writing`.
template <typename Api, memory_order ReaderUnlocking>
struct readers_writer_lock {
    static constexpr unsigned threads = 3;
    static constexpr unsigned writing = 100;
    atomic<Api, unsigned> state{0};
    protected_counter<Api> inside;

    void thread(unsigned me) {
        if (me == 0) {
            write();
        } else {
            read();
        }
    }
    void after() {
        inside.must_be(1);
    }

private:
    void write() {
        unsigned free = 0;
        while (!state.compare_exchange_strong(free, writing, acquire, relaxed)) {
            free = 0;
            Api::yield();
        }
        inside.increment();
        state.store(0, release);
    }
    void read() {
        unsigned readers = state.load(relaxed);
        for (;;) {
            if (readers == writing) {
                Api::yield();
                readers = state.load(relaxed);
            } else if (state.compare_exchange_strong(readers, readers + 1, acquire, relaxed)) {
                break;
            }
        }
        Api::check(inside.value.get() <= 1);
        state.fetch_sub(1, ReaderUnlocking);
    }
};

/// A sense-reversing barrier. Each thread writes a place of its own, and behind the barrier reads another's;
/// and again.
template <typename Api, memory_order Arriving>
struct sense_barrier {
    static constexpr unsigned threads = 2;
    atomic<Api, unsigned> missing{threads};
    atomic<Api, unsigned> sense{0};
    std::array<var<Api, unsigned>, threads> places{0U, 0U};

    void thread(unsigned me) {
        for (unsigned round = 1; round <= 2; ++round) {
            places[me].set(round);
            arrive(2 * round - 1);
            Api::check(places[1 - me].get() == round);
            arrive(2 * round);
        }
    }

private:
    void arrive(unsigned mine) {
        if (missing.fetch_sub(1, Arriving) == 1) {
            missing.store(threads, relaxed);
            sense.store(mine, release);
            return;
        }
        while (sense.load(acquire) < mine) {
            Api::yield();
        }
    }
};

}  // namespace tenthrule::comparison
