#pragma once

/// The words every part of the engine shares: who can be chosen, and what they are about to do.

#include <bit>
#include <cstdint>
#include <type_traits>

/// How many tasks an execution can have: 64 or 128. The same for all sources of a program: it is the CMake
/// option of that name, which whoever links to the engine gets with it.
#ifndef TENTHRULE_TASKS_MAX
#define TENTHRULE_TASKS_MAX 64
#endif

namespace tenthrule {

/// Something the strategy can choose: a task (0..63, and then 128..191) or an event (64..127).
/// Numbers follow the order of creation, so they mean the same in every execution of a program, and in every
/// build of it: tasks beyond the 64th have numbers above those of events where there can be any.
using actor = std::uint8_t;

inline constexpr unsigned tasks_max = TENTHRULE_TASKS_MAX;
inline constexpr unsigned events_max = 64;
inline constexpr unsigned actors_max = tasks_max + events_max;  ///< every number is below
inline constexpr actor first_event = 64;
inline constexpr actor no_actor = 0xff;

static_assert(tasks_max == 64 || tasks_max == 128, "TENTHRULE_TASKS_MAX is 64 or 128");

namespace detail {

__extension__ typedef unsigned __int128 two_words;  // NOLINT(modernize-use-using): there it warns

/// The numbers of actors where there can be so many tasks.
template <unsigned Tasks>
struct numbering {
    /// One bit for each task, that of the first one lowest.
    using bits = std::conditional_t<Tasks == 64, std::uint64_t, two_words>;

    static constexpr bool is_task(actor a) {
        return Tasks == 64 ? a < 64 : a / 64 != 1 && a < 192;
    }
    static constexpr unsigned index_of(actor task) {
        return Tasks == 64 ? task : (task & 63U) | ((task >> 1U) & 64U);
    }
    static constexpr actor task_of(unsigned index) {
        return static_cast<actor>(Tasks == 64 ? index : (index & 63U) | ((index & 64U) << 1U));
    }
    /// For an event that of the event among events.
    static constexpr bits bit_of(actor a) {
        return bits{1} << (Tasks == 64 ? a % 64U : index_of(a));
    }
};

constexpr std::uint64_t low_word(two_words bits) {
    return static_cast<std::uint64_t>(bits);
}
constexpr std::uint64_t high_word(two_words bits) {
    return static_cast<std::uint64_t>(bits >> 64U);
}

constexpr unsigned lowest_bit(std::uint64_t bits) {
    return static_cast<unsigned>(std::countr_zero(bits));
}
constexpr unsigned lowest_bit(two_words bits) {
    return low_word(bits) != 0 ? lowest_bit(low_word(bits)) : 64 + lowest_bit(high_word(bits));
}

}  // namespace detail

constexpr bool is_task(actor a) {
    return detail::numbering<tasks_max>::is_task(a);
}

constexpr bool is_event(actor a) {
    return a >= first_event && a < first_event + events_max;
}

/// How many tasks were made before this one. REQUIRES: is_task(task).
constexpr unsigned task_index(actor task) {
    return detail::numbering<tasks_max>::index_of(task);
}

/// The task of which that is the index. REQUIRES: index < tasks_max.
constexpr actor task_actor(unsigned index) {
    return detail::numbering<tasks_max>::task_of(index);
}

/// A set of tasks: a bit for each, that of the first one lowest.
using task_bits = detail::numbering<tasks_max>::bits;

/// REQUIRES: is_task(task).
constexpr task_bits task_bit(actor task) {
    return detail::numbering<tasks_max>::bit_of(task);
}

/// REQUIRES: tasks != 0.
constexpr actor first_task(task_bits tasks) {
    return task_actor(detail::lowest_bit(tasks));
}

/// A bit for each event, that of the first one lowest. REQUIRES: is_event(event).
constexpr std::uint64_t event_bit(actor event) {
    return std::uint64_t{1} << (event % 64U);
}

/// A set of actors: one bit each. Their order is that of their creation, tasks before events.
template <unsigned Tasks>
struct basic_actor_set {
    using numbering = detail::numbering<Tasks>;
    using bits = typename numbering::bits;

