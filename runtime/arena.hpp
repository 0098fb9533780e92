#pragma once

/// Memory of one execution: handed out in order, taken back all at once.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace tenthrule {

/// A bump allocator. `reset` forgets everything but keeps the blocks, so from the second use on it
/// asks the system for nothing. Destructors are never run: objects with a non-trivial destructor have
/// to be destroyed by whoever made them, or not at all.
/// Thread safety: none; it belongs to one execution.
class arena {
public:
    void* allocate(std::size_t size, std::size_t alignment) {
        std::uintptr_t at = (cursor_ + alignment - 1) & ~(alignment - 1);
        if (at + size > end_) [[unlikely]] {
            next_block(size + alignment);
            at = (cursor_ + alignment - 1) & ~(alignment - 1);
        }
        cursor_ = at + size;
        return reinterpret_cast<void*>(at);  // NOLINT(performance-no-int-to-ptr)
    }

    template <typename T, typename... Args>
    T* make(Args&&... args) {
        return new (allocate(sizeof(T), alignof(T))) T(std::forward<Args>(args)...);
    }

    /// Zeroed array of a trivial type.
    template <typename T>
    T* make_array(std::size_t n) {
        static_assert(std::is_trivially_destructible_v<T>);
        return new (allocate(sizeof(T) * n, alignof(T))) T[n]();
    }

    /// A copy of `text` that lives as long as the execution.
    const char* copy(const char* text, std::size_t length);

    void reset() {
        block_ = 0;
        enter_block();
    }

private:
    struct block {
        std::unique_ptr<std::byte[]> memory;
        std::size_t size;
    };

    void next_block(std::size_t size_min);
    void enter_block();

    std::vector<block> blocks_;
    std::size_t block_ = 0;
    std::uintptr_t cursor_ = 0;
    std::uintptr_t end_ = 0;
};

}  // namespace tenthrule
