#pragma once

/// A raw spinlock, as a kernel has it: waiting keeps the CPU, preemption is off while it is held or
/// waited for, and it is handed over first come, first served (as queued spinlocks do).

#include "runtime/execution.hpp"

namespace tenthrule {

class raw_spinlock {
public:
    /// `kind` and `name` live as long as the execution.
    raw_spinlock(const lock_class& kind, const char* name);
    raw_spinlock(const raw_spinlock&) = delete;
    raw_spinlock& operator=(const raw_spinlock&) = delete;

    void lock() {
        lock_as(*kind_, false);
    }
    /// For the second of two locks of one kind, taken in an order that excludes a cycle.
    void lock_nested(const lock_class& nested_kind) {
        lock_as(nested_kind, false);
    }
    /// Interrupts stay off on this CPU until unlock_irq.
    void lock_irq() {
        lock_as(*kind_, true);
    }
    /// Gives up at once if somebody has it. Interrupts are off afterwards if it succeeded.
    bool try_lock_irq();
    bool try_lock();

    void unlock() {
        unlock_as(false);
    }
    void unlock_irq() {
        unlock_as(true);
    }

    /// Without a scheduling point.
    bool held() const {
        return owner_ != no_actor;
    }
    bool held_by_me() const {
        return owner_ == execution::current().self();
    }
    actor owner() const {
        return owner_;
    }
    const char* name() const {
        return name_;
    }

private:
    void lock_as(const lock_class& kind, bool irq);
    bool try_lock_as(bool irq);
    void unlock_as(bool irq);
    void check_alive() const;

    const lock_class* kind_;
    const char* name_;
    tracked_object* life_;
    sync_clock clock_;
    std::uint32_t object_;
    actor owner_ = no_actor;
    actor first_spinner_ = no_actor;
    actor last_spinner_ = no_actor;
};

}  // namespace tenthrule
