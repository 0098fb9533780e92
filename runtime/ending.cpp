// How an execution ends: everybody finished, nobody can go on, or nobody gets on.

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/execution.hpp"
#include "runtime/jump.hpp"

namespace tenthrule {

using detail::context;
using detail::event_slot;

namespace {

// Longer names first: "mutex 1" is the beginning of "mutex 12".
void replace_names(std::string& text, std::vector<std::pair<std::string_view, std::string_view>>& names) {
    std::stable_sort(names.begin(), names.end(),
                     [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
    for (const auto& [name, stands_for] : names) {
        for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos; at += stands_for.size()) {
            text.replace(at, name.size(), stands_for);
        }
    }
}

}  // namespace

void execution::report(const rule& r, std::string identity, std::string message) {
    if (!rule_on(r) || unwinding_) {
        return;
    }
    const engine_scope mine;
    violation& v = result_.failure;
    v.broken = &r;
    v.identity = fmt::format("{}: {}", r.name, std::exchange(identity, {}));
    replace_names(v.identity, made_up_names_);
    v.message = std::exchange(message, {});
    if (const std::string remark = program_->remark(*this); !remark.empty()) {
        v.identity += fmt::format(" ({})", remark);
        v.message += fmt::format(" ({})", remark);
    }
    v.who = current_->id;
    v.point = points_;
    // The fiber that found it is unwound in any case, for it is in the middle of making words: at once if it
    // is the only one, else in its turn, because younger ones may use what is on its stack.
    if (!options_.unwind && may_throw()) {
        conclude(verdict::violation);
        begin_unwinding();
        throw execution_ended{};
    }
    try {
        end(verdict::violation);
    } catch (const execution_ended&) {
        if (may_throw()) {
            throw;
        }
    }
}

void execution::abandon() {
    if (unwinding_) {
        return;
    }
    if (!options_.unwind && may_throw()) {
        conclude(verdict::redundant);
        begin_unwinding();
        throw execution_ended{};
    }
    end(verdict::redundant);
}

void execution::leave_fiber(const rule& r, std::string identity, std::string message) {
    ++current_->no_throw;
    current_->started = false;  // so that nobody comes back to unwind it
    report(r, std::move(identity), std::move(message));
    if (!unwinding_) {
        conclude(verdict::completed);  // the rule is off
    }
    jump(main_);
    __builtin_unreachable();
}

void execution::conclude(verdict v) {
    result_.end = v;
    result_.statistics.points = points_;
    close_step();
    if (watching_) {
        tell_what_is_never_done();
    }
    if (outside_) current_ = on_stack_;
    outside_ = false;
}

// Asked before anything is unwound, for then everybody goes on.
void execution::tell_what_is_never_done() {
    const engine_scope mine;
    for (unsigned i = 0; i < tasks_; ++i) {
        const actor a = task_actor(i);
        if (contexts_[a].state == task_state::spinning && pending_[a].mode != access::none) {
            strategy_->never_done(a, pending_[a]);
        }
    }
}

void execution::end(verdict v) {
    if (unwinding_) {
        throw execution_ended{};
    }
    conclude(v);
    if (v == verdict::violation) {
        current_->started = true;  // what led here is on its stack, even if it has finished
    }
    if (current_ != &main_) {
        jump(main_);
    }
    throw execution_ended{};  // only out of `run`, or when the fiber is unwound later
}

void execution::nobody_can_step() {
    if (all_finished()) {
        program_->finish(*this);
        end(verdict::completed);
    }
    check_waiting(true);
    end(verdict::completed);  // the rules that forbid this are off
}

namespace {

bool waits(const context& c) {
    return c.state == task_state::sleeping || c.state == task_state::spinning;
}

std::string describe_wait(const execution& e, const context& c) {
    std::string text = fmt::format("{} {} {} since step {}", c.name, c.why.what, c.why.object, c.since);
    if (c.why.holder != nullptr) {
        const actor holder = c.why.holder(c.why.subject);
        if (holder != no_actor) {
            text += fmt::format(", held by {}", e.name(holder));
        }
    }
    return text;
}

std::string identity_of_wait(const context& c) {
    return fmt::format("{} {}", c.why.what, c.why.object);
}

// Identities must not depend on the numbers of tasks, so parts without an order of their own are sorted.
std::string sorted_list(std::vector<std::string>& parts) {
    std::sort(parts.begin(), parts.end());
    return fmt::format("{}", fmt::join(parts, ", "));
}

// For the same reason a cycle begins where its list comes first in the alphabet.
std::string cycle_list(const std::vector<std::string>& parts) {
    std::vector<std::string> best = parts;
    std::vector<std::string> turned = parts;
    for (std::size_t i = 1; i < parts.size(); ++i) {
        std::rotate(turned.begin(), turned.begin() + 1, turned.end());
        best = std::min(best, turned);
    }
    return fmt::format("{}", fmt::join(best, ", "));
}

}  // namespace

// Who has to step before `a` can.
actor execution::blocker(actor a) const {
    const context& c = contexts_[a];
    if (waits(c)) {
        return c.why.holder != nullptr ? c.why.holder(c.why.subject) : no_actor;
    }
    const bool interrupted = is_task(a) && (interrupted_ & task_bit(a)) != 0;
    return interrupted ? cpu_[static_cast<unsigned>(c.cpu)].interrupt : no_actor;
}

void execution::report_cycle(actor first) {
    std::string story;
    std::vector<std::string> identity;
    actor at = first;
    do {
        const context& c = contexts_[at];
        story += story.empty() ? "" : "; ";
        if (waits(c)) {
            story += describe_wait(*this, c);
            identity.push_back(identity_of_wait(c));
        } else {
            story += fmt::format("{} is interrupted by {}", c.name, name(blocker(at)));
            identity.emplace_back("interrupted");
        }
        at = blocker(at);
    } while (at != first);
    report(rules::deadlock, "cycle: " + cycle_list(identity), "a cycle of waiting tasks: " + story);
}

void execution::check_waiting(bool for_ever) {
    program_->at_rest(*this, for_ever);
    actor_set stuck;
    for (unsigned i = 0; i < tasks_; ++i) {
        if (waits(contexts_[task_actor(i)])) stuck.insert(task_actor(i));
    }
    for (unsigned i = externals_; i < externals_ + timers_reserved_; ++i) {
        const auto callback = static_cast<actor>(first_event + i);
        if (slots_[i].state == event_slot::phase::running && waits(contexts_[callback]))
            stuck.insert(callback);
    }
    for (actor_set set = stuck; !set.empty(); set.erase(set.first())) {
        const context& c = contexts_[set.first()];
        if (c.why.available != nullptr && c.why.available(c.why.subject)) {
            report(rules::lost_wakeup, identity_of_wait(c),
                   fmt::format("{}, though it need not wait any more and nobody is left to wake it",
                               describe_wait(*this, c)));
        }
    }
    for (actor_set set = stuck; !set.empty(); set.erase(set.first())) {
        const actor first = set.first();
        actor at = blocker(first);
        for (unsigned steps = 0; steps < actors_max && at != first && at != no_actor; ++steps) {
            at = blocker(at);
        }
        if (at == first) report_cycle(first);
    }
    if (!for_ever) {
        return;
    }
    std::string story;
    std::vector<std::string> identity;
    for (actor_set set = stuck; !set.empty(); set.erase(set.first())) {
        const context& c = contexts_[set.first()];
        story += (story.empty() ? "" : "; ") + describe_wait(*this, c);
        const actor holder = blocker(set.first());
        if (holder != no_actor && contexts_[holder].state == task_state::finished) {
            story += ", who has ended";
        }
        identity.push_back(identity_of_wait(c));
    }
    for (unsigned i = 0; i < tasks_; ++i) {
        if (const context& c = contexts_[task_actor(i)]; c.state == task_state::absent) {
            story += fmt::format("{}{} never became runnable", story.empty() ? "" : "; ", c.name);
            identity.emplace_back("absent");
        }
    }
    report(rules::deadlock, sorted_list(identity), story + "; nobody is left who could change that");
}

void execution::start_fair_continuation() {
    if (fair_) {
        return;
    }
    const engine_scope mine;
    fair_ = true;
    ++result_.statistics.fair;
    if (watching_) {
        // Nothing is explored from here on, not even if the search goes on behind it.
        strategy_->cut();
        footprint::activate(nullptr);
        watching_ = false;
    }
    fair_progress_ = progress_;
    fair_end_ = points_ + options_.fair_points;
    fair_last_ = no_actor;
    ordinary_points_ = points_limit_ = 0;
    // From here on it counts who retries: before, the schedule may have been to blame.
    for (unsigned i = 0; i < tasks_; ++i) {
        contexts_[task_actor(i)].retries = 0;
    }
}

void execution::judge_fair_continuation() {
    if (progress_ != fair_progress_) {
        if (points_ < options_.points_max) {
            fair_ = false;  // it was only many retries: go on searching
            limit_points();
            for (unsigned i = 0; i < tasks_; ++i) {
                contexts_[task_actor(i)].retries = 0;
            }
            return;
        }
        end(verdict::step_bound);
    }
    if (!rule_on(rules::livelock)) {
        end(verdict::step_bound);
    }
    std::string story;
    std::vector<std::string> identity;
    for (unsigned i = 0; i < tasks_; ++i) {
        const context& c = contexts_[task_actor(i)];
        if (c.retries != 0) {
            story += fmt::format("{}{} retries {} ({} times)", story.empty() ? "" : "; ", c.name,
                                 c.retry_place, c.retries);
            identity.emplace_back(c.retry_place);
        } else if (c.state == task_state::ready && c.cpu < 0) {
            story += fmt::format("{}{} is ready but gets no CPU", story.empty() ? "" : "; ", c.name);
        } else if (waits(c)) {
            story += (story.empty() ? "" : "; ") + describe_wait(*this, c);
        }
    }
    report(rules::livelock, sorted_list(identity),
           fmt::format("nothing was completed in {} fair steps: {}", options_.fair_points, story));
}

}  // namespace tenthrule
