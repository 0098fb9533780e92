#pragma once

/// Lock-free containers. Elements are numbered from 1, so that 0 can stand for none.

#include "tests/relacy/programs/words.hpp"

namespace tenthrule::comparison {

/// Treiber's stack of elements that are used again. Thread 0 pops one; thread 1 pops two and pushes the first
/// of them again. In the end each element is with one owner, or in the stack. `Tagged`: the head counts its
/// changes.
template <typename Api, bool Tagged>
struct treiber_stack {
    static constexpr unsigned threads = 2;
    static constexpr unsigned places = 3;  ///< 1 and 2 are elements
    std::array<atomic<Api, unsigned>, places> next{0U, 2U, 0U};
    atomic<Api, unsigned> head{1};
    std::array<var<Api, unsigned>, threads> kept{0U, 0U};

    void thread(unsigned me) {
        const unsigned first = pop();
        if (me == 0) {
            kept[0].set(first);
            return;
        }
        kept[1].set(pop());
        if (first != 0) push(first);
    }
    void after() {
        std::array<unsigned, places> owners{};
        ++owners[kept[0].get()];
        ++owners[kept[1].get()];
        unsigned steps = 0;
        for (unsigned at = element(head.load(seq_cst)); at != 0 && steps < places; ++steps) {
            ++owners[at];
            at = next[at].load(seq_cst);
        }
        Api::check(owners[1] == 1 && owners[2] == 1);
    }

private:
    static constexpr unsigned radix = 8;
    static unsigned element(unsigned word) {
        return word % radix;
    }
    static unsigned changed(unsigned word, unsigned to) {
        return Tagged ? (word / radix + 1) * radix + to : to;
    }
    unsigned pop() {
        unsigned top = head.load(acquire);
        while (element(top) != 0) {
            const unsigned below = next[element(top)].load(relaxed);
            if (head.compare_exchange_strong(top, changed(top, below), acq_rel, acquire)) break;
        }
        return element(top);
    }
    void push(unsigned mine) {
        unsigned top = head.load(acquire);
        do {
            next[mine].store(element(top), relaxed);
        } while (!head.compare_exchange_strong(top, changed(top, mine), acq_rel, acquire));
    }
};

/// The same stack with elements from the heap, that whoever pops one gives back. With one who pops that is
/// right; with two, one may look into what the other has given back. `Emptied`: the rest is given back, too.
template <typename Api, unsigned Poppers, bool Emptied>
struct stack_on_the_heap {
    static constexpr unsigned threads = 1 + Poppers;
    struct element {
        explicit element(unsigned with) : value(with) {}
        atomic<Api, element*> next{nullptr};
        var<Api, unsigned> value;
    };
    atomic<Api, element*> head{nullptr};

    void thread(unsigned me) {
        if (me == 0) {
            push(1);
            push(2);
        } else {
            pop();
        }
    }
    void after() {
        while (Emptied && pop()) {}
    }

private:
    void push(unsigned value) {
        element* const mine = Api::template make<element>(value);
        element* top = head.load(relaxed);
        do {
            mine->next.store(top, relaxed);
        } while (!head.compare_exchange_strong(top, mine, release, relaxed));
    }
    bool pop() {
        element* top = head.load(acquire);
        while (top != nullptr) {
            element* const below = top->next.load(relaxed);
            if (head.compare_exchange_strong(top, below, acquire, acquire)) {
                const unsigned value = top->value.get();
                Api::check(value == 1 || value == 2);
                Api::dispose(top);
                return true;
            }
        }
        return false;
    }
};

enum class linked_by : unsigned char { compare_exchange, store };

/// Michael and Scott's queue. Two threads put in one element each, a third takes out what it finds.
template <typename Api, linked_by By, memory_order Linking>
struct michael_scott_queue {
    static constexpr unsigned threads = 3;
    static constexpr unsigned places = 4;  ///< 1 is the dummy
    std::array<atomic<Api, unsigned>, places> next{0U, 0U, 0U, 0U};
    std::array<var<Api, unsigned>, places> value{0U, 0U, 0U, 0U};
    atomic<Api, unsigned> head{1};
    atomic<Api, unsigned> tail{1};
    var<Api, unsigned> taken{0};

