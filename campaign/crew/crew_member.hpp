#pragma once

/// A place for a worker: the process that has it now, what that was ordered to do, and how it is watched.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "campaign/crew/messages.hpp"
#include "campaign/crew/rate_meter.hpp"
#include "campaign/crew/shrink_queue.hpp"
#include "campaign/crew/watchdog.hpp"
#include "campaign/crew/work_ledger.hpp"
#include "campaign/crew/worker_process.hpp"

namespace tenthrule::crew {

struct search_job {
    piece of;
    double expected = 0;     ///< seconds
    bool by_bandit = false;  ///< it is the bandit's turn that this came from
};
struct canary_job {};
using shrink_job = shrink_task;

/// What a worker was told to do.
struct assignment {
    std::uint64_t number = 0;  ///< of the order
    std::variant<search_job, canary_job, shrink_job> what;
};

/// How a worker came to its end.
struct death {
    std::string cause;              ///< "signal 11 (SIGSEGV)", "exit status 1", "hang", "memory"
    bool from_outside = false;      ///< somebody killed it who is none of us
    std::uint64_t doing = 0;        ///< number of the order that it was doing; 0: none
    std::uint64_t index = 0;        ///< of the execution that it was in, plus one; 0: none
    double seconds = 0;             ///< that it had been doing it
    schedule decisions;             ///< of that execution, if the order was a careful one
    std::deque<assignment> orders;  ///< all that it had not reported, in their order
};

/// Thread safety: none.
class crew_member {
public:
    using time_point = watchdog::time_point;

    /// `core`: its own; negative: any.
    crew_member(int core, const watchdog::limits& limits);

    /// Starts a process. Throws std::system_error.
    void start(const std::vector<std::string>& command);
    /// REQUIRES: start.
    void order(const work_order& o, assignment a);
    const std::deque<assignment>& orders() const {
        return orders_;
    }
    bool idle() const {
        return orders_.empty();
    }
    /// What a report with this number is about; nothing if it is not what comes next.
    std::optional<assignment> finish(std::uint64_t number);

    /// Between start and bury.
    bool alive() const {
        return alive_;
    }
    int socket() const {
        return process_->talk().fd();
    }
    /// Reads what has come. False: the process has ended, or is about to; see `bury`.
    bool listen() {
        return process_->talk().read_available();
    }
    std::optional<work_report> next_report();
    /// Waits for the end of the process.
    death bury();

    /// Asks the process to report what it has.
    void ask_to_stop() {
        process_->page()->stop = true;
    }
    void allow_to_go_on() {
        process_->page()->stop = false;
    }
    /// Kills the process if it hangs or is too large; `bury` says so then. `weigh`: look at its memory.
    void watch(time_point now, bool weigh);

    void measure(time_point now) {
        rate_.note(process_->page()->executions.load(), now);
    }
    double rate() const {
        return rate_.rate();
    }
    /// "search", "shrink", "idle"
    const char* doing() const;
    bool was_killed() const {
        return !killed_for_.empty();
    }
    pid_t pid() const {
        return process_->pid();
    }
    std::uint64_t executions() const {
        return watchdog_.executions();
    }
    std::uint32_t restarts() const {
        return restarts_;
    }
    /// Processes in a row that ended before they did anything.
    unsigned failed_starts() const {
        return failed_starts_;
    }

private:
    int core_;
    std::unique_ptr<worker_process> process_;
    bool alive_ = false;
    std::deque<assignment> orders_;
    watchdog watchdog_;
    rate_meter rate_;
    std::string killed_for_;  ///< "hang", "memory"; empty: not by us
    std::uint32_t restarts_ = 0;
    unsigned failed_starts_ = 0;
};

}  // namespace tenthrule::crew
