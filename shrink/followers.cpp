#include "shrink/followers.hpp"

#include "runtime/execution.hpp"

namespace tenthrule::shrinking {

namespace {

std::uint64_t armed_events(const situation& where) {
    std::uint64_t armed = 0;
    for (std::uint64_t set = where.enabled.events; set != 0; set &= set - 1) {
        const auto i = static_cast<unsigned>(std::countr_zero(set));
        const op_kind kind = where.pending[first_event + i].kind;
        // A callback that has begun is about to do something else.
        if (kind == op_kind::fire || kind == op_kind::arrive || kind == op_kind::signal) {
            armed |= std::uint64_t{1} << i;
        }
    }
    return armed;
}

}  // namespace

void follower::begin(std::uint64_t /*seed*/) {
    trace_.clear();
    restart();
}

actor follower::pick(const situation& where) {
    const execution& e = execution::current();
    choice_point here;
    here.before = cost_of(e.statistics());
    if (here.before > cost_max_) [[unlikely]] {
        return no_actor;
    }
    here.enabled = where.enabled;
    here.armed = where.enabled.events == 0 ? 0 : armed_events(where);
    here.points = e.points();
    here.current = where.current;
    here.fallback = where.fallback;
    if (where.current != no_actor) {
        here.label = where.pending[where.current].label;
        here.kind = where.pending[where.current].kind;
    }
    const std::uint8_t wanted = wish(here);
    here.taken = wanted < actors_max && where.enabled.contains(wanted) ? wanted : where.fallback;
    trace_.push_back(here);
    return here.taken;
}

std::uint32_t follower::choose(std::uint32_t n) {
    const execution& e = execution::current();
    choice_point here;
    here.before = cost_of(e.statistics());
    here.points = e.points();
    here.current = e.self();
    here.kind = op_kind::choose;
    here.values = static_cast<std::uint16_t>(n);
    const std::uint8_t wanted = wish(here);
    here.taken = wanted < n ? wanted : std::uint8_t{0};
    trace_.push_back(here);
    return here.taken;
}

// ---- by_number

void by_number::follow(const schedule& plan, misfit rule) {
    plan_ = plan;
    rule_ = rule;
}

void by_number::restart() {
    next_ = 0;
    choice_ = 0;
}

std::uint8_t by_number::wish(const choice_point& here) {
    const std::uint32_t choice = choice_++;
    if (next_ == plan_.size() || plan_[next_].choice > choice) [[likely]] {
        return here.standard();
    }
    while (next_ + 1 < plan_.size() && plan_[next_ + 1].choice <= choice) {
        ++next_;
    }
    const std::uint8_t value = plan_[next_].value;
    const bool possible =
        here.is_value() ? value < here.values : value < actors_max && here.enabled.contains(value);
    if (possible || rule_ == misfit::dropped) {
        ++next_;
    }
    return possible ? value : here.standard();
}

// ---- by_place

anchored_schedule anchor(const schedule& plan, const trace& in) {
    anchored_schedule anchored;
    std::size_t after = 0;
    for (const deviation& d : plan) {
        const choice_point& at = in[d.choice];
        anchored_deviation a{at.place, 0, 0, d.value, at.is_value()};
        for (std::size_t i = 0; i < d.choice; ++i) {
            if (in[i].place == at.place && in[i].is_value() == at.is_value()) {
                ++a.nth_ever;
                a.nth_after += i >= after ? 1U : 0U;
            }
        }
        after = d.choice + 1U;
        anchored.push_back(a);
    }
    return anchored;
}

void by_place::follow(const anchored_schedule& plan, counting how) {
    plan_ = plan;
    how_ = how;
}

void by_place::restart() {
    next_ = 0;
    met_.clear();
}

std::uint32_t by_place::met_before(std::uint64_t place) {
    for (meeting& m : met_) {
        if (m.place == place) {
            return m.times++;
        }
    }
    met_.push_back({place, 1});
    return 0;
}

std::uint8_t by_place::wish(const choice_point& here) {
    const std::uint64_t place = place_of(here.current, here.kind, here.label);
    const std::uint32_t before = met_before(place);
    if (how_ == counting::ever) {
        for (const anchored_deviation& a : plan_) {
            if (a.place == place && a.is_value == here.is_value() && a.nth_ever == before) {
                return a.value;
            }
        }
        return here.standard();
    }
    if (next_ == plan_.size()) {
        return here.standard();
    }
    const anchored_deviation& a = plan_[next_];
    if (a.place != place || a.is_value != here.is_value() || a.nth_after > before) {
        return here.standard();
    }
    ++next_;
    met_.clear();
    return a.value;
}

// ---- by_turn

turn_list turns_of(const trace& t) {
    turn_list list;
    for (const choice_point& c : t) {
        if (c.is_value()) {
            list.values.push_back(c.taken);
        } else if (!list.turns.empty() && list.turns.back().who == c.taken) {
            ++list.turns.back().steps;
        } else {
            list.turns.push_back({c.taken, 1});
        }
    }
    return list;
}

void by_turn::follow(const turn_list& plan) {
    plan_ = plan;
}

void by_turn::restart() {
    next_ = 0;
    used_ = 0;
    next_value_ = 0;
}

std::uint8_t by_turn::wish(const choice_point& here) {
    if (here.is_value()) {
        return next_value_ < plan_.values.size() ? plan_.values[next_value_++] : std::uint8_t{0};
    }
    while (next_ < plan_.turns.size()) {
        const turn& now = plan_.turns[next_];
        if (used_ < now.steps && here.enabled.contains(now.who)) {
            ++used_;
            return now.who;
        }
        ++next_;
        used_ = 0;
    }
    return here.fallback;
}

}  // namespace tenthrule::shrinking