    void thread(unsigned me) {
        if (me < 2) {
            enqueue(me + 2);
        } else {
            taken.set(dequeue());
        }
    }
    void after() {
        unsigned sum = taken.get();
        for (unsigned n = dequeue(); n != 0; n = dequeue()) {
            sum += n;
        }
        Api::check(sum == 20 + 30);
    }

private:
    void enqueue(unsigned mine) {
        value[mine].set(10 * mine);
        for (;;) {
            unsigned last = tail.load(acquire);
            unsigned behind = next[last].load(acquire);
            if (behind != 0) {
                tail.compare_exchange_strong(last, behind, release, relaxed);
                continue;
            }
            if (link(last, mine)) {
                tail.compare_exchange_strong(last, mine, release, relaxed);
                return;
            }
        }
    }
    bool link(unsigned last, unsigned mine) {
        if (By == linked_by::store) {
            next[last].store(mine, Linking);
            return true;
        }
        unsigned none = 0;
        return next[last].compare_exchange_strong(none, mine, Linking, relaxed);
    }
    unsigned dequeue() {
        for (;;) {
            unsigned first = head.load(acquire);
            unsigned last = tail.load(acquire);
            const unsigned second = next[first].load(acquire);
            if (second == 0) return 0;
            if (first == last) {
                tail.compare_exchange_strong(last, second, release, relaxed);
                continue;
            }
            const unsigned found = value[second].get();
            if (head.compare_exchange_strong(first, second, acq_rel, relaxed)) return found;
        }
    }
};

/// A ring of two places for one producer and one consumer; three elements pass.
template <typename Api, memory_order Put, memory_order Taken>
struct ring {
    static constexpr unsigned threads = 2;
    static constexpr unsigned size = 2;
    static constexpr unsigned elements = 3;
    std::array<var<Api, unsigned>, size> places{0U, 0U};
    atomic<Api, unsigned> put{0};
    atomic<Api, unsigned> taken{0};

    void thread(unsigned me) {
        for (unsigned n = 0; n < elements; ++n) {
            if (me == 0) {
                while (n - taken.load(acquire) == size) {
                    Api::yield();
                }
                places[n % size].set(n + 1);
                put.store(n + 1, Put);
            } else {
                while (put.load(acquire) == n) {
                    Api::yield();
                }
                Api::check(places[n % size].get() == n + 1);
                taken.store(n + 1, Taken);
            }
        }
    }
};

/// Chase and Lev's deque with the memory orders of Lê, Pop, Cohen and Zappa Nardelli, PPoPP 2013: an owner
/// who puts in two and takes two, and a thief. Nothing is got twice. `Fenced`: the fences between top and
/// bottom.
template <typename Api, bool Fenced>
struct work_stealing_deque {
    static constexpr unsigned threads = 2;
    static constexpr unsigned size = 2;
    std::array<atomic<Api, unsigned>, size> places{0U, 0U};
    atomic<Api, int> top{0};
    atomic<Api, int> bottom{0};
    std::array<atomic<Api, unsigned>, size + 1> got{0U, 0U, 0U};

    void thread(unsigned me) {
        if (me == 0) {
            push(1);
            push(2);
            got[take()].fetch_add(1, relaxed);
            got[take()].fetch_add(1, relaxed);
        } else {
            got[steal()].fetch_add(1, relaxed);
            got[steal()].fetch_add(1, relaxed);
        }
    }
    void after() {
        Api::check(got[1].load(relaxed) == 1 && got[2].load(relaxed) == 1);
    }

private:
    static void fence() {
        if (Fenced) Api::fence(seq_cst);
    }
    atomic<Api, unsigned>& place(int i) {
        return places[static_cast<unsigned>(i) % size];
    }
    void push(unsigned element) {
        const int b = bottom.load(relaxed);
        place(b).store(element, relaxed);
        Api::fence(release);
        bottom.store(b + 1, relaxed);
    }
    unsigned take() {
        const int b = bottom.load(relaxed) - 1;
        bottom.store(b, relaxed);
        fence();
        int t = top.load(relaxed);
        if (t > b) {
            bottom.store(b + 1, relaxed);
            return 0;
        }
        unsigned element = place(b).load(relaxed);
        if (t == b) {
            if (!top.compare_exchange_strong(t, t + 1, seq_cst, relaxed)) element = 0;
            bottom.store(b + 1, relaxed);
        }
        return element;
    }
    unsigned steal() {
        int t = top.load(acquire);
        fence();
        const int b = bottom.load(acquire);
        if (t >= b) return 0;
        const unsigned element = place(t).load(relaxed);
        return top.compare_exchange_strong(t, t + 1, seq_cst, relaxed) ? element : 0;
    }
};

}  // namespace tenthrule::comparison
