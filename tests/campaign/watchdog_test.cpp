#include "campaign/crew/watchdog.hpp"

#include <doctest/doctest.h>

#include "campaign/crew/rate_meter.hpp"

using namespace tenthrule::crew;
using namespace std::chrono_literals;

namespace {

using advice = watchdog::advice;

// A worker and its watchdog, with a clock that is turned by hand.
struct watched_worker {
    explicit watched_worker(const watchdog::limits& l) : dog(l, now) {}

    // What it advises at the end of such a time, if it looks every 20 ms.
    advice after(std::chrono::milliseconds time) {
        advice last = advice::leave;
        for (const auto end = now + time; now < end;) {
            now += 20ms;
            if (deprived) seen.not_let += 20ms;
            last = dog.look(seen, now);
            if (last == advice::kill_hanging || last == advice::kill_large) {
                return last;
            }
        }
        return last;
    }

    watchdog::time_point now{};
    watchdog dog;
    watchdog::sight seen;
    bool deprived = false;  ///< it waits for a core all the time
};

constexpr watchdog::limits ten_seconds{10s, 1'000, 60s};

}  // namespace

TEST_CASE("watchdog: a worker that does executions, or has nothing to do, is left alone") {
    watched_worker w(ten_seconds);
    CHECK(w.after(60s) == advice::leave);
    w.seen.order = 1;
    for (int i = 0; i < 20; ++i) {
        ++w.seen.executions;
        CHECK(w.after(9s) == advice::leave);
    }
}

TEST_CASE("watchdog: an execution that takes longer than the limit hangs") {
    watched_worker w(ten_seconds);
    w.seen.order = 1;
    w.seen.index = 4;
    CHECK(w.after(9'900ms) == advice::leave);
    CHECK(w.after(200ms) == advice::kill_hanging);
}

TEST_CASE("watchdog: a worker that is not let run does not hang, and does when it is let") {
    watched_worker w(ten_seconds);
    w.seen.order = 1;
    w.deprived = true;
    CHECK(w.after(120s) == advice::leave);
    w.deprived = false;
    CHECK(w.after(11s) == advice::kill_hanging);
}

TEST_CASE("watchdog: a stopped worker does not hang, and does when it goes on and nothing moves") {
    watched_worker w(ten_seconds);
    w.seen.order = 1;
    w.seen.stopped = true;
    CHECK(w.after(120s) == advice::leave);
    w.seen.stopped = false;
    CHECK(w.after(11s) == advice::kill_hanging);
}

TEST_CASE("watchdog: waiting for a core in one execution excuses no other") {
    watched_worker w(ten_seconds);
    w.seen.order = 1;
    w.deprived = true;
    CHECK(w.after(60s) == advice::leave);
    w.deprived = false;
    ++w.seen.index;
    CHECK(w.after(9s) == advice::leave);
    CHECK(w.after(2s) == advice::kill_hanging);
}

TEST_CASE("watchdog: shrinking is asked to end after its time, and taken for hanging long after that") {
    watched_worker w(ten_seconds);
    w.seen.order = 1;
    w.seen.shrinks = true;
    CHECK(w.after(59s) == advice::leave);
    CHECK(w.after(2s) == advice::ask_to_stop);
    CHECK(w.after(18s) == advice::ask_to_stop);
    CHECK(w.after(2s) == advice::kill_hanging);
}

TEST_CASE("watchdog: a worker above the limit is too large; without a limit none is") {
    watched_worker w(ten_seconds);
    w.seen.order = 1;
    w.seen.memory = 1'000;
    CHECK(w.after(20ms) == advice::leave);
    w.seen.memory = 1'001;
    CHECK(w.after(20ms) == advice::kill_large);
    watched_worker any({10s, 0, 60s});
    any.seen = w.seen;
    CHECK(any.after(20ms) == advice::leave);
}

TEST_CASE(
    "watchdog: a worker that does not begin with what it was told hangs, however long it was idle before") {
    watched_worker w(ten_seconds);
    CHECK(w.after(600s) == advice::leave);
    w.seen.told = true;
    CHECK(w.after(59s) == advice::leave);
    CHECK(w.after(2s) == advice::kill_hanging);
    // Nor does it matter what it is that it was told.
    w.dog.begin(w.now);
    w.seen.shrinks = true;
    CHECK(w.after(59s) == advice::leave);
    CHECK(w.after(2s) == advice::kill_hanging);
    // One that begins is measured by what it does.
    w.dog.begin(w.now);
    w.seen.shrinks = false;
    CHECK(w.after(50s) == advice::leave);
    w.seen.order = 1;
    CHECK(w.after(9s) == advice::leave);
    CHECK(w.after(2s) == advice::kill_hanging);
}

TEST_CASE("watchdog: another worker in the same place starts anew") {
    watched_worker w(ten_seconds);
    w.seen.order = 1;
    CHECK(w.after(9s) == advice::leave);
    w.dog.begin(w.now);
    CHECK(w.after(9s) == advice::leave);
}

TEST_CASE("rate meter: the rate is that of the last half second at least, and survives a new worker") {
    watchdog::time_point now{};
    rate_meter m;
    m.begin(now);
    m.note(100, now += 400ms);
    CHECK(m.rate() == 0);
    m.note(300, now += 600ms);
    CHECK(m.rate() == doctest::Approx(300));
    m.begin(now);
    CHECK(m.rate() == doctest::Approx(300));
    m.note(0, now += 1s);
    CHECK(m.rate() == 0);
}
