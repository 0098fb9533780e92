#include "bench/effectiveness/work_stealing_queue.hpp"

#include <array>
#include <optional>

#include "library/atomic.hpp"
#include "library/check.hpp"
#include "library/mutex.hpp"
#include "library/thread.hpp"

namespace tenthrule::effectiveness {

namespace {

constexpr std::size_t items_count = 4;
constexpr int steals = 2;
constexpr std::size_t slots_max = 8;

// Numbers of items. Head and tail are read and written by read-modify-writes.
class queue {
public:
    // By the owner only.
    void push(int item) {
        const long tail = read(tail_);
        if (tail < read(head_) + mask_ + 1) {  // the bug: without the 1 it would be right
            set(tail, item);
            tail_.exchange(tail + 1);
        } else {
            push_locked(item);
        }
    }

    // By the owner only.
    std::optional<int> pop() {
        const long last = read(tail_) - 1;
        tail_.exchange(last);
        if (read(head_) <= last) {
            return get(last);
        }
        tail_.exchange(last + 1);
        return pop_locked();
    }

    std::optional<int> steal() {
        const std::lock_guard held(lock_);
        const long first = read(head_);
        head_.exchange(first + 1);
        if (first < read(tail_)) {
            return get(first);
        }
        head_.exchange(first);
        return std::nullopt;
    }

private:
    static long read(atomic<long>& from) {
        long value = 0;
        from.compare_exchange_strong(value, 0);
        return value;
    }
    // Slots are plain memory that is accessed without a lock.
    int get(long number) {
        return slots_.at(static_cast<std::size_t>(number & mask_)).load(memory_order_relaxed);
    }
    void set(long number, int item) {
        slots_.at(static_cast<std::size_t>(number & mask_)).store(item, memory_order_relaxed);
    }

    std::optional<int> pop_locked() {
        const std::lock_guard held(lock_);
        const long last = read(tail_) - 1;
        tail_.exchange(last);
        if (read(head_) <= last) {
            return get(last);
        }
        tail_.exchange(last + 1);
        return std::nullopt;
    }

    // Moves the items to the beginning, to twice as many slots if they are full.
    void push_locked(int item) {
        const std::lock_guard held(lock_);
        const long first = read(head_);
        const long count = read(tail_) - first;
        if (count >= mask_) {
            std::array<int, slots_max> kept{};
            for (long i = 0; i < count; ++i) {
                kept.at(static_cast<std::size_t>(i)) = get(first + i);
            }
            mask_ = 2 * mask_ + 1;
            for (long i = 0; i < count; ++i) {
                set(i, kept.at(static_cast<std::size_t>(i)));
            }
            head_.exchange(0);
            tail_.exchange(count);
        }
        const long tail = read(tail_);
        set(tail, item);
        tail_.exchange(tail + 1);
    }

    atomic<long> head_{0};
    atomic<long> tail_{0};
    long mask_ = 1;
    std::array<atomic<int>, slots_max> slots_;
    mutex lock_;
};

}  // namespace

void work_stealing_queue() {
    queue q;
    std::array<int, items_count> taken{};
    const auto take = [&taken](std::optional<int> item) {
        if (item) ++taken.at(static_cast<std::size_t>(*item));
    };
    thread thief([&] {
        for (int i = 0; i < steals; ++i) {
            take(q.steal());
        }
    });
    for (int i = 0; i < static_cast<int>(items_count); i += 2) {
        q.push(i);
        q.push(i + 1);
        take(q.pop());
    }
    for (std::size_t i = 0; i < items_count / 2; ++i) {
        take(q.pop());
    }
    thief.join();
    for (const int times : taken) {
        check(times == 1, "an item was not taken once");
    }
}

}  // namespace tenthrule::effectiveness
