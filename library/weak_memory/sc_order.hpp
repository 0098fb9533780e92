#pragma once

#include <cstdint>
#include <vector>

#include "library/weak_memory/message.hpp"
#include "runtime/arena.hpp"

namespace tenthrule::detail {

/// The order of the seq_cst accesses and fences of an execution: the relation psc of RC11, which has to stay
/// acyclic (Lahav, Vafeiadis, Kang, Hur and Dreyer, "Repairing Sequential Consistency in C/C++11", PLDI
/// 2017, section 3):
///
///   scb = sb + sb to another location; hb; sb to another location + hb within a location + mo + rb
///   psc = ([SC] + [SC fence]; hb?); scb; ([SC] + hb?; [SC fence]) + [SC fence]; (hb + hb; eco; hb); [SC
///   fence]
///
/// Events are added in an order in which nothing reads what comes later. A new event is the target of edges
/// from whatever comes before it; edges *from* it to what is there already only come into being if it is
/// placed before a store in the modification order, or reads something older than a store. So the newest
/// place is always consistent, and only others have to be checked.
///
/// How: the seq_cst events of a thread have ranks 1, 2, ... As program order is part of psc, all that leads
/// to an event is a prefix of each thread: a vector of ranks. Each event keeps the vector of all that leads
/// to it, over any number of edges. What leads to a store by mo or rb is collected in the messages.
///
/// Memory: a few vectors for each event; time: linear in the number of seq_cst events where an edge from a
/// new event to an old one is added, else in the number of threads.
///
/// Thread safety: belongs to one execution.
class sc_order {
public:
    /// A new execution, of no threads yet.
    void begin(arena& memory);
    /// There are so many threads from now on.
    void grow(unsigned threads);

    /// Whether some seq_cst event has been added.
    bool used() const {
        return used_;
    }

    /// An access that is about to be added, or tried.
    struct event {
        unsigned thread;
        const modification_order* where;
        const std::uint32_t* before;  ///< clock before the event
        const std::uint32_t* after;   ///< clock with what it acquires itself
        message*
            predecessor;  ///< what it reads; of a store: the one right before it in the modification order
        bool reads;
        bool writes;
        bool seq_cst;
    };

    /// `thread` is going to access `where`. Before everything else of the access.
    void arrive(unsigned thread, const modification_order& where, const std::uint32_t* clock);
    /// An object is made, with that first value, by a thread with that clock. No atomic access. After
    /// `arrive`.
    void made(const std::uint32_t* clock, message& first);
    /// `thread` does something that is no atomic access: it has left the location it was at.
    void leave(unsigned thread, std::uint32_t epoch);
    /// It has synchronised by other means, in the epoch in which it did its last operation here or later.
    void synchronised(unsigned thread) {
        leave(thread, threads_[thread].epoch);
    }
    /// It has done its operation, and is in that epoch now.
    void stay(unsigned thread, std::uint32_t epoch) {
        threads_[thread].epoch = epoch;
    }

    /// Whether edges may lead from a new access to others, so that it has to be checked where it is placed.
    bool matters(bool seq_cst) const {
        return seq_cst || fences_used_;
    }
    /// Whether psc stays acyclic with it.
    bool allows(const event& e);
    /// Adds it. `written`: the new store, not yet in the modification order; null for a load.
    void add(const event& e, message* written);
    /// Adds a fence. `clock`: with what it acquires.
    void add_fence(unsigned thread, const std::uint32_t* clock, const modification_order* locations);

private:
    struct node {
        std::uint32_t location = 0;  ///< 0: a fence
        std::uint32_t epoch = 0;
        std::uint32_t left_at =
            0;  ///< epoch of the next event of its thread at another location, or `not_yet`
        std::uint32_t last_fence = 0;          ///< rank of the last fence up to here
        by_thread leading = nullptr;           ///< ranks of all that leads here
        const std::uint32_t* clock = nullptr;  ///< fences only
    };
    struct thread_state {
        std::vector<node> nodes;            ///< by rank - 1
        std::uint32_t epoch = 0;            ///< after its last operation
        std::uint32_t at = 0;               ///< number of the location of its last events; 0: none
        std::uint32_t first_unsettled = 0;  ///< nodes from this on have not been left
        by_thread run_clock = nullptr;      ///< clock before its events at that location
    };
    static constexpr std::uint32_t not_yet = ~std::uint32_t{0};

    void settle(thread_state& t, std::uint32_t epoch) const;
    const node& node_of(unsigned thread, std::uint32_t rank) const {
        return threads_[thread].nodes[rank - 1];
    }
    std::uint32_t last_fence(unsigned thread, std::uint32_t rank) const {
        return rank == 0 ? 0 : node_of(thread, rank).last_fence;
    }
    std::uint32_t rank_at(unsigned thread, std::uint32_t epoch) const;
    std::uint32_t departed(unsigned thread, std::uint32_t epoch) const;
    void fences_before(const std::uint32_t* clock, by_thread ranks) const;
    void leading_into(const event& e, by_thread ranks) const;
    void close(by_thread ranks) const;
    void find_targets(const message& later, by_thread all, by_thread fences) const;
    void lead_on(const event& e);
    void collect(const event& e, message* written);

    void join(by_thread to, const std::uint32_t* from) const {
        if (from != nullptr) {
            for (unsigned i = 0; i < width_; ++i) {
                to[i] = to[i] < from[i] ? from[i] : to[i];
            }
        }
    }
    /// The same for a vector that need not exist yet.
    void join_into(by_thread& to, const std::uint32_t* from);
    bool zero(const std::uint32_t* ranks) const;
    void copy(by_thread to, const std::uint32_t* from) const {
        for (unsigned i = 0; i < width_; ++i) {
            to[i] = from[i];
        }
    }
    void clear(by_thread ranks) const {
        for (unsigned i = 0; i < width_; ++i) {
            ranks[i] = 0;
        }
    }

    arena* memory_ = nullptr;
    unsigned width_ = 0;
    bool used_ = false;
    bool fences_used_ = false;
    std::vector<thread_state> threads_;
    // Of the event being looked at
    by_thread fences_ = nullptr;          ///< ranks of the fences that come before it
    by_thread sources_ = nullptr;         ///< likewise, with its own: where edges from it begin
    by_thread behind_fences_ = nullptr;   ///< fences_, and all that leads there
    by_thread behind_sources_ = nullptr;  ///< sources_, and all that leads there
    by_thread targets_ = nullptr;         ///< by thread, the rank of the first event edges lead to
    by_thread fence_targets_ = nullptr;   ///< the same for edges from fences only
};

}  // namespace tenthrule::detail
