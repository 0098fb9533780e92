#include "library/trace_text.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace tenthrule::detail {

namespace {

constexpr std::size_t indent = 4;       // of one thread against the one before
constexpr std::size_t lines_max = 400;  // of an execution that goes on and on

std::string in_words(const event& e) {
    if (e.story) {
        return fmt::format("\"{}\"", e.label);
    }
    const char* verb = to_string(e.kind);
    switch (e.kind) {
        case op_kind::start:
            return "starts";
        case op_kind::finish:
            return "ends";
        case op_kind::resume:
            return fmt::format("goes on: {}", e.label);
        case op_kind::wake:
            verb = "notify";
            break;
        case op_kind::arm:
            return fmt::format("sets {} ({})", e.label, e.detail);
        case op_kind::fire:
            return fmt::format("<{} comes>", e.label);
        case op_kind::choose:
            return fmt::format("{}: {}", e.label, e.detail);
        case op_kind::yield:
            if (e.label == "yield") return "yields";
            verb = "looks again at";
            break;
        default:
            break;
    }
    return fmt::format("{} {}{}{}", verb, e.label, e.detail.empty() ? "" : ": ", e.detail);
}

class writer {
public:
    explicit writer(const logged_run& run) : run_(run) {}

    std::string write() {
        for (const event& e : run_.result.log) {
            if (lines_ == lines_max) {
                text_ += fmt::format("         ... {} steps in all\n", run_.result.statistics.points);
                break;
            }
            line(e);
        }
        return std::move(text_);
    }

private:
    void line(const event& e) {
        const std::string& who = run_.name(e.who);
        const std::size_t column = is_task(e.who) ? task_index(e.who) : column_;
        column_ = column;
        const bool of_interest =
            e.deviates && (e.kind == op_kind::choose || e.came != arrival_kind::handed_over);
        // Whoever goes on is not named again.
        const bool named = last_ != e.who;
        last_ = e.who;
        text_ += fmt::format("{} {:>4}  {:{}}{}{}\n", of_interest ? "=>" : "  ", e.point, "",
                             indent * std::min<std::size_t>(column, 12),
                             named ? who + ": " : std::string("  "), in_words(e));
        ++lines_;
    }

    const logged_run& run_;
    std::string text_;
    std::size_t lines_ = 0;
    std::size_t column_ = 0;
    actor last_ = no_actor;
};

}  // namespace

std::string trace_text(const logged_run& run) {
    return writer(run).write();
}

}  // namespace tenthrule::detail
