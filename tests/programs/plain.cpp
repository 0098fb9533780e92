// A program without a test framework, for campaigns to run: tests that fail, crash, leak and are right.

#include <csignal>
#include <functional>
#include <string_view>

#include "library/campaign_part.hpp"
#include "library/main.hpp"
#include "library/tenthrule.hpp"

namespace tr = tenthrule;

namespace {

// Two threads add to a counter. `atomically` or not; in the latter case something may happen.
void add_twice(bool atomically, void (*if_lost)()) {
    tr::atomic<int> counter(0, "counter");
    const auto add = [&] {
        if (atomically) {
            counter.fetch_add(1);
        } else {
            counter.store(counter.load() + 1);
        }
    };
    tr::thread a(add);
    tr::thread b(add);
    a.join();
    b.join();
    if (counter.load() != 2) {
        if_lost();
    }
}

void race() {
    tr::var<int> data(0, "data");
    tr::thread a([&] { data.set(1); });
    tr::thread b([&] { data.set(2); });
    a.join();
    b.join();
}

// Its address is forgotten.
void forget() {
    int* volatile last = new int(1);
    (void)last;
}

// Whoever handles the signal otherwise.
void die() {
    std::signal(SIGSEGV, SIG_DFL);  // NOLINT(cert-err33-c)
    std::raise(SIGSEGV);            // NOLINT(cert-err33-c)
}

}  // namespace

// Without an argument: all tests, in a campaign; those that do not end the program, for a person.
int main(int argc, char** argv) {
    const std::string_view which = argc > 1 ? argv[1] : "";
    const bool all = tr::in_campaign();
    int status = 0;
    const auto run = [&](const char* name, bool by_default, const std::function<void()>& test) {
        if (all || which == name || (which.empty() && by_default)) {
            status |= tr::run_test(name, test);
        }
    };
    run("lost update", true, [] { add_twice(false, [] { tr::check(false, "an update is lost"); }); });
    run("right", true, [] { add_twice(true, [] { tr::check(false, "an update is lost"); }); });
    run("race, on data", true, race);
    run("leak", true, [] { add_twice(false, forget); });
    run("crash", false, [] { add_twice(false, die); });
    return status;
}
