#pragma once

/// When a worker is stuck or too large. It judges what it is told and does nothing itself.
///
/// An execution hangs if nothing has moved for longer than the limit, and so does a worker that does not
/// begin with what it was told. What does not count, after a quarter of the smaller limit, is time in which
/// the worker could have run but was not let: on a loaded machine, or while it is stopped by a signal.
///
/// Thread safety: none.

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace tenthrule::crew {

class watchdog {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::nanoseconds;

    struct limits {
        duration hang = std::chrono::seconds(10);
        std::uint64_t memory = 0;  ///< bytes; 0: no limit
        duration shrink = std::chrono::seconds(60);
        duration start = std::chrono::minutes(1);  ///< until it begins with an order
    };

    /// What can be seen of a worker.
    struct sight {
        bool told = false;             ///< an order that it has not reported about
        std::uint64_t order = 0;       ///< number of the order that it does; 0: none
        std::uint64_t executions = 0;  ///< done since its start
        std::uint64_t index = 0;       ///< of the execution that it is in
        bool shrinks = false;          ///< the order is one to shrink: it says less often how far it is
        std::uint64_t memory = 0;      ///< bytes; 0: not looked at
        // Only looked at when the watchdog is_curious:
        duration not_let{0};   ///< how long since its start it has waited for a core; 0: unknown
        bool stopped = false;  ///< by a signal
    };

    enum class advice : std::uint8_t {
        leave,
        ask_to_stop,  ///< it has shrunk for long enough
        kill_hanging,
        kill_large,
    };

    watchdog(const limits& l, time_point now) : limits_(l) {
        begin(now);
    }

    /// Another worker takes its place.
    void begin(time_point now) {
        seen_ = {};
        last_change_ = order_since_ = last_look_ = now;
        was_curious_ = false;
    }
    advice look(const sight& s, time_point now);

    /// Whether nothing has moved for so long that it is worth finding out `not_let` and `stopped`.
    bool is_curious(time_point now) const {
        return now - last_change_ > std::min(limits_.hang, limits_.start) / 4;
    }
    time_point order_since() const {
        return order_since_;
    }
    std::uint64_t executions() const {
        return seen_.executions;
    }

private:
    limits limits_;
    sight seen_;
    time_point last_change_;
    time_point order_since_;
    time_point last_look_;
    bool was_curious_ = false;
    duration not_let_then_{0};  ///< when it became curious
    duration excused_{0};       ///< by being stopped, since the last change
};

}  // namespace tenthrule::crew
