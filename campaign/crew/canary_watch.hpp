#pragma once

/// How far the search for the canary's failure is. One batch at a time, until it is found, or it should have
/// been, or it cannot be looked for. Thread safety: none.

#include <algorithm>
#include <cstdint>
#include <string>

#include "campaign/store/records.hpp"

namespace tenthrule::crew {

class canary_watch {
public:
    static constexpr std::uint64_t executions_max = 50'000;
    static constexpr std::uint64_t batch = 1'024;
    static constexpr unsigned deaths_max = 3;

    canary_watch() = default;
    explicit canary_watch(std::string name) : exists_(true) {
        state_.name = std::move(name);
    }

    bool exists() const {
        return exists_;
    }
    const canary_state& state() const {
        return state_;
    }
    /// Whether the session has come to know anything of it.
    bool was_tried() const {
        return next_ != 0;
    }

    bool is_due() const {
        return exists_ && !state_.found && !ordered_ && !hopeless_ && next_ < executions_max;
    }
    /// Gives the first execution of the next batch. REQUIRES: is_due().
    std::uint64_t order() {
        ordered_ = true;
        return next_;
    }
    void reported(std::uint64_t executions, bool found, bool problem, double seconds) {
        ordered_ = false;
        state_.seconds += seconds;
        next_ += std::max<std::uint64_t>(1, executions);
        state_.found = found;
        hopeless_ = problem;
    }
    /// Its worker ended. `culprit`: while it was doing it, and not because somebody killed it.
    void worker_ended(bool culprit) {
        ordered_ = false;
        hopeless_ = hopeless_ || (culprit && ++deaths_ == deaths_max);
    }

private:
    canary_state state_;
    bool exists_ = false;
    bool ordered_ = false;
    bool hopeless_ = false;
    unsigned deaths_ = 0;
    std::uint64_t next_ = 0;
};

}  // namespace tenthrule::crew
