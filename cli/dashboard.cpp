#include "cli/dashboard.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <sys/ioctl.h>

#include "cli/duration.hpp"
#include "cli/sparkline.hpp"
#include "cli/text.hpp"
#include "worker/coverage/coverage.hpp"

namespace tenthrule::cli {

namespace {

using crew::crew_progress;

struct finding_counts {
    std::size_t fresh = 0;
    std::size_t known = 0;
};

finding_counts count_findings(const crew_progress& p, const baseline& known) {
    finding_counts n;
    for (const crew_progress::finding& f : p.findings) {
        ++(known.knows(f.scenario, f.identity) ? n.known : n.fresh);
    }
    return n;
}

std::string canary_words(const crew_progress& p) {
    if (!p.has_canary) {
        return "no canary";
    }
    return p.canary.found ? "canary found" : "canary not found yet";
}

std::string left_words(const crew_progress& p) {
    return p.seconds_left < 0 ? "" : fmt::format(", {} left", format_clock(seconds(p.seconds_left)));
}

unsigned window_height(std::FILE* out) {
    winsize size{};
    return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_row != 0 ? size.ws_row : 24;
}

// Good-Turing of the whole campaign: of its scenarios', weighted by their executions.
double unseen_share(const crew_progress& p) {
    double sum = 0;
    double executions = 0;
    for (const crew_progress::scenario& s : p.scenarios) {
        sum += s.good_turing * static_cast<double>(s.executions);
        executions += static_cast<double>(s.executions);
    }
    return executions > 0 ? sum / executions : 1;
}

std::vector<double> curve(const crew_progress& p) {
    std::vector<double> values;
    for (const growth_sample& g : p.growth) {
        values.push_back(static_cast<double>(g.classes + g.pairs + g.states));
    }
    return values;
}

std::string workers_words(const crew_progress& p) {
    std::string words;
    for (std::size_t i = 0; i < p.workers.size(); ++i) {
        const crew_progress::worker& w = p.workers[i];
        words += fmt::format("{}{}/s {}{}", i == 0 ? "" : "   ", scaled(w.rate), w.doing,
                             w.restarts == 0 ? "" : fmt::format(" ({})", counted(w.restarts, "restart")));
    }
    return words;
}

std::string scenario_row(const crew_progress::scenario& s, unsigned name_width) {
    return fmt::format("{}  {:>14}  {:>10}  {:>7}  {:>8}", pad(s.name, name_width), thousands(s.executions),
                       thousands(s.classes),
                       s.executions == 0 ? "" : fmt::format("{:.1f} %", 100 * s.good_turing),
                       s.findings == 0 ? "" : thousands(s.findings));
}

}  // namespace

std::vector<std::string> dashboard_lines(const std::string& name, const crew_progress& p,
                                         const baseline& known, unsigned height, const terminal& where) {
    struct line {
        std::string text;
        ink kind = ink::plain;
    };
    std::vector<line> lines;
    const finding_counts n = count_findings(p, known);
    lines.push_back(
        {fmt::format("campaign {}   {} gone{}", name, format_clock(seconds(p.seconds)), left_words(p)),
         ink::heading});
    lines.push_back({fmt::format("executions  {}   {}/s   {}", thousands(p.executions), scaled(p.rate),
                                 counted(p.workers.size(), "worker"))});
    lines.push_back({"workers     " + workers_words(p)});
    lines.push_back(
        {fmt::format("coverage    {} classes, {} pairs, {} states   {}", thousands(p.now.classes),
                     thousands(p.now.pairs), thousands(p.now.states), sparkline(curve(p), 40, where.ascii))});
    lines.push_back({fmt::format("unseen      {:.2g} % of executions are of a new class (Good-Turing)",
                                 100 * unseen_share(p))});
    lines.push_back({fmt::format("findings    {} new, {} known   {}", n.fresh, n.known, canary_words(p)),
                     n.fresh != 0 ? ink::bad : ink::plain});
    if (!p.trouble.empty()) {
        lines.push_back({"waiting     " + p.trouble, ink::bad});
    }
    std::vector<crew_progress::scenario> rows = p.scenarios;
    // What has findings, then what shows the most that is new.
    std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
        return a.findings != b.findings ? a.findings > b.findings : a.good_turing > b.good_turing;
    });
    unsigned name_width = 8;
    for (const crew_progress::scenario& s : rows) {
        name_width = std::max(name_width, std::min(40U, display_width(s.name)));
    }
    if (lines.size() + 3 <= height) {
        lines.push_back({});
        lines.push_back({fmt::format("{}  {:>14}  {:>10}  {:>7}  {:>8}", pad("scenario", name_width),
                                     "executions", "classes", "unseen", "findings"),
                         ink::heading});
        const std::size_t room = height - lines.size();
        const bool all = rows.size() <= room;
        const std::size_t shown = all ? rows.size() : room - 1;
        for (std::size_t i = 0; i < shown; ++i) {
            lines.push_back({scenario_row(rows[i], name_width)});
        }
        if (!all) {
            lines.push_back(
                {fmt::format("and {}", counted(rows.size() - shown, "more scenario")), ink::faint});
        }
    }
    std::vector<std::string> drawn;
    for (const line& l : lines) {
        if (drawn.size() < height) {
            // One column is left free: some terminals wrap as soon as the last one is written.
            const std::string text = wrap(printable(l.text, where.ascii), where.width - 1).front();
            drawn.push_back(where.paint(l.kind, text));
        }
    }
    return drawn;
}

