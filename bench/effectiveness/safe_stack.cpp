#include "bench/effectiveness/safe_stack.hpp"

#include <array>
#include <vector>

#include "library/atomic.hpp"
#include "library/check.hpp"
#include "library/thread.hpp"

namespace tenthrule::effectiveness {

namespace {

constexpr int cells = 3;
constexpr int threads_count = 3;
constexpr int rounds = 2;
constexpr int none = -1;

class stack_of_cells {
public:
    int pop() {
        for (;;) {
            if (count_.load() <= 1) {
                this_thread::yield();
                continue;
            }
            const int top = head_.load();
            const int next = link(top).exchange(none);
            if (next < 0) {
                this_thread::yield();
                continue;
            }
            int expected = top;
            if (head_.compare_exchange_strong(expected, next)) {
                count_.fetch_sub(1);
                return top;
            }
            link(top).exchange(next);
        }
    }

    void push(int cell) {
        int top = head_.load();
        do {
            link(cell).store(top);
        } while (!head_.compare_exchange_strong(top, cell));
        count_.fetch_add(1);
    }

private:
    atomic<int>& link(int cell) {
        return next_.at(static_cast<std::size_t>(cell));
    }

    std::array<atomic<int>, cells> next_{1, 2, none};
    atomic<int> head_{0};
    atomic<int> count_{cells};
};

}  // namespace

void safe_stack() {
    stack_of_cells stack;
    std::array<atomic<int>, cells> owner;
    std::vector<thread> threads;
    for (int id = 0; id < threads_count; ++id) {
        threads.emplace_back([&stack, &owner, id] {
            for (int i = 0; i < rounds; ++i) {
                const int cell = stack.pop();
                atomic<int>& mine = owner.at(static_cast<std::size_t>(cell));
                mine.store(id, memory_order_relaxed);
                check(mine.load(memory_order_relaxed) == id, "two owners of one cell");
                stack.push(cell);
            }
        });
    }
    for (thread& t : threads) {
        t.join();
    }
}

}  // namespace tenthrule::effectiveness
