// Peterson's mutual exclusion. With sequentially consistent memory it works, in every schedule; with the turn
// given before the flag is raised it does not. With weak memory it needs two fences: one between the flag and
// the turn, and one before the other's flag is looked at.

#include <array>

#include "examples/show.hpp"

namespace {

namespace tr = tenthrule;

struct peterson {
    bool flag_first = true;
    tr::memory_order storing = tr::memory_order_seq_cst;
    tr::memory_order looking = tr::memory_order_seq_cst;
    bool fence_between = false;
    bool fence_behind = false;

    void operator()() const {
        std::array<tr::atomic<bool>, 2> wants;
        tr::atomic<int> turn(0, "turn");
        tr::var<int> inside(0, "critical section");
        const auto enter = [&](int me) {
            const int other = 1 - me;
            tr::atomic<bool>& mine = wants[static_cast<std::size_t>(me)];
            if (flag_first) mine.store(true, storing);
            if (fence_between) tr::atomic_thread_fence(tr::memory_order_seq_cst);
            turn.store(other, storing);
            if (!flag_first) mine.store(true, storing);
            if (fence_behind) tr::atomic_thread_fence(tr::memory_order_seq_cst);
            while (wants[static_cast<std::size_t>(other)].load(looking) && turn.load(looking) == other) {
                tr::this_thread::yield();
            }
            inside = inside + 1;
            mine.store(false, tr::memory_order_release);
        };
        tr::thread a(enter, 0);
        tr::thread b(enter, 1);
        a.join();
        b.join();
        tr::check(inside == 2);
    }
};

constexpr auto relaxed = tr::memory_order_relaxed;
constexpr auto acquire = tr::memory_order_acquire;

}  // namespace

int main() {
    using example::prove;
    using example::show;
    constexpr auto weak = tr::memory_model::weak;
    prove("Peterson's algorithm", peterson{});
    show("Peterson's algorithm, turn before flag", peterson{.flag_first = false});

    const peterson fences = {
        .storing = relaxed, .looking = acquire, .fence_between = true, .fence_behind = true};
    prove("Peterson's algorithm in weak memory, with both fences", fences, weak);
    show("Peterson's algorithm in weak memory, without fences",
         peterson{.storing = relaxed, .looking = acquire}, {.memory = weak});
    show("Peterson's algorithm in weak memory, with the second fence only",
         peterson{.storing = relaxed, .looking = acquire, .fence_behind = true}, {.memory = weak});
}