std::string campaign_line(const crew_progress& p, const baseline& known) {
    const finding_counts n = count_findings(p, known);
    return fmt::format("{}: {} ({}/s), {} classes, {} pairs, {} states; findings: {} new, {} known; {}{}{}",
                       format_clock(seconds(p.seconds)), counted(p.executions, "execution"), scaled(p.rate),
                       thousands(p.now.classes), thousands(p.now.pairs), thousands(p.now.states), n.fresh,
                       n.known, canary_words(p), left_words(p),
                       p.trouble.empty() ? "" : "; waiting: " + p.trouble);
}

dashboard::dashboard(std::FILE* out, std::string name, baseline known, const terminal_wishes& wishes,
                     bool quiet)
    : out_(out),
      name_(std::move(name)),
      known_(std::move(known)),
      wishes_(wishes),
      quiet_(quiet),
      next_plain_(std::chrono::steady_clock::now() + plain_interval) {}

void dashboard::announce_findings(const crew_progress& p) {
    for (const crew_progress::finding& f : p.findings) {
        // Those of earlier sessions are no news.
        if (seen_.emplace(f.scenario, f.identity).second && !first_) {
            note(fmt::format("found{}: {} in {}: {}", known_.knows(f.scenario, f.identity) ? " (known)" : "",
                             f.rule, f.scenario, f.identity));
        }
    }
    first_ = false;
}

void dashboard::show(const crew_progress& p) {
    if (quiet_) {
        return;
    }
    announce_findings(p);
    // Looked at each time: that is all that a changed window needs.
    const terminal where = look_at(fileno(out_), wishes_);
    if (!where.interactive) {
        const auto now = std::chrono::steady_clock::now();
        if (now >= next_plain_) {
            next_plain_ = now + plain_interval;
            fmt::print(out_, "{}\n", printable(campaign_line(p, known_), where.ascii));
            std::fflush(out_);
        }
        return;
    }
    const unsigned height = window_height(out_);
    if (lines_ != 0 && (where.width != width_ || height != height_)) {
        // Lines may have been wrapped anew: nobody knows where they are.
        fmt::print(out_, "\033[2J\033[H");
        lines_ = 0;
    }
    width_ = where.width;
    height_ = height;
    const std::vector<std::string> lines = dashboard_lines(name_, p, known_, std::max(2U, height) - 1, where);
    std::string text = lines_ == 0 ? "" : fmt::format("\033[{}A", lines_);
    for (const std::string& line : lines) {
        text += "\r\033[K" + line + "\n";
    }
    text += "\033[J";
    fmt::print(out_, "{}", text);
    std::fflush(out_);
    lines_ = lines.size();
}

void dashboard::note(const std::string& words) {
    clear();
    if (!quiet_) {
        const terminal where = look_at(fileno(out_), wishes_);
        fmt::print(out_, "{}\n", printable(words, where.ascii));
        std::fflush(out_);
    }
}

void dashboard::clear() {
    if (lines_ != 0) {
        fmt::print(out_, "\033[{}A\r\033[J", lines_);
        std::fflush(out_);
        lines_ = 0;
    }
}

}  // namespace tenthrule::cli
