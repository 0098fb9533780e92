// Double-checked locking: the first check needs an acquiring load, or the data behind the pointer is raced
// for.

#include <mutex>

#include "examples/show.hpp"

namespace {

namespace tr = tenthrule;

struct lazy {
    explicit lazy(tr::memory_order o) : order(o) {}

    tr::memory_order order;
    tr::atomic<bool> ready{false, "ready"};
    tr::mutex mutex{"mutex"};
    tr::var<int> value{0, "value"};

    int get() {
        if (!ready.load(order)) {
            const std::lock_guard lock(mutex);
            if (!ready.load(tr::memory_order_relaxed)) {
                value = 42;
                ready.store(true, tr::memory_order_release);
            }
        }
        return value;
    }
};

void two_users(tr::memory_order order) {
    lazy l(order);
    tr::thread t([&] { tr::check(l.get() == 42); });
    tr::check(l.get() == 42);
    t.join();
}

}  // namespace

int main() {
    example::show("double-checked locking, relaxed", [] { two_users(tr::memory_order_relaxed); });
    example::prove("double-checked locking, acquire", [] { two_users(tr::memory_order_acquire); });
}
