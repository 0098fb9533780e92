#pragma once

#include <chrono>
#include <cstdint>

namespace tenthrule::crew {

/// How many executions a worker makes in a second, of late.
class rate_meter {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// Another worker, that has done none so far, takes its place. The rate stays until there is a new one.
    void begin(time_point now) {
        executions_ = 0;
        since_ = now;
    }
    /// It has done so many since its start.
    void note(std::uint64_t executions, time_point now) {
        const double seconds = std::chrono::duration<double>(now - since_).count();
        if (seconds >= 0.5) {
            rate_ = executions > executions_ ? static_cast<double>(executions - executions_) / seconds : 0;
            executions_ = executions;
            since_ = now;
        }
    }
    double rate() const {
        return rate_;
    }

private:
    std::uint64_t executions_ = 0;
    time_point since_;
    double rate_ = 0;
};

}  // namespace tenthrule::crew
