#include "worker/coverage/watched.hpp"

#include "runtime/execution.hpp"

namespace tenthrule {

namespace {

// Of an event there is only one: that it happens.
std::uint64_t operation_of(actor who) {
    if (is_event(who)) {
        return who;
    }
    const operation& op = execution::current().published(who);
    return (std::uint64_t{op.object} << 24U) | (static_cast<std::uint64_t>(op.mode) << 16U) |
           (static_cast<std::uint64_t>(op.kind) << 8U) | who;
}

}  // namespace

void watched::begin(std::uint64_t seed) {
    other().begin(seed);
    if (watching_) {
        order_.shorten(0);
        operations_.begin();
        chosen_.fill(0);
        class_hash_ = 0;
        pairs_.clear();
        touched_.clear();
        enabled_ = {};
        open_ = false;
        cut_ = false;
    }
}

actor watched::pick(const situation& where) {
    const actor next = other().pick(where);
    if (watching_ && !cut_ && next != no_actor) {
        open(next, where.enabled);
    }
    return next;
}

std::uint32_t watched::choose(std::uint32_t n) {
    const std::uint32_t value = other().choose(n);
    if (open_) {
        chosen_[who_] = chosen_[who_] * 257 + value + 1;
    }
    return value;
}

void watched::end(const execution_size& size) {
    if (open_) {
        close({});
    }
    if (watching_) {
        class_hash_ = order_.trace_hash();
        for (std::size_t a = 0; a < chosen_.size(); ++a) {
            class_hash_ += chosen_[a] * (0x9e3779b97f4a7c15U * (2 * a + 1));
        }
    }
    other().end(size);
}

void watched::stepped(const actor_set& enabled) {
    if (open_) {
        close(enabled);
    }
    enabled_ = enabled;
}

bool watched::forced(actor next) {
    open(next, enabled_);
    return true;
}

void watched::cut() {
    cut_ = true;
    if (open_) {
        close(before_);
    }
}

void watched::open(actor who, const actor_set& enabled) {
    who_ = who;
    operation_ = operation_of(who);
    before_ = enabled;
    touched_.clear();
    open_ = true;
}

void watched::close(const actor_set& enabled) {
    open_ = false;
    actor_set changed{before_.tasks ^ enabled.tasks, before_.events ^ enabled.events};
    changed.erase(who_);
    for (; !changed.empty(); changed.erase(changed.first())) {
        touched_.add(places::standing(changed.first()), true);
    }
    if (order_.size() < happens_before::steps_max) {
        order_.add(who_, touched_.touches());
    }
    operations_.step(who_, operation_, touched_.touches(), pairs_);
}

}  // namespace tenthrule
