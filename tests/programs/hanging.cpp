// A program with one test, which in some schedules never comes to an end.

#include "library/main.hpp"
#include "library/tenthrule.hpp"

namespace tr = tenthrule;

int main() {
    return tr::run_test("", [] {
        tr::atomic<int> turn(0, "turn");
        tr::thread a([&] { turn.store(1); });
        tr::thread b([&] {
            if (turn.load() == 0) {
                for (volatile bool go_on = true; go_on;) {}
            }
        });
        a.join();
        b.join();
    });
}