    bits tasks = 0;
    std::uint64_t events = 0;

    constexpr bool contains(actor a) const {
        if constexpr (Tasks == 64) {
            return (((in_tasks(a) ? tasks : events) >> (a % 64U)) & 1U) != 0;  // without a branch
        } else {
            return in_tasks(a) ? (tasks & numbering::bit_of(a)) != 0 : (events & event_bit(a)) != 0;
        }
    }
    constexpr void insert(actor a) {
        in_tasks(a) ? void(tasks |= numbering::bit_of(a)) : void(events |= event_bit(a));
    }
    constexpr void erase(actor a) {
        in_tasks(a) ? void(tasks &= ~numbering::bit_of(a)) : void(events &= ~event_bit(a));
    }
    constexpr bool empty() const {
        return (tasks | events) == 0;
    }
    constexpr unsigned count() const {
        return ones(tasks) + (events != 0 ? ones(events) : 0);
    }
    constexpr bool single() const {
        const bits word = tasks | events;
        return word != 0 && (tasks == 0 || events == 0) && (word & (word - 1)) == 0;
    }
    /// REQUIRES: not empty.
    constexpr actor first() const {
        return tasks != 0 ? numbering::task_of(detail::lowest_bit(tasks))
                          : static_cast<actor>(first_event + detail::lowest_bit(events));
    }
    /// Those that come after `a`, which need not be a member.
    constexpr basic_actor_set after(actor a) const {
        // Two shifted out of its word is 0, as it should be: nobody comes after the last one.
        if (in_tasks(a)) {
            return {tasks & ~((numbering::bit_of(a) << 1U) - 1), events};
        }
        return {0, events & ~((event_bit(a) << 1U) - 1)};
    }
    /// The n-th member, from 0. REQUIRES: n < count().
    constexpr actor nth(unsigned n) const {
        std::uint64_t word = static_cast<std::uint64_t>(tasks);
        unsigned base = 0;
        const auto go_on_in = [&](std::uint64_t next, unsigned next_base) {
            if (next != 0) {
                if (const unsigned before = ones(word); n >= before) {
                    n -= before;
                    word = next;
                    base = next_base;
                }
            }
        };
        if constexpr (Tasks > 64) {
            go_on_in(detail::high_word(tasks), numbering::task_of(64));
        }
        go_on_in(events, first_event);
        // Which one it is was drawn: branches on it would be mispredicted.
        word &= word - (n > 0 ? 1U : 0U);
        word &= word - (n > 1 ? 1U : 0U);
        word &= word - (n > 2 ? 1U : 0U);
        for (; n > 3; --n) {
            word &= word - 1;
        }
        return static_cast<actor>(base + detail::lowest_bit(word));
    }
    friend constexpr bool operator==(const basic_actor_set&, const basic_actor_set&) = default;

private:
    static constexpr bool in_tasks(actor a) {
        return Tasks == 64 ? a < first_event : !is_event(a);
    }
    // std::popcount is a call where there is no instruction for it, and a loop would be mispredicted.
    static constexpr unsigned ones(std::uint64_t word) {
        word -= (word >> 1U) & 0x5555555555555555U;
        word = (word & 0x3333333333333333U) + ((word >> 2U) & 0x3333333333333333U);
        word = (word + (word >> 4U)) & 0x0f0f0f0f0f0f0f0fU;
        return static_cast<unsigned>((word * 0x0101010101010101U) >> 56U);
    }
    static constexpr unsigned ones(detail::two_words words) {
        return ones(detail::low_word(words)) + ones(detail::high_word(words));
    }
};

using actor_set = basic_actor_set<tasks_max>;

/// Calls f(a) for each member of `set`, in order.
template <unsigned Tasks, typename F>
void for_each(const basic_actor_set<Tasks>& set, F f) {
    for (auto members = set.tasks; members != 0; members &= members - 1) {
        f(detail::numbering<Tasks>::task_of(detail::lowest_bit(members)));
    }
    for (std::uint64_t members = set.events; members != 0; members &= members - 1) {
        f(static_cast<actor>(first_event + detail::lowest_bit(members)));
    }
}

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
