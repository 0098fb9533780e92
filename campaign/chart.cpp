#include "campaign/chart.hpp"

#include <fmt/format.h>

namespace tenthrule {

namespace {

class chart_maker {
public:
    chart_maker(const logged_run& run, const std::vector<actor_role>& roles) : run_(run), roles_(roles) {}

    chart make() {
        // A fair continuation gets nowhere: its beginning shows how.
        constexpr std::size_t fair_events_shown = 80;
        std::size_t fair_steps = 0;
        std::size_t fair_events = 0;
        for (const event& e : run_.result.log) {
            if (e.fair) {
                fair_steps += e.story ? 0U : 1U;
                if (++fair_events > fair_events_shown) {
                    chart_.steps += e.story ? 0U : 1U;
                    continue;
                }
            }
            if (!e.story) {
                step(e);
            } else if (e.who != no_actor) {
                add(e, e.label);
            }
            state_ = e.state;
            if (!chart_.rows.empty() && row_is_of_this_event_) {
                show_state();
            }
            row_is_of_this_event_ = false;
        }
        // What the last steps without a row did belongs to the end of the story.
        if (!chart_.rows.empty()) {
            show_state();
        }
        fold_repetitions();
        if (fair_steps != 0 && !chart_.rows.empty()) {
            chart_row row;
            row.step = chart_.rows.back().step + 1;
            row.column = chart_.rows.back().column;
            row.text = fmt::format("... and so on: {} fair steps", fair_steps);
            chart_.rows.push_back(std::move(row));
        }
        return std::move(chart_);
    }

private:
    void step(const event& e) {
        if (e.kind != op_kind::choose) {
            ++chart_.steps;
        }
        if (e.came != arrival_kind::stayed) {
            came_ = e.came;
            deviates_ = false;
        }
        deviates_ = deviates_ || e.deviates;
        const bool from_outside = e.came == arrival_kind::external;
        const bool switch_that_matters =
            e.deviates && (e.came == arrival_kind::preempted || e.came == arrival_kind::interleaved);
        if (from_outside || switch_that_matters || e.kind == op_kind::choose) {
            add(e, in_words(e));
        }
    }

    static std::string in_words(const event& e) {
        switch (e.kind) {
            case op_kind::fire:
                return fmt::format("{} fires", e.label);
            case op_kind::arrive:
                return "arrives";
            case op_kind::start:
                return "starts";
            case op_kind::resume:
                return fmt::format("goes on ({})", e.label);
            case op_kind::choose:
                return fmt::format("{}: {}", e.label, e.detail);
            default:
                break;
        }
        return fmt::format("{} {}{}", to_string(e.kind), e.label,
                           e.detail.empty() ? "" : fmt::format(" ({})", e.detail));
    }

    void add(const event& e, std::string text) {
        chart_row row;
        row.step = e.point;
        row.column = column_of(e.who);
        row.cpu = e.cpu;
        row.text = std::move(text);
        row.came = std::exchange(came_, arrival_kind::stayed);
        row.deviates = std::exchange(deviates_, false);
        row.outside = is_event(e.who);
        chart_.rows.push_back(std::move(row));
        row_is_of_this_event_ = true;
    }

    // Rows that come again and again, as in a retry loop, are shown once.
    void fold_repetitions() {
        constexpr std::size_t period_max = 16;
        std::vector<chart_row>& rows = chart_.rows;
        for (std::size_t begin = 0; begin < rows.size(); ++begin) {
            for (std::size_t period = 1; period <= period_max; ++period) {
                const std::size_t times = repetitions(begin, period);
                if (times >= 3) {
                    fold(begin + period, (times - 1) * period, times - 1);
                    begin += period;
                    break;
                }
            }
        }
    }

    std::size_t repetitions(std::size_t begin, std::size_t period) const {
        const std::vector<chart_row>& rows = chart_.rows;
        std::size_t end = begin + period;
        while (end < rows.size() && alike(rows[end - period], rows[end])) {
            ++end;
        }
        return (end - begin) / period;
    }

    static bool alike(const chart_row& a, const chart_row& b) {
        return a.column == b.column && a.text == b.text && a.outside == b.outside;
    }

    void fold(std::size_t begin, std::size_t count, std::size_t times) {
        std::vector<chart_row>& rows = chart_.rows;
        rows[begin].text = fmt::format("... {} times more", times);
        rows[begin].came = arrival_kind::stayed;
        rows[begin].deviates = false;
        rows[begin].outside = false;
        rows[begin].state.clear();
        const auto first = rows.begin() + static_cast<std::ptrdiff_t>(begin);
        rows.erase(first + 1, first + static_cast<std::ptrdiff_t>(count));
    }

    void show_state() {
        if (state_ != shown_state_) {
            chart_.rows.back().state = shown_state_ = state_;
        }
    }

    std::size_t column_of(actor who) {
        const actor_role* const role =
            who < roles_.size() && roles_[who].is != actor_role::kind::nobody ? &roles_[who] : nullptr;
        const actor task = role != nullptr ? role->task : who;
        for (std::size_t i = 0; i < chart_.columns.size(); ++i) {
            if (chart_.columns[i].task == task) {
                return i;
            }
        }
        const bool known = role != nullptr && task < roles_.size();
        chart_.columns.push_back(
            {task, known ? roles_[task].name : run_.name(task), known ? roles_[task].about : std::string()});
        return chart_.columns.size() - 1;
    }

    const logged_run& run_;
    const std::vector<actor_role>& roles_;
    chart chart_;
    // How control came to whoever steps now, until some row has told it.
    arrival_kind came_ = arrival_kind::stayed;
    bool deviates_ = false;
    bool row_is_of_this_event_ = false;
    std::string state_;
    std::string shown_state_;
};

}  // namespace

chart make_chart(const logged_run& run, const std::vector<actor_role>& roles) {
    return chart_maker(run, roles).make();
}

}  // namespace tenthrule
