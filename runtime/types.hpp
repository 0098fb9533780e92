#pragma once

/// The words every part of the engine shares: who can be chosen, and what they are about to do.

#include <bit>
#include <cstdint>

namespace tenthrule {

/// Something the strategy can choose: a task (0..63) or an event (64..127).
/// Numbers follow the order of creation, so they mean the same in every execution of a program.
using actor = std::uint8_t;

inline constexpr unsigned tasks_max = 64;
inline constexpr unsigned events_max = 64;
inline constexpr actor no_actor = 0xff;

constexpr bool is_task(actor a) {
    return a < tasks_max;
}

constexpr bool is_event(actor a) {
    return a >= tasks_max && a < tasks_max + events_max;
}

/// A set of actors: one bit each.
struct actor_set {
    std::uint64_t tasks = 0;
    std::uint64_t events = 0;

    constexpr bool contains(actor a) const {
        return (((a < tasks_max ? tasks : events) >> (a % 64U)) & 1U) != 0;
    }
    constexpr void insert(actor a) {
        (a < tasks_max ? tasks : events) |= std::uint64_t{1} << (a % 64U);
    }
    constexpr void erase(actor a) {
        (a < tasks_max ? tasks : events) &= ~(std::uint64_t{1} << (a % 64U));
    }
    constexpr bool empty() const {
        return (tasks | events) == 0;
    }
    constexpr unsigned count() const {
        return ones(tasks) + (events != 0 ? ones(events) : 0);
    }
    constexpr bool single() const {
        const std::uint64_t word = tasks | events;
        return word != 0 && (tasks == 0 || events == 0) && (word & (word - 1)) == 0;
    }
    /// The lowest-numbered member: tasks come before events. REQUIRES: not empty.
    constexpr actor first() const {
        return static_cast<actor>(tasks != 0 ? std::countr_zero(tasks) : 64 + std::countr_zero(events));
    }
    /// The n-th member in ascending order, from 0. REQUIRES: n < count().
    constexpr actor nth(unsigned n) const {
        std::uint64_t word = tasks;
        actor base = 0;
        if (events != 0) {
            if (const unsigned in_tasks = ones(tasks); n >= in_tasks) {
                n -= in_tasks;
                word = events;
                base = tasks_max;
            }
        }
        // Which one it is was drawn: branches on it would be mispredicted.
        word &= word - (n > 0 ? 1U : 0U);
        word &= word - (n > 1 ? 1U : 0U);
        word &= word - (n > 2 ? 1U : 0U);
        for (; n > 3; --n) {
            word &= word - 1;
        }
        return static_cast<actor>(base + std::countr_zero(word));
    }
    friend constexpr bool operator==(const actor_set&, const actor_set&) = default;

private:
    // std::popcount is a call where there is no instruction for it, and a loop would be mispredicted.
    static constexpr unsigned ones(std::uint64_t word) {
        word -= (word >> 1U) & 0x5555555555555555U;
        word = (word & 0x3333333333333333U) + ((word >> 2U) & 0x3333333333333333U);
        word = (word + (word >> 4U)) & 0x0f0f0f0f0f0f0f0fU;
        return static_cast<unsigned>((word * 0x0101010101010101U) >> 56U);
    }
};

/// Kinds of visible operation: those that another task can observe.
enum class op_kind : std::uint8_t {
    start,   ///< a task's or timer callback's first step
    load,    ///< read of shared memory
    store,   ///< write of shared memory
    rmw,     ///< atomic read-modify-write
    lock,    ///< acquisition of a lock (may start spinning)
    unlock,  ///< release of a lock
    wake,    ///< making a sleeper runnable
    resume,  ///< the first step after a sleep or a spin
    arm,     ///< starting a timer
    cancel,  ///< stopping a timer (waits for a running callback)
    fire,    ///< a timer's expiry
    arrive,  ///< a task becoming runnable for the first time
    signal,  ///< an outside event that the program defines, such as a signal
    yield,   ///< a retry: the actor cannot get on before somebody else does
    choose,  ///< a nondeterministic value
    finish,  ///< the last step
};

/// How an operation touches its object.
enum class access : std::uint8_t { none, read, write };

/// What an actor is about to do, published before it does it. `object` is a number that is stable
/// from execution to execution (0: none); `label` is a string with static storage duration or in the
/// execution's arena.
struct operation {
    op_kind kind = op_kind::start;
    access mode = access::none;
    std::uint32_t object = 0;
    const char* label = "";
};

/// Whether two operations of different actors may not be swapped without being noticed: they touch
/// the same object and at least one of them modifies it.
constexpr bool dependent(const operation& a, const operation& b) {
    return a.object != 0 && a.object == b.object && (a.mode == access::write || b.mode == access::write);
}

const char* to_string(op_kind kind);

/// Virtual time in nanoseconds since boot.
using nanoseconds = std::uint64_t;

}  // namespace tenthrule
