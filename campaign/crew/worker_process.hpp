#pragma once

/// The coordinator's end of a worker, or of a program that is asked something.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "worker/channel.hpp"
#include "worker/shared_page.hpp"

namespace tenthrule::crew {

struct worker_command {
    std::vector<std::string> words;  ///< the program's path and its arguments
    std::string invitation;          ///< see invitation.hpp; empty: none
    friend bool operator==(const worker_command&, const worker_command&) = default;
};

/// Thread safety: none.
class worker_process {
public:
    /// How long `wait` lets go on what should be at its end.
    static constexpr std::chrono::seconds patience{1};

    /// Starts one. It runs on core `core` only, if that is not negative, ignores SIGINT and SIGTERM, and is
    /// killed when the thread that called this ends. Throws std::system_error.
    worker_process(const worker_command& command, int core);
    worker_process(const worker_process&) = delete;
    worker_process& operator=(const worker_process&) = delete;
    /// Kills it, and waits for its end.
    ~worker_process();

    pid_t pid() const {
        return pid_;
    }
    shared_page& page() {
        return page_;
    }
    channel& talk() {
        return *channel_;
    }
    void kill() const;
    /// Whether it has ended. Its end of the socket may be open yet, if it has descendants.
    bool has_ended() const;
    /// Waits for its end: "signal 11 (SIGSEGV)", "exit status 1". One that goes on for longer than `patience`
    /// has only closed its end of the socket: it is killed, and "closed its connection". REQUIRES: called
    /// once.
    std::string wait();
    /// Whether what `wait` saw was a signal.
    bool was_signalled() const {
        return signalled_;
    }
    /// Whether it was a SIGKILL, and not that of `wait`.
    bool was_killed() const {
        return killed_;
    }
    /// In memory now; 0: unknown.
    std::uint64_t resident_bytes() const;
    /// How long since its start it could have run, but had no core; 0: unknown.
    std::chrono::nanoseconds waited_for_a_core() const;
    /// Whether a signal such as SIGSTOP keeps it from running.
    bool is_stopped() const;

private:
    shared_page page_;
    std::unique_ptr<channel> channel_;
    pid_t pid_ = -1;
    bool ended_ = false;
    bool signalled_ = false;
    bool killed_ = false;
};

/// The cores that this process may run on.
std::vector<int> available_cores();

}  // namespace tenthrule::crew
