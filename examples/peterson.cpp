// Peterson's mutual exclusion. Under sequential consistency it works, in every schedule; with the turn given
// before the flag is raised it does not.

#include <array>

#include "examples/show.hpp"

namespace {

namespace tr = tenthrule;

void two_threads(bool flag_first) {
    std::array<tr::atomic<bool>, 2> wants;
    tr::atomic<int> turn(0, "turn");
    tr::var<int> inside(0, "critical section");
    const auto enter = [&](int me) {
        const int other = 1 - me;
        if (flag_first) {
            wants[static_cast<std::size_t>(me)].store(true);
            turn.store(other);
        } else {
            turn.store(other);
            wants[static_cast<std::size_t>(me)].store(true);
        }
        while (wants[static_cast<std::size_t>(other)].load() && turn.load() == other) {
            tr::this_thread::yield();
        }
        inside = inside + 1;
        wants[static_cast<std::size_t>(me)].store(false);
    };
    tr::thread a(enter, 0);
    tr::thread b(enter, 1);
    a.join();
    b.join();
    tr::check(inside == 2);
}

}  // namespace

int main() {
    example::prove("Peterson's algorithm", [] { two_threads(true); });
    example::show("Peterson's algorithm, turn before flag", [] { two_threads(false); });
}
