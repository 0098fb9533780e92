#pragma once

/// What a step really touched: more than the operation that was published before it, because on its way to
/// the next scheduling point a task also reads and writes what needs no point of its own, wakes others, and
/// moves CPUs about. Recorded only for strategies that ask for it; nobody else pays for it but by a test of
/// one thread-local pointer.
///
/// Everything that can be touched has a number, its place. Memory has the numbers of its objects; the rest
/// stands for the parts of the machine that decide who can step and what a step does there:
///
///   standing(a)     whether actor a can step, and on which CPU. Every step of a reads it; whatever wakes a,
///                   hands it a lock, gives or takes its CPU, interrupts it or changes its urgency writes it.
///   sleep(a)        whether task a sleeps: written by going to sleep and waking, read by waking in vain, and
///                   by whoever asks.
///   preemption(a)   whether a can be preempted right now: written by a itself, read by whoever asks, and by
///                   who would have taken a's CPU, or has.
///   processor(c)    who has CPU c, how urgent that one is, and whether somebody more urgent waits for it:
///                   written by whatever changes that and by timer callbacks there. Read by who looks for a
///                   CPU, up to the first idle one, and by who can be preempted again on c.
///   allocation      who waits for a CPU: written by what changes that, read by who gives one up. Where tasks
///                   may take CPUs by choice, or may not run everywhere, all that is done about CPUs writes
///                   it, and what changes who can be preempted reads it. Untouched on a machine with a CPU
///                   for every task.
///   timers          which timers are armed and may fire: they do so in the order of their deadlines.
///   virtual_time    the clock: written by timers, read by whoever computes a deadline.
///   rest            whether all tasks rest, which is looked at before an event happens: read by a task that
///                   comes to rest, written by events.

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/types.hpp"

namespace tenthrule {

using place_number = std::uint32_t;

namespace places {
constexpr place_number standing(actor a) {
    return a;
}
constexpr place_number preemption(actor a) {
    return 256U + a;
}
/// CPUs have the numbers of tasks: there can be one for each.
constexpr place_number processor(int cpu) {
    return 512U + task_actor(static_cast<unsigned>(cpu));
}
inline constexpr place_number allocation = 600;
inline constexpr place_number timers = 601;
inline constexpr place_number virtual_time = 602;
inline constexpr place_number rest = 603;
constexpr place_number sleep(actor a) {
    return 768U + a;
}
/// Of a task. Nobody writes it: it only says that the step has made possible, or impossible, what that task
/// is about to do at its point.
constexpr place_number possible(actor task) {
    return 608U + task_index(task);
}
constexpr bool is_possible(place_number place) {
    return place >= 608U && place < 608U + tasks_max;
}
constexpr actor task_of(place_number possible) {
    return task_actor(possible - 608U);
}
inline constexpr place_number first_memory = 1024;
/// `object` is the number of an operation's object.
constexpr place_number object(std::uint32_t object) {
    return first_memory + 4 * object;
}
/// For what is no object of any operation: see execution::new_cell.
constexpr place_number cell(std::uint32_t number) {
    return first_memory + 4 * number + 1;
}
/// Touched by a step that takes a lock, and by the one that gives it back: they tell a search that the second
/// can only be where it is because of the first. Of a lock for which others wait without a step of their own
/// the first is read by one that waited and written by one that did not. Of a spinlock it is read and then
/// written by a step that asks for it, got or not (what such a step touched before is what asking alone
/// touches), and only written by one that tries.
constexpr place_number taken(std::uint32_t object) {
    return first_memory + 4 * object + 2;
}
constexpr place_number given_back(std::uint32_t object) {
    return first_memory + 4 * object + 3;
}
constexpr bool is_taken(place_number place) {
    return place >= first_memory && (place - first_memory) % 4 == 2;
}
constexpr bool is_given_back(place_number place) {
    return place >= first_memory && (place - first_memory) % 4 == 3;
}
/// Of the same lock.
constexpr place_number taken_for(place_number given_back) {
    return given_back - 1;
}
constexpr place_number object_of(place_number taken) {
    return taken - 2;
}
constexpr place_number taken_of(place_number object) {
    return object + 2;
}
constexpr place_number given_back_for(place_number taken) {
    return taken + 1;
}
}  // namespace places

struct touch {
    place_number where = 0;
    bool writes = false;
};

/// Whether that place is among those touched.
inline bool is_touched(place_number where, std::span<const touch> touched) {
    return std::any_of(touched.begin(), touched.end(), [=](const touch& t) { return t.where == where; });
}
/// And written.
inline bool is_written(place_number where, std::span<const touch> touched) {
    return std::any_of(touched.begin(), touched.end(),
                       [=](const touch& t) { return t.where == where && t.writes; });
}

/// Thread safety: belongs to one execution at a time.
class footprint {
public:
    /// Where what the current thread does is being recorded; null: nowhere.
    static footprint* active() {
        return recording_here;
    }
    static void activate(footprint* f) {
        recording_here = f;
    }
    static void note(place_number where, bool writes) {
        if (recording_here != nullptr) [[unlikely]] {
            recording_here->add(where, writes);
        }
    }
    /// A step by which an actor comes to a lock looks at whether it is free. Without a bound that is nothing,
    /// for coming too early and too late are the same: who waits goes on all the same once it is free. But
    /// whoever goes on instead of one that waits does so for nothing, and of one that does not wait for a
    /// switch.
    static void note_look(place_number where) {
        if (recording_here != nullptr && recording_here->looks_count_) [[unlikely]] {
            recording_here->add(where, false);
        }
    }
    /// The step changes whether `a`, who is at a point, can do what it is about to, and that follows from
    /// what the step does to the object of that operation. So the object says who depends on whom. If the
    /// standing did as well, this step would also depend on the one by which `a` came to its point; but it
    /// would not if that came later, to an object that is as it is already.
    static void note_possible(actor a) {
        if (recording_here != nullptr) [[unlikely]] {
            if (recording_here->looks_count_) {
                recording_here->add(places::standing(a), true);
                recording_here->add(places::rest, false);
            } else {
                recording_here->add(places::possible(a), false);
            }
        }
    }
    /// For `taken` and `given_back` of a spinlock. Without a bound, what comes of spinning is mostly what
    /// comes of coming later; within one it is not, for the same reason.
    static void note_hand_over(place_number where, bool writes) {
        if (recording_here != nullptr && !recording_here->looks_count_) [[unlikely]] {
            recording_here->add(where, writes);
        }
    }
    /// Whether `note_look` notes anything, `note_possible` all, and `note_hand_over` nothing.
    void count_looks(bool yes) {
        looks_count_ = yes;
    }

    void add(place_number where, bool writes);
    void clear() {
        touches_.clear();
        ++number_;
    }

    /// How the step touches that place, as far as it has got.
    access access_to(place_number where) const {
        const std::uint64_t mark = where < marks_.size() ? marks_[where] : 0;
        return mark < 2 * number_ ? access::none : (mark == 2 * number_ ? access::read : access::write);
    }
    std::span<const touch> touches() const {
        return touches_;
    }

private:
    static inline constinit thread_local footprint* recording_here = nullptr;

    [[gnu::cold]] void make_room(place_number where);

    std::vector<touch> touches_;  ///< a place is there once, or twice: read first, then written
    /// By place, the number of the step that touched it last, times two, plus one if it wrote.
    std::vector<std::uint64_t> marks_;
    std::uint64_t number_ = 1;
    bool looks_count_ = false;
};

}  // namespace tenthrule
