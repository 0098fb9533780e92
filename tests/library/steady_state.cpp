// After the first executions a further one asks the heap for nothing, and every search is the same each time.

#include <cstdint>
#include <cstdlib>

#include <doctest/doctest.h>
#include <sys/resource.h>

#include "library/tenthrule.hpp"
#include "runtime/sanitizer.hpp"
#include "tests/support/effort.hpp"

namespace tr = tenthrule;

namespace {

std::uint64_t allocations = 0;

// Has a bit of everything, and allocates nothing itself.
void rich_test() {
    tr::mutex m;
    tr::condition_variable cv;
    tr::atomic<int> x(0);
    tr::var<int> data(0);
    tr::binary_semaphore s(0);
    bool ready = false;
    tr::thread a([&] {
        const std::lock_guard lock(m);
        data = data + 1;
        ready = true;
        cv.notify_one();
    });
    tr::thread b([&] {
        int seen = x.load();
        while (!x.compare_exchange_weak(seen, seen + 1)) {}
        (void)s.try_acquire_for(std::chrono::milliseconds(1));
    });
    {
        std::unique_lock lock(m);
        cv.wait(lock, [&] { return ready; });
    }
    s.release();
    x.fetch_add(1);
    a.join();
    b.join();
    tr::check(x.load() == 2 && data == 1);
}

[[maybe_unused]] std::uint64_t allocations_in(std::uint64_t executions) {
    const std::uint64_t before = allocations;
    const tr::exploration r = tr::explore(rich_test, {.strategy = "random", .executions_max = executions});
    REQUIRE(r.end == tr::exploration_end::passed);
    return allocations - before;
}

}  // namespace

// malloc itself is counted, because operator new is the library's and must stay it.
#if !defined(TENTHRULE_ASAN) && defined(__GLIBC__)
extern "C" {
void* __libc_malloc(std::size_t size);
void* malloc(std::size_t size) {
    ++allocations;
    return __libc_malloc(size);
}
}

TEST_CASE("steady state: an execution allocates nothing from the heap") {
    const std::uint64_t few = allocations_in(1'000);
    CHECK(few > 0);
    CHECK(allocations_in(3'000) == few);
}
#endif

TEST_CASE("steady state: ten million executions need no more memory than ten thousand") {
    const auto small = [] {
        tr::atomic<int> x(0);
        tr::thread t([&] { x.fetch_add(1); });
        x.fetch_add(1);
        t.join();
    };
    const auto most_so_far = [] {
        rusage used{};
        REQUIRE(getrusage(RUSAGE_SELF, &used) == 0);
        return used.ru_maxrss;  // kB
    };
    (void)tr::explore(small, {.strategy = "random", .executions_max = 10'000});
    const long before = most_so_far();
    const std::uint64_t many = tenthrule::test::repetitions(10'000'000);
    CHECK(tr::explore(small, {.strategy = "random", .executions_max = many}).executions == many);
    CHECK(most_so_far() - before < 512);
}

TEST_CASE("steady state: a search gives the same each time") {
    const auto test = [] {
        tr::atomic<int> x(0, "x");
        tr::thread t([&] { x.fetch_add(1); });
        tr::check(x.load() == 0 || tr::choose(3) != 2, "seen and chosen");
        t.join();
    };
    for (const char* strategy : {"pct:depth=3", "random", "dpor"}) {
        CAPTURE(strategy);
        const tr::exploration first = tr::explore(test, {.strategy = strategy});
        CHECK(first.end == tr::exploration_end::failed);
        CHECK(tr::explore(test, {.strategy = strategy}).report() == first.report());
    }
}
