#include "runtime/spinlock.hpp"

#include "runtime/memory.hpp"

namespace tenthrule {

namespace {

actor owner_of(const void* lock) {
    return static_cast<const raw_spinlock*>(lock)->owner();
}

}  // namespace

raw_spinlock::raw_spinlock(const lock_class& kind, const char* name)
    : kind_(&kind),
      name_(name),
      life_(execution::current().constructing()),
      object_(execution::current().new_object()) {}

void raw_spinlock::check_alive() const {
    if (footprint::active() != nullptr) [[unlikely]] {
        detail::note_lifetime(*life_);
    }
    if (!life_->alive) [[unlikely]] {
        detail::touched_after_end(*life_, name_);
    }
}

void raw_spinlock::lock_as(const lock_class& kind, bool irq) {
    execution& e = execution::current();
    e.point(op_kind::lock, access::write, object_, name_);
    check_alive();
    if (irq) {
        e.irq_disable();
    }
    e.preempt_disable();
    footprint::note_hand_over(places::taken(object_), false);  // up to here it has asked,
    footprint::note_hand_over(places::taken(object_), true);   // from here on it has it
    if (owner_ == no_actor) [[likely]] {
        owner_ = e.self();
    } else {
        const actor me = e.self();
        if (first_spinner_ == no_actor) {
            first_spinner_ = me;
        } else {
            e.next_spinner(last_spinner_) = me;
        }
        last_spinner_ = me;
        e.next_spinner(me) = no_actor;
        wait_reason why;
        why.what = "spins on";
        why.object = name_;
        why.subject = this;
        why.holder = &owner_of;
        e.spin(why);  // until unlock_as has made it the owner
    }
    e.acquire(clock_);
    e.lock_taken(this, kind, name_, true);
}

bool raw_spinlock::try_lock() {
    return try_lock_as(false);
}

bool raw_spinlock::try_lock_irq() {
    return try_lock_as(true);
}

bool raw_spinlock::try_lock_as(bool irq) {
    execution& e = execution::current();
    e.point(op_kind::lock, access::write, object_, name_);
    check_alive();
    if (owner_ != no_actor) {
        e.detail("busy");
        return false;
    }
    if (irq) {
        e.irq_disable();
    }
    e.preempt_disable();
    footprint::note_hand_over(places::taken(object_), true);
    owner_ = e.self();
    e.acquire(clock_);
    e.lock_taken(this, *kind_, name_, false);
    return true;
}

void raw_spinlock::unlock_as(bool irq) {
    execution& e = execution::current();
    e.point(op_kind::unlock, access::write, object_, name_);
    check_alive();
    if (!e.lock_dropped(this)) [[unlikely]] {
        e.report(rules::double_unlock, fmt::format("{} released by somebody else", name_),
                 fmt::format("{} releases {}, which it does not hold", e.name(e.self()), name_));
        return;
    }
    footprint::note_hand_over(places::given_back(object_), false);
    e.release(clock_);
    owner_ = first_spinner_;
    if (owner_ != no_actor) {
        first_spinner_ = e.next_spinner(owner_);
        e.stop_spinning(owner_);
    }
    e.preempt_enable();
    if (irq) {
        e.irq_enable();
    }
}

}  // namespace tenthrule
