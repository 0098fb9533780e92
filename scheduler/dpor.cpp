#include "scheduler/dpor.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <type_traits>
#include <utility>

namespace tenthrule {

namespace {

constexpr actor_set operator&(const actor_set& a, const actor_set& b) {
    return {a.tasks & b.tasks, a.events & b.events};
}

constexpr actor_set operator|(const actor_set& a, const actor_set& b) {
    return {a.tasks | b.tasks, a.events | b.events};
}

constexpr actor_set without(const actor_set& a, const actor_set& b) {
    return {a.tasks & ~b.tasks, a.events & ~b.events};
}

constexpr actor_set only(actor a) {
    actor_set set;
    set.insert(a);
    return set;
}

void add(std::vector<touch>& to, std::span<const touch> more) {
    to.insert(to.end(), more.begin(), more.end());
}

}  // namespace

dpor::dpor(subtree of, const schedule_bound& most)
    : root_(std::move(of)), most_(most), bounded_(most.restricts()) {
    for (const std::uint8_t value : root_.decisions) {
        decisions_.push_back({value, {}});
    }
    touched_.count_looks(bounded_);
}

dpor::dpor(frontier where, const schedule_bound& most)
    : most_(most), bounded_(most.restricts()), split_(where.decisions) {
    touched_.count_looks(bounded_);
}

// ---- In an execution

void dpor::begin(std::uint64_t /*seed*/) {
    position_ = 0;
    open_ = false;
    cut_ = false;
    redundant_ = false;
    never_done_.clear();
    enabled_ = {};
    // What the last execution had in common with this one is known, except in the first one.
    recording_ = !begun_;
    begun_ = true;
    if (recording_) {
        touched_.clear();
        sleep_.clear();
        asleep_ = {};
    }
}

dpor::step& dpor::open(actor who, const actor_set& enabled) {
    static_assert(std::is_nothrow_move_constructible_v<step>);  // sleepers point at what is in steps
    touched_.clear();
    open_ = true;
    if (order_.size() < size_) {
        return steps_[order_.size()];  // known from before it was saved, but for what it touches
    }
    if (size_ == steps_.size()) {
        steps_.emplace_back();
    }
    step& s = steps_[size_++];
    s.who = who;
    s.enabled = enabled;
    s.possible = enabled;
    s.tried = only(who);
    s.done = {};
    s.asleep = asleep_;
    s.is_choice = false;
    s.excludes = false;
    s.goes_on = no_actor;
    s.decision = 0;
    s.retry = {};
    s.sleep.swap(sleep_);
    s.explored.clear();
    s.outcomes.clear();
    s.touched.clear();
    return s;
}

actor dpor::give_up() {
    redundant_ = true;
    return no_actor;
}

actor dpor::pick(const situation& where) {
    if (cut_) {
        return where.fallback;
    }
    if (position_ < decisions_.size()) {
        decision& d = decisions_[position_++];
        if (recording_) {  // the beginning of a subtree, or of what was restored
            const bool known = order_.size() < size_;
            if (!where.enabled.contains(d.value) || (known && d.enabled != where.enabled)) {
                return no_actor;
            }
            goes_in_circles(where);  // for the retries to come
            step& s = open(d.value, where.enabled);
            s.is_choice = true;
            s.decision = static_cast<std::uint32_t>(position_ - 1);
            d.enabled = where.enabled;
            return d.value;
        }
        if (d.enabled != where.enabled) {
            return no_actor;
        }
        if (position_ == decisions_.size()) {
            recording_ = true;
            open_ = true;
        }
        return d.value;
    }
    if (order_.size() >= happens_before::steps_max) {
        cut();
        return where.fallback;
    }
    if (frozen_ == 0 && !root_.decisions.empty()) {
        frozen_ = size_;
        sleep_.clear();
        asleep_ = {};
        for (const sleeper& s : root_.sleep) {
            sleep_.push_back({s.who, s.touched});
            asleep_.insert(s.who);
        }
    }
    actor_set possible = where.enabled;
    if (bounded_) {
        const run_statistics& so_far = execution::current().statistics();
        if (most_.exceeded_by(so_far)) {
            left_out_ = true;
            return give_up();
        }
        possible = most_.affordable(where, so_far);
    }
    const bool excludes = possible != where.enabled;
    const bool circles = goes_in_circles(where);
    if (circles) {
        possible.erase(where.current);
    }
    const actor_set candidates = without(possible, asleep_);
    if (candidates.empty()) {
        left_out_ = left_out_ || excludes;
        return give_up();
    }
    if (split_ != 0 && decisions_.size() >= split_) {
        subtrees_.emplace_back();
        for (const decision& d : decisions_) {
            subtrees_.back().decisions.push_back(d.value);
        }
        for (const sleeping& s : sleep_) {
            subtrees_.back().sleep.push_back({s.who, {s.touched.begin(), s.touched.end()}});
        }
        return give_up();
    }
    const actor_set in_vain = asking_in_vain(where, candidates);
    const actor_set others = without(candidates, in_vain);
    const bool others_step = !without(others, {0, where.events_to_come()}).empty();
    const actor_set& first = others_step ? others : candidates;
    const actor next = first.contains(where.fallback) ? where.fallback : first.first();
    decisions_.push_back({next, where.enabled});
    ++position_;
    step& s = open(next, where.enabled);
    s.is_choice = true;
    s.decision = static_cast<std::uint32_t>(position_ - 1);
    s.possible = possible;
    s.excludes = excludes;
    if (bounded_ && next == where.fallback && where.fallback_goes_on && execution::current().settled(next)) {
        s.goes_on = next;
    }
    if (circles || split_ != 0 || (bounded_ && s.goes_on == no_actor)) {
        try_all(s);
    }
    return next;
}

// Whoever is enabled, but for those who wait in a retry loop and those whom the bound excludes.
void dpor::try_all(step& s) {
    s.tried = s.possible;
    s.tried.insert(s.who);
    left_out_ = left_out_ || s.excludes;
}

// Who of them would begin to spin.
actor_set dpor::asking_in_vain(const situation& where, const actor_set& among) const {
    actor_set in_vain;
    for (actor_set rest = among; !bounded_ && !rest.empty(); rest.erase(rest.first())) {
        const operation& next = where.pending[rest.first()];
        if (next.kind == op_kind::lock && is_held(order_, next.object)) {
            in_vain.insert(rest.first());
        }
    }
    return in_vain;
}

// Whether the current actor has just gone round its retry loop once more, from one retry to the next, while
// nobody else stepped and nothing was open.
bool dpor::goes_in_circles(const situation& where) {
    const std::uint32_t last = order_.size() - 1;
    if (!where.current_retries || order_.size() == 0 || steps_[last].who != where.current) {
        return false;
    }
    const std::string_view loop = where.pending[where.current].label;
    steps_[last].retry = loop;
    for (std::uint32_t i = last; i > 0; --i) {
        if (!steps_[i].outcomes.empty() || steps_[i - 1].who != where.current) {
            return false;
        }
        if (steps_[i - 1].retry == loop) {
            return true;
        }
    }
    return false;
}

bool dpor::forced(actor next) {
    if (cut_) {
        return true;
    }
    if (asleep_.contains(next) && order_.size() == size_) {
        redundant_ = true;
        return false;
    }
    if (order_.size() >= happens_before::steps_max) {
        cut();
        return true;
    }
    open(next, enabled_);
    return true;
}

std::uint32_t dpor::choose(std::uint32_t n) {
    if (cut_) {
        return 0;
    }
    if (position_ < decisions_.size()) {
        const std::uint8_t value = decisions_[position_++].value;
        if (recording_ && position_ > restored_) {  // the beginning of a subtree
            steps_[size_ - 1].outcomes.push_back(
                {n, value, static_cast<std::uint32_t>(position_ - 1), touched_.touches().size()});
            return value;
        }
        if (position_ == decisions_.size()) {
            recording_ = true;
            open_ = true;
            if (steps_[size_ - 1].outcomes.back().values != n) {
                return n;
            }
        }
        return value;
    }
    decisions_.push_back({0, {}});
    ++position_;
    steps_[size_ - 1].outcomes.push_back(
        {n, 0, static_cast<std::uint32_t>(position_ - 1), touched_.touches().size()});
    return 0;
}

void dpor::stepped(const actor_set& enabled) {
    if (open_) {
        close(enabled);
    }
    enabled_ = enabled;
}

void dpor::close(const actor_set& enabled) {
    open_ = false;
    const std::uint32_t number = order_.size();
    step& s = steps_[number];
    actor_set changed{s.enabled.tasks ^ enabled.tasks, s.enabled.events ^ enabled.events};
    changed.erase(s.who);
    for (actor_set rest = changed; !rest.empty(); rest.erase(rest.first())) {
        if (!is_task(rest.first()) || touched_.access_to(places::possible(rest.first())) == access::none) {
            touched_.add(places::standing(rest.first()), true);
        }
    }
    const actor_set stopped = without(changed & s.enabled, s.asleep);
    if (!bounded_) {
        s.tried = s.tried | (stopped & s.possible);
    } else if (!stopped.empty()) {
        try_all(s);
    }
    for (const std::uint32_t found : order_.add(s.who, touched_.touches())) {
        const std::uint32_t race = what_to_reverse(found, number);
        if (is_free(race) && steps_[race].is_choice) {
            reverse(race, number, false);
        }
        if (bounded_ && race != found && is_free(found) && steps_[found].is_choice) {
            reverse(found, number, false);
        }
    }
    if (!bounded_) {
        for (const std::uint32_t noticed : requests_.noticed(order_, number)) {
            if (is_free(noticed) && steps_[noticed].is_choice) {
                reverse(noticed, number, true);
            }
        }
    }
    find_sleepers();
}

// Who sleeps after the last step: whoever slept before it or was explored instead of it, unless it touched
// what they touch.
void dpor::find_sleepers() {
    const step& s = steps_[order_.size() - 1];
    sleep_.clear();
    asleep_ = {};
    const auto consider = [&](actor who, std::span<const touch> touched) {
        if (!dependent(touched, touched_)) {
            sleep_.push_back({who, touched});
            asleep_.insert(who);
        }
    };
    for (const sleeping& other : s.sleep) {
        consider(other.who, other.touched);
    }
    for (const sleeper& other : s.explored) {
        consider(other.who, other.touched);
    }
}

// ---- Races

// `first`, unless it gives back a lock that `second` takes: then the step that had taken it before.
std::uint32_t dpor::what_to_reverse(std::uint32_t first, std::uint32_t second) const {
    if (!order_.gives_back(first)) {
        return first;
    }
    const auto reads = [this](std::uint32_t number, place_number place) {
        const std::span<const touch> touched = order_.touches(number);
        return std::any_of(touched.begin(), touched.end(),
                           [=](const touch& t) { return t.where == place && !t.writes; });
    };
    for (const touch& t : order_.touches(first)) {
        if (!places::is_given_back(t.where) || !reads(second, places::taken_for(t.where))) {
            continue;
        }
        for (std::uint32_t k = first; k-- > 0;) {
            if (order_.who(k) == order_.who(first) &&
                is_touched(places::taken_for(t.where), order_.touches(k))) {
                return k;
            }
        }
    }
    return first;
}

// Whether the second could not be done before the first, or what may come before that, for only the first
// made it possible. REQUIRES: its actor was not enabled before the first.
bool dpor::made_possible(std::uint32_t first, std::uint32_t second) const {
    const actor who = order_.who(second);
    const auto woken_by = [&](std::uint32_t number) {
        return is_written(places::standing(who), order_.touches(number));
    };
    if (!is_task(who) || !is_touched(places::possible(who), order_.touches(first))) {
        return woken_by(first);
    }
    // Time that is up makes it possible as well.
    for (std::uint32_t k = first + 1; k < second; ++k) {
        if (!order_.before(first, k) && woken_by(k)) {
            return false;
        }
    }
    return true;
}

// Who could begin a schedule in which `second` comes before `first`: of all steps between them that need not
// come after the first, and the second itself, those that need none of the others before them. What the
// second needs before it is known only if it is more than asking.
actor_set dpor::initials(std::uint32_t first, std::uint32_t second, bool asks_only) const {
    std::array<std::uint32_t, 256> begins;  // by actor, for members of `present`
    actor_set present;
    actor_set found;
    for (std::uint32_t k = first + 1; k <= second; ++k) {
        const actor who = order_.who(k);
        if (present.contains(who) || (k != second && order_.before(first, k))) {
            continue;
        }
        bool needs = asks_only && k == second && !present.empty();
        for (actor_set rest = present; !needs && !rest.empty(); rest.erase(rest.first())) {
            needs = order_.last_before(k, rest.first()) > begins[rest.first()];
        }
        if (!needs) {
            found.insert(who);
        }
        begins[who] = k;
        present.insert(who);
    }
    return found;
}

// `asks_only`: of the second, which asked for a lock and got it, the asking comes before the first.
void dpor::reverse(std::uint32_t first, std::uint32_t second, bool asks_only) {
    step& s = steps_[first];
    if (without(without(s.possible, s.tried), s.asleep).empty() && !s.excludes) {
        return;  // there is nothing to add
    }
    const actor who = order_.who(second);
    if (!s.enabled.contains(who) && made_possible(first, second)) {
        return;
    }
    if (bounded_) {
        try_all(s);
        return;
    }
    actor_set possible = initials(first, second, asks_only) & s.possible;
    const bool is_next = order_.previous(second) <= first;
    if (is_next && s.asleep.contains(who) && !slept_alike(s, second)) {
        possible.erase(who);
    }
    if (!(possible & s.tried).empty() || !(possible & s.asleep).empty()) {
        return;
    }
    if (possible.empty()) {
        s.tried = s.possible;
    } else {
        s.tried.insert(possible.contains(who) ? who : possible.first());
    }
}

// Whether the actor of the step `second`, which sleeps before s, would touch nothing there that it did not
// touch in that step. What it would do there is not what it did here, where it raced with s: it may touch
// more, and then what it sleeps on does not say what may come before it.
bool dpor::slept_alike(const step& s, std::uint32_t second) const {
    const auto slept = std::find_if(s.sleep.begin(), s.sleep.end(),
                                    [&](const sleeping& other) { return other.who == order_.who(second); });
    const std::span<const touch> here = order_.touches(second);
    return std::all_of(slept->touched.begin(), slept->touched.end(), [&](const touch& t) {
        return places::is_possible(t.where) || std::any_of(here.begin(), here.end(), [&](const touch& h) {
                   return h.where == t.where && (h.writes || !t.writes);
               });
    });
}

// ---- Between executions

void dpor::cut() {
    cut_ = true;
}

void dpor::never_done(actor a, const operation& op) {
    if (!bounded_) {  // else it looked, and that was noted
        never_done_.push_back({a, places::object(op.object)});
    }
}

// Those for whom the last step gave back a lock, and who have come to nothing since.
void dpor::add_what_came_too_late() {
    const std::span<const touch> last = order_.touches(order_.size() - 1);
    for (const touch& lock : last) {
        for (const touch& t : last) {
            if (places::is_given_back(lock.where) && places::is_possible(t.where)) {
                never_done_.push_back(
                    {places::task_of(t.where), places::object_of(places::taken_for(lock.where))});
            }
        }
    }
}

// Who comes to a lock that is taken waits, and what it would do touches the lock only once it is free. If it
// never is, because the execution ends before, it is as if it had done it now, and so could have done it
// before the lock was taken.
void dpor::reverse_what_is_never_done() {
    const std::uint32_t number = order_.size();
    const step& last = steps_[number - 1];
    const actor_set tried_instead = without(last.enabled, only(last.who));
    for (const waiting& w : never_done_) {
        if (tried_instead.contains(w.who) || number == happens_before::steps_max) {
            continue;
        }
        const std::array<touch, 3> touched{touch{places::standing(w.who), false},
                                           touch{places::taken_of(w.object), false}, touch{w.object, true}};
        for (const std::uint32_t found : order_.add(w.who, touched)) {
            const std::uint32_t race = what_to_reverse(found, number);
            if (is_free(race) && steps_[race].is_choice) {
                reverse(race, number, false);
            }
        }
        order_.shorten(number);
    }
}

void dpor::end(const execution_size& /*size*/) {
    if (!recording_) {
        done_ = true;  // it was not the program that it was before: the verdict says so
        return;
    }
    if (open_) {
        close(cut_ ? steps_[size_ - 1].enabled : actor_set{});
    }
    if (!cut_ && size_ > frozen_) {
        if (!redundant_) {
            // It may have ended where somebody could have gone on: at a rule that looks at the tasks at rest.
            try_all(steps_[size_ - 1]);
            add_what_came_too_late();
        }
        reverse_what_is_never_done();
    }
    backtrack();
}

void dpor::backtrack() {
    while (size_ > frozen_) {
        step& s = steps_[size_ - 1];
        if (next_outcome(s) || next_actor(s)) {
            order_.shorten(size_ - 1);
            return;
        }
        order_.shorten(--size_);
    }
    done_ = true;
}

bool dpor::next_outcome(step& s) {
    for (; !s.outcomes.empty(); s.outcomes.pop_back()) {
        outcome& o = s.outcomes.back();
        if (++o.taken == o.values) {
            continue;
        }
        const std::span<const touch> touched = order_.touches(size_ - 1);
        add(s.touched, touched);
        touched_.clear();
        for (const touch& t : touched.first(o.touches)) {
            touched_.add(t.where, t.writes);
        }
        decisions_.resize(o.decision + 1);
        decisions_.back().value = static_cast<std::uint8_t>(o.taken);
        return true;
    }
    return false;
}

bool dpor::next_actor(step& s) {
    if (!s.is_choice) {
        return false;
    }
    s.done.insert(s.who);
    const actor_set left = without(without(s.tried, s.done), s.asleep);
    if (left.empty()) {
        return false;
    }
    if (!bounded_ || s.who == s.goes_on) {
        add(s.touched, order_.touches(size_ - 1));
        s.explored.push_back({s.who, std::move(s.touched)});
    }
    s.touched.clear();
    s.who = left.first();
    touched_.clear();
    decisions_.resize(s.decision + 1);
    decisions_.back().value = s.who;
    return true;
}

double dpor::progress() const {
    if (done_) {
        return 1;
    }
    double finished = 0;
    double weight = 1;
    const auto descend = [&](unsigned done, unsigned all) {
        finished += weight * done / all;
        weight /= all;
    };
    for (std::uint32_t i = frozen_; i < size_; ++i) {
        const step& s = steps_[i];
        if (s.is_choice) {
            actor_set all = without(s.tried, s.asleep);
            all.insert(s.who);
            descend(s.done.count(), all.count());
        }
        for (const outcome& o : s.outcomes) {
            descend(o.taken, o.values);
        }
    }
    return finished;
}

}  // namespace tenthrule
