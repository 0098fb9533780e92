#pragma once

/// A place for a worker: the process that has it now, what that was ordered to do, and how it is watched.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "campaign/crew/foreman.hpp"
#include "campaign/crew/rate_meter.hpp"
#include "campaign/crew/watchdog.hpp"
#include "campaign/crew/worker_process.hpp"

namespace tenthrule::crew {

/// Thread safety: none.
class crew_member {
public:
    using time_point = watchdog::time_point;
    /// Processes in a row that may end before they do anything.
    static constexpr unsigned failed_starts_max = 4;

    /// `core`: its own; negative: any.
    crew_member(int core, const watchdog::limits& limits);

    /// Starts a process. Throws std::system_error.
    void start(const worker_command& command);
    /// Another one like that which has ended.
    void start_again() {
        start(command_);
    }
    /// Has it done by a process of that command. If that is not the one there is, this happens when
    /// everything before it is done. REQUIRES: start.
    void order(const worker_command& by, const work_order& o, assignment a);
    std::size_t orders() const {
        return orders_.size();
    }
    bool idle() const {
        return orders_.empty();
    }
    /// What it does now. REQUIRES: !idle().
    const assignment& current() const {
        return orders_.front().about;
    }
    /// Forgets what the process was not told yet: there will not be another one.
    void forget_unsent();

    /// Between its start and what `listen` and `next_report` find of its end: then `bury` it.
    bool alive() const {
        return alive_;
    }
    /// Likewise; but it may have ended without a sign on the socket.
    bool has_ended() const {
        return process_->has_ended();
    }
    int socket() const {
        return process_->talk().fd();
    }
    /// Reads what has come.
    void listen();
    struct finished_order {
        assignment about;
        work_report report;
    };
    /// What is done. The process is killed if what it says can be no report about what comes next.
    std::optional<finished_order> next_report();
    /// Waits for the end of the process. REQUIRES: !alive().
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
    /// What the process was started with.
    const worker_command& command() const {
        return command_;
    }

private:
    struct order_of_it {
        assignment about;
        worker_command by;
        std::string unsent;  ///< empty: it is sent
    };
    void send_what_can_be();
    bool is_told() const {
        return !orders_.empty() && orders_.front().unsent.empty();
    }
    void refuse(std::string why);
    std::optional<finished_order> finish(work_report r);

    int core_;
    worker_command command_;
    std::unique_ptr<worker_process> process_;
    bool alive_ = false;
    std::deque<order_of_it> orders_;
    watchdog watchdog_;
    rate_meter rate_;
    std::string killed_for_;  ///< "hang", "memory", what was wrong with a report; empty: not by us
    bool refused_ = false;    ///< it was for a report
    std::uint32_t restarts_ = 0;
    unsigned failed_starts_ = 0;
};

}  // namespace tenthrule::crew
