// A program of doctest's, for campaigns to run.

#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <cstdlib>

#include "library/doctest.hpp"
#include "library/tenthrule.hpp"

namespace tr = tenthrule;

// A campaign has no business with it.
TEST_CASE("an ordinary test that must not run") {
    std::abort();
}

TENTHRULE_TEST_CASE("a lock that is forgotten", .spurious_failures_max = 0) {
    tr::mutex lock("lock");
    tr::atomic<int> turn(0, "turn");
    tr::thread t([&] {
        lock.lock();
        if (turn.load() == 0) {
            lock.unlock();
        }
    });
    turn.store(1);
    t.join();
    lock.lock();
    lock.unlock();
}

TENTHRULE_TEST_CASE("a lock that is kept") {
    tr::mutex lock("lock");
    tr::thread t([&] {
        lock.lock();
        lock.unlock();
    });
    lock.lock();
    lock.unlock();
    t.join();
}
