#pragma once

/// The memory that calls are pointed at: words of both kinds of mapping, pages that cannot be used, and a
/// node for each word on each thread's robust list.

#include <cstddef>
#include <cstdint>

#include <linux/futex.h>

#include "conform/sequence.hpp"

namespace tenthrule::conform {

class user_memory {
public:
    /// Throws std::system_error if there is no memory.
    user_memory();
    ~user_memory();
    user_memory(const user_memory&) = delete;
    user_memory& operator=(const user_memory&) = delete;

    /// The words of the next sequence: at other addresses than those of the last ones, all zero.
    void begin(unsigned words, bool process_shared);

    std::uint32_t* word(unsigned number) const;
    std::uint32_t* at(const address& a) const;

    /// An entry of `thread`'s robust list that stands for the word, and what belongs in the head of that
    /// list.
    robust_list* node(unsigned thread, const address& a) const;
    static long futex_offset(unsigned thread);

private:
    static constexpr std::size_t page = 65'536;
    static constexpr std::size_t slot = 64;  ///< a cache line for each word
    static constexpr std::size_t slots = page / slot;

    std::byte* memory_ =
        nullptr;  ///< private words, shared words, and both again for the nodes of each thread
    std::byte* refused_ = nullptr;  ///< read-only private, read-only shared, unmapped
    std::size_t first_ = 0;
    bool process_shared_ = false;
};

}  // namespace tenthrule::conform
