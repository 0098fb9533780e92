#include "cli/search_report.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "cli/duration.hpp"
#include "cli/kernel_name.hpp"
#include "cli/paragraph.hpp"
#include "cli/text.hpp"

namespace tenthrule::cli {

namespace {

// The other strategies do the same whatever the seed.
bool draws_lots(std::string_view strategy) {
    return !is_systematic(strategy) && strategy != "roundrobin";
}

std::string executions_words(const search_outcome& outcome) {
    const search_progress& t = outcome.totals;
    std::string words =
        fmt::format("{} in {}", counted(t.schedules, "execution"), format_duration(seconds(t.seconds)));
    if (t.rate > 0 && t.seconds > 0) {
        words += fmt::format(" ({}/s)", scaled(t.rate));
    }
    if (outcome.complete()) {
        return words + (outcome.strategy.starts_with("bounded") ? "; complete within its bound"
                        : outcome.strategy == "dpor" ? "; complete: every other schedule is like one of these"
                                                     : "; complete: there is no other schedule");
    }
    words += fmt::format(", about {}", counted(t.distinct, "different schedule"));
    if (outcome.end == search_end::complete) {
        return words + "; not complete, because some were given up at the step bound";
    }
    return words + "; not complete";
}

std::string points_words(const search_progress& t) {
    const double mean =
        t.schedules == 0 ? 0 : static_cast<double>(t.points) / static_cast<double>(t.schedules);
    std::string words = fmt::format("{:.{}f} scheduling points each on average, {} in the longest", mean,
                                    mean < 10 ? 1 : 0, thousands(t.longest));
    if (t.step_bounds > 0) {
        words += fmt::format("; {} given up at the step bound", counted(t.step_bounds, "execution"));
    }
    return words;
}

std::string at_most(double probability) {
    if (probability < 1e-6) {
        return "less than 0.0001 %";
    }
    const double p = probability * 100;
    return fmt::format("at most {:.{}f} %", p,
                       p >= 10 ? 0 : (p >= 1 ? 1 : static_cast<int>(std::ceil(-std::log10(p))) + 1));
}

std::string power(std::uint32_t exponent) {
    return exponent == 0 ? "n" : (exponent == 1 ? "(n k)" : fmt::format("(n k^{})", exponent));
}

std::string bound_words(const miss_bound& b) {
    return fmt::format(
        "One execution hits a bug of depth {} with a probability of at least 1/{} = 1/{} (n = {:.0f} tasks "
        "and "
        "events, k = {:.0f} points), so all of them have missed it with {}. This assumes executions of about "
        "equal length and says nothing of deeper bugs.",
        b.depth, power(b.depth - 1),
        thousands(static_cast<std::uint64_t>(std::min(1e18, std::ceil(b.hit_inverse)))), b.actors, b.points,
        at_most(b.missed));
}

std::string meaning(const scenarios::scenario& s, const search_outcome& outcome) {
    if (outcome.violation()) {
        return {};
    }
    if (outcome.complete()) {
        return outcome.strategy.starts_with("bounded")
                   ? "No schedule of this scenario on this machine with so few switches breaks a rule."
                   : "No schedule of this scenario on this machine breaks a rule.";
    }
    if (is_systematic(outcome.strategy)) {
        return "There are more schedules than these, so this proves nothing; --schedules and --time give it "
               "more.";
    }
    const std::optional<miss_bound> bound = search_bound(s, outcome);
    return bound ? bound_words(*bound) : "This strategy gives no bound on what it may have missed.";
}

}  // namespace

std::string strategy_words(const search_options& options, const search_outcome& outcome) {
    std::string words = outcome.strategy;
    if (draws_lots(outcome.strategy)) {
        words += fmt::format(", seed {}", options.seed);
    }
    if (outcome.jobs > 1) {
        words += fmt::format(", {} jobs", outcome.jobs);
    }
    return words;
}

std::optional<miss_bound> search_bound(const scenarios::scenario& s, const search_outcome& outcome) {
    return bound_of(outcome.strategy, actors_of(s), outcome.totals.points, outcome.totals.schedules);
}

std::string search_parameters(const scenario_case& what, const search_options& options) {
    const std::string strategy = canonical_name(options.strategy);
    const scenarios::scenario& s = what.what();
    std::string words =
        fmt::format("{}, {}, {}", kernel_name(s.kernel, what.rules_off()), machine_name(s.cpus), strategy);
    if (draws_lots(strategy)) {
        words += fmt::format(", seed {}", options.seed);
    }
    if (options.first != 0) {
        words += fmt::format(", from execution {}", thousands(options.first + 1));
    }
    if (options.schedules_max != 0) {
        words += fmt::format(", up to {}", counted(options.schedules_max, "execution"));
    }
    if (options.time_max.count() != 0) {
        words += fmt::format(", up to {}", format_duration(options.time_max));
    }
    if (options.jobs > 1) {
        words += fmt::format(", {} jobs", options.jobs);
    }
    return words;
}

std::string progress_line(const search_progress& p) {
    std::string line =
        fmt::format("{}, {}/s, about {}, longest {}", counted(p.schedules, "execution"), scaled(p.rate),
                    counted(p.distinct, "schedule"), counted(p.longest, "point"));
    if (p.found) {
        line += ", found something";
    }
    if (p.seconds_left >= 0) {
        line += fmt::format(", {} left", format_clock(seconds(p.seconds_left)));
    }
    return line;
}

std::string search_summary(const scenarios::scenario& s, const search_outcome& outcome) {
    const search_progress& t = outcome.totals;
    std::string words =
        fmt::format("{} in {}", counted(t.schedules, "execution"), format_duration(seconds(t.seconds)));
    if (outcome.complete()) {
        return words + ", complete";
    }
    words += fmt::format(", about {}", counted(t.distinct, "schedule"));
    if (const std::optional<miss_bound> b = search_bound(s, outcome)) {
        words += fmt::format(", a bug of depth {} missed with {}", b->depth, at_most(b->missed));
    }
    return words;
}

std::string search_report(const scenarios::scenario& s, const search_options& options,
                          const search_outcome& outcome, const terminal& where) {
    std::string text = paragraph(executions_words(outcome), 2, where);
    text += paragraph(points_words(outcome.totals) + "; " + strategy_words(options, outcome), 2, where);
    const std::string meant = meaning(s, outcome);
    return meant.empty() ? text : text + paragraph(meant, 2, where);
}

}  // namespace tenthrule::cli
