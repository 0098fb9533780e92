#pragma once

/// One line on a terminal that is rewritten in place while something long goes on. Where there is no
/// terminal it becomes a plain line now and then, so that a CI log shows that the run is alive.

#include <chrono>
#include <cstdio>
#include <string>

#include "cli/terminal.hpp"

namespace tenthrule::cli {

class live_line {
public:
    /// `out` is not closed. Without a person looking, at most one line every `plain_interval`.
    live_line(std::FILE* out, const terminal& where);
    live_line(const live_line&) = delete;
    live_line& operator=(const live_line&) = delete;
    ~live_line() {
        clear();
    }

    /// True when a line is due: asking costs less than making it.
    bool due() const;
    void show(const std::string& text);
    /// Makes way for other output. The next `show` is due at once.
    void clear();

    static constexpr std::chrono::milliseconds live_interval{100};
    static constexpr std::chrono::seconds plain_interval{30};

private:
    using clock = std::chrono::steady_clock;

    std::FILE* out_;
    terminal where_;
    bool shown_ = false;
    clock::time_point next_;
};

}  // namespace tenthrule::cli
