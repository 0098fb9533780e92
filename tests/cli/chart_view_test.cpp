// How a chart is drawn: hand-made charts and, line for line, what has to become of them.

#include "cli/chart_view.hpp"

#include <sstream>

#include <doctest/doctest.h>

#include "cli/text.hpp"

using namespace tenthrule;       // NOLINT(google-build-using-namespace)
using namespace tenthrule::cli;  // NOLINT(google-build-using-namespace)

namespace {

terminal ascii_terminal(unsigned width) {
    terminal t;
    t.ascii = true;
    t.width = width;
    return t;
}

class chart_builder {
public:
    explicit chart_builder(std::vector<chart_column> columns) {
        made_.columns = std::move(columns);
    }
    chart_row& row(std::uint32_t step, std::size_t column, int cpu, const char* text,
                   const char* state = "") {
        made_.rows.push_back({step, column, cpu, text, arrival_kind::stayed, false, false, state});
        return made_.rows.back();
    }
    const chart& made() const {
        return made_;
    }

private:
    chart made_;
};

// A waiter that times out while its lock is stolen: short, but with one of everything.
chart stolen_lock() {
    chart_builder c({{0, "waiter", "fifo 10"}, {1, "stealer", "fifo 30"}});
    c.row(0, 0, 0, "futex(LOCK_PI, lock, 5000 us)", "lock=owner");
    c.row(4, 0, 0, "lock := owner|WAITERS",
          "lock=owner|WAITERS; pi_state(lock)=owner; rt_mutex(lock)=owner <- waiter");
    c.row(9, 0, 0, "goes on");
    chart_row& arrival = c.row(11, 1, -1, "arrives");
    arrival.deviates = true;
    arrival.outside = true;
    arrival.came = arrival_kind::external;
    chart_row& steal = c.row(12, 1, 0, "futex(LOCK_PI, lock)");
    steal.came = arrival_kind::preempted;
    c.row(17, 1, 0, "steals lock from waiter",
          "lock=owner|WAITERS; pi_state(lock)=owner; rt_mutex(lock)=stealer <- waiter");
    chart_row& timer = c.row(1020, 0, 0, "timeout of lock_pi fires");
    timer.deviates = true;
    timer.outside = true;
    c.row(1021, 0, 0, "sleeper->task is NULL: timed out");
    c.row(1033, 0, 0, "futex(LOCK_PI, lock, 5000 us) -> ETIMEDOUT", "lock=owner|WAITERS");
    return c.made();
}

unsigned widest(const std::string& text) {
    unsigned width = 0;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        width = std::max(width, display_width(line));
    }
    return width;
}

}  // namespace

TEST_CASE("chart: at 120 columns") {
    CHECK("\n" + draw(stolen_lock(), "*** owner-on-return", ascii_terminal(120)) == R"(
    step  waiter                              stealer                                 state
          fifo 10                             fifo 30
          CPU 0                               CPU 0
   -----  ----------------------------------  --------------------------------------  --------------------------------
       0  futex(LOCK_PI, lock, 5000 us)                                               lock=owner
       4    lock := owner|WAITERS                                                     lock=owner|WAITERS
                                                                                      pi_state(lock)=owner
                                                                                      rt_mutex(lock)=owner <- waiter
       9    goes on
=>    11                                      <arrives>
      12                                      futex(LOCK_PI, lock) [preempts waiter]
      17                                        steals lock from waiter               rt_mutex(lock)=stealer <- waiter
=> 1,020  <timeout of lock_pi fires>
   1,021    sleeper->task is NULL: timed out
   1,033    returns ETIMEDOUT                                                         pi_state(lock) gone
                                                                                      rt_mutex(lock) gone
          *** owner-on-return
)");
}

TEST_CASE("chart: at 80 columns") {
    CHECK("\n" + draw(stolen_lock(), "*** owner-on-return", ascii_terminal(80)) == R"(
    step  waiter         stealer                    state
          fifo 10        fifo 30
          CPU 0          CPU 0
   -----  -------------  -------------------------  ----------------------------
       0  futex(LOCK_PI, lock, 5000 us)             lock=owner
       4    lock := owner|WAITERS                   lock=owner|WAITERS
                                                    pi_state(lock)=owner
                                                    rt_mutex(lock)=owner <-
                                                      waiter
       9    goes on
=>    11                 <arrives>
      12                 futex(LOCK_PI, lock)
                           [preempts waiter]
      17                   steals lock from waiter  rt_mutex(lock)=stealer <-
                                                      waiter
=> 1,020  <timeout of lock_pi fires>
   1,021    sleeper->task is NULL: timed out
   1,033    returns ETIMEDOUT                       pi_state(lock) gone
                                                    rt_mutex(lock) gone
          *** owner-on-return
)");
}

