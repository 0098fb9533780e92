#pragma once

/// How a running campaign is shown: as a picture that is drawn again and again on a terminal, or as a line
/// now and then.

#include <chrono>
#include <cstdio>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "campaign/crew/coordinator.hpp"
#include "campaign/report/baseline.hpp"
#include "cli/terminal.hpp"

namespace tenthrule::cli {

/// The picture: at most `height` lines, none wider than the terminal.
std::vector<std::string> dashboard_lines(const std::string& name, const crew::crew_progress& p,
                                         const baseline& known, unsigned height, const terminal& where);

/// The line.
std::string campaign_line(const crew::crew_progress& p, const baseline& known);

class dashboard {
public:
    static constexpr std::chrono::seconds plain_interval{30};

    /// `wishes`: what the person wants of terminals. With `quiet` nothing is shown.
    dashboard(std::FILE* out, std::string name, baseline known, const terminal_wishes& wishes, bool quiet);
    dashboard(const dashboard&) = delete;
    dashboard& operator=(const dashboard&) = delete;
    ~dashboard() {
        clear();
    }

    /// Draws what fits into the terminal as it is now.
    void show(const crew::crew_progress& p);
    /// Something that stays.
    void note(const std::string& words);
    /// Makes way for other output.
    void clear();

private:
    void announce_findings(const crew::crew_progress& p);

    std::FILE* out_;
    std::string name_;
    baseline known_;
    terminal_wishes wishes_;
    bool quiet_;
    std::size_t lines_ = 0;  ///< on the terminal now
    unsigned width_ = 0;     ///< when they were drawn
    unsigned height_ = 0;
    std::set<std::pair<std::string, std::string>> seen_;
    bool first_ = true;
    std::chrono::steady_clock::time_point next_plain_;
};

}  // namespace tenthrule::cli
