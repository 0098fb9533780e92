#pragma once

/// What the weak memory model keeps of an atomic object: all stores to it, in their modification order.

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "runtime/arena.hpp"

namespace tenthrule::detail {

/// Vectors of numbers, one for each thread of an execution. "Clocks" count the epochs of threads, as the
/// engine's vector clocks do; "ranks" count their seq_cst events (see sc_order.hpp). All live in the arena.
using by_thread = std::uint32_t*;

/// The same numbers with room for more threads; from null, zeros.
template <typename Number>
std::remove_const_t<Number>* widened(arena& memory, Number* from, unsigned width, unsigned wider) {
    auto* const to = memory.make_array<std::remove_const_t<Number>>(wider);
    if (from != nullptr) std::copy(from, from + width, to);
    return to;
}
/// Null stays null.
template <typename Number>
void widen(arena& memory, Number*& numbers, unsigned width, unsigned wider) {
    if (numbers != nullptr) {
        numbers = widened(memory, numbers, width, wider);
    }
}

inline constexpr std::uint8_t no_author = 0xff;

/// A store, as others may still read it.
struct message {
    message* newer = nullptr;  ///< its neighbours in the modification order
    message* older = nullptr;
    void* value = nullptr;
    const std::uint32_t* released = nullptr;  ///< the clock that an acquiring reader gets; null: none
    by_thread observed = nullptr;     ///< by thread: the epoch in which it first read or wrote this, or 0
    std::uint32_t written_at = 0;     ///< epoch of the author
    std::uint8_t author = no_author;  ///< no_author: before all threads
    bool updated = false;             ///< a read-modify-write read it: it stays right behind
    std::uint32_t rank = 0;           ///< of a seq_cst store among the author's seq_cst events, else 0

    // Ranks of the seq_cst events from which a path leads here; null: none. See sc_order.hpp.
    by_thread into = nullptr;         ///< by the modification order and reads-before
    by_thread into_fences = nullptr;  ///< those of fences only; they may go on to who reads this
    by_thread readers = nullptr;      ///< from who reads this
    by_thread reader_fences = nullptr;
};

/// An atomic object.
struct modification_order {
    const char* name = "";
    message* newest = nullptr;
    message* oldest = nullptr;           ///< what it was made with
    modification_order* next = nullptr;  ///< of all locations of the execution
    std::uint32_t number = 0;            ///< from 1
    std::uint32_t size = 0;              ///< of its values, in bytes
    std::uint32_t alignment = 1;
    std::uint8_t* stale = nullptr;  ///< by thread: how many reads in a row were not of the newest store
};

}  // namespace tenthrule::detail