TEST_CASE("chart: where the state finds no room it stands below each turn") {
    CHECK("\n" + draw(stolen_lock(), "*** owner-on-return", ascii_terminal(56)) == R"(
    step  waiter            stealer
          fifo 10           fifo 30
          CPU 0             CPU 0
   -----  ----------------  ----------------------------
       0  futex(LOCK_PI, lock, 5000 us)
       4    lock := owner|WAITERS
       9    goes on
       | lock=owner|WAITERS; pi_state(lock)=owner;
         rt_mutex(lock)=owner <- waiter
=>    11                    <arrives>
      12                    futex(LOCK_PI, lock)
                              [preempts waiter]
      17                      steals lock from waiter
       | lock=owner|WAITERS; pi_state(lock)=owner;
         rt_mutex(lock)=stealer <- waiter
=> 1,020  <timeout of lock_pi fires>
   1,021    sleeper->task is NULL: timed out
   1,033    returns ETIMEDOUT
       | lock=owner|WAITERS
          *** owner-on-return
)");
}

TEST_CASE("chart: where the tasks find no room they share a column") {
    chart_builder c({{0, "first", "fifo 10"}, {1, "second", "fifo 10"}, {2, "third", ""}, {3, "fourth", ""}});
    c.row(3, 0, 0, "futex(WAKE, gate)", "gate=0");
    c.row(4, 0, 0, "futex(WAKE, gate) -> 0");
    c.row(7, 3, 1, "gate := 1", "gate=1");
    c.row(9, 2, 0, "futex(WAIT, gate)").deviates = true;
    c.row(12, 2, 0, "sleeps (sleeps on gate, for ever)", "gate=1; third at 30");
    c.row(15, 1, 2, "gate := 0", "gate=0");
    CHECK("\n" + draw(c.made(), "*** lost-wakeup", ascii_terminal(40)) == R"(
   step  task    what it does
   ----  ------  -----------------------
      3  first   futex(WAKE, gate)
      4  first     returns 0
      | gate=0
      7  fourth  gate := 1
      | gate=1
=>    9  third   futex(WAIT, gate)
     12  third     sleeps (sleeps on
                     gate, for ever)
      | gate=1; third at 30
     15  second  gate := 0
      | gate=0
                 *** lost-wakeup
)");
}

TEST_CASE("chart: UTF-8 only changes the lines") {
    terminal t = ascii_terminal(80);
    t.ascii = false;
    std::string drawn = draw(stolen_lock(), "", t);
    for (std::size_t at = drawn.find("─"); at != std::string::npos; at = drawn.find("─")) {
        drawn.replace(at, std::string("─").size(), "-");
    }
    CHECK(drawn == draw(stolen_lock(), "", ascii_terminal(80)));
}

TEST_CASE("chart: nothing is wider than the terminal, however many tasks there are") {
    for (unsigned tasks = 1; tasks <= 12; ++tasks) {
        std::vector<chart_column> columns;
        for (unsigned i = 0; i < tasks; ++i) {
            columns.push_back({static_cast<actor>(i), "a rather long name " + std::to_string(i), "fifo 10"});
        }
        chart_builder c(columns);
        for (unsigned i = 0; i < 3 * tasks; ++i) {
            c.row(i * 500, i % tasks, static_cast<int>(i % 2),
                  "futex(WAIT_REQUEUE_PI, condition, mutex, 5000 us)",
                  i % 2 == 0 ? "condition=1; mutex=0" : "condition=0; mutex=somebody_with_a_name|WAITERS");
        }
        for (unsigned width = width_min; width <= 160; width += 7) {
            CAPTURE(tasks);
            CAPTURE(width);
            CHECK(widest(draw(c.made(), "*** the end of it all", ascii_terminal(width))) <= width);
        }
    }
}

TEST_CASE("chart: an execution of which there is nothing to tell is an empty table") {
    CHECK_NOTHROW(draw(chart{}, "*** nothing", ascii_terminal(80)));
}

TEST_CASE("chart: names cannot steer the terminal") {
    chart_builder c({{0, "wai\x1b[31mter", ""}});
    c.row(0, 0, 0, "x\x1b]0;title\x07", "a\x1b=1");
    CHECK(draw(c.made(), "", ascii_terminal(80)).find('\x1b') == std::string::npos);
}
