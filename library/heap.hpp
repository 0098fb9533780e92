#pragma once

/// What a test allocates with operator new, watched: what is not given back, what is given back twice, and
/// who gave back what is still being used.
///
/// While a test runs, new_delete.cpp sends its allocations here. Memory comes from one stretch of address
/// space, in order, and is not used again before the execution is over: so a block that was given back can
/// still be told from one that is in use, and addresses have the same order in every execution.

#include <cstddef>
#include <cstdint>
#include <string>

#include "runtime/types.hpp"

namespace tenthrule::detail {

class session;

/// Thread safety: a heap belongs to one execution.
class heap {
public:
    /// Most that a test can have allocated in one execution.
    static constexpr std::size_t size_max = std::size_t{1} << 30U;
    /// What all heaps together reserve, which is no memory.
    static constexpr std::size_t address_space = size_max * 64;

    heap();
    heap(const heap&) = delete;
    heap& operator=(const heap&) = delete;
    ~heap();

    /// False if the system gave no address space: nothing is watched then.
    bool available() const {
        return begin_ != 0;
    }
    void reset();

    /// Null if there is no room left. `alignment` is a power of two.
    void* allocate(std::size_t size, std::size_t alignment, actor by);

    enum class freed_as : std::uint8_t { freed, freed_before, never_allocated };
    freed_as free(void* memory, actor by, std::uint32_t point);

    /// "40 bytes that t1 allocated" for the oldest block that is in use; empty if there is none.
    std::string oldest_in_use() const;
    std::uint64_t blocks_in_use() const {
        return in_use_;
    }
    /// If the address is in a block: " (block 3, 40 bytes, freed by t2 at step 17)"; `freed_only`: only if it
    /// was given back.
    std::string describe(const void* address, bool freed_only) const;
    /// "block 3+8": the same in every execution that goes the same way, unlike the address.
    std::string place(const void* address) const;

    static bool contains(const void* address) {
        return reinterpret_cast<std::uintptr_t>(address) - all_begin < all_size;
    }

private:
    struct block;
    const block* find(const void* address) const;

    static inline constinit std::uintptr_t all_begin = ~std::uintptr_t{0};
    static constexpr std::size_t all_size = address_space;
    static constexpr std::size_t heaps_max = all_size / size_max;
    static void reserve_all();

    std::uintptr_t begin_ = 0;
    std::uintptr_t cursor_ = 0;
    block* first_ = nullptr;
    block* last_ = nullptr;
    std::uint32_t blocks_ = 0;
    std::uint64_t in_use_ = 0;
};

/// For operator new: null if what runs is not a test whose allocations are watched.
void* allocate_in_test(std::size_t size, std::size_t alignment);
/// For operator delete. REQUIRES: heap::contains(memory).
void free_in_test(void* memory) noexcept;

/// Where this thread's tests allocate; null: their allocations are not watched.
class watched_heap {
public:
    static heap* active() {
        return here;
    }
    static heap* exchange(heap* h) {
        heap* const before = here;
        here = h;
        return before;
    }

private:
    static inline constinit thread_local heap* here = nullptr;
};

/// Empty unless the address is in memory that the test has given back.
std::string describe_freed(const void* address);

/// Whether operator new is the library's. It is not if the program has one of its own.
bool allocations_can_be_watched();

}  // namespace tenthrule::detail
