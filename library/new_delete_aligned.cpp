// As new_delete.cpp, for what is aligned more strictly.

#include <algorithm>
#include <cstdlib>
#include <new>

#include "library/heap.hpp"
#include "runtime/user_code.hpp"

void* operator new(std::size_t size, std::align_val_t alignment) {
    const auto align = static_cast<std::size_t>(alignment);
    if (tenthrule::user_code::runs()) [[unlikely]] {
        if (void* const memory = tenthrule::detail::allocate_in_test(size, align)) {
            return memory;
        }
    }
    const std::size_t rounded = (std::max<std::size_t>(size, 1) + align - 1) & ~(align - 1);
    if (void* const memory = std::aligned_alloc(align, rounded)) {
        return memory;
    }
    throw std::bad_alloc();
}

void operator delete(void* memory, std::align_val_t /*alignment*/) noexcept {
    if (tenthrule::detail::heap::contains(memory)) [[unlikely]] {
        tenthrule::detail::free_in_test(memory);
        return;
    }
    std::free(memory);
}

void operator delete(void* memory, std::size_t /*size*/, std::align_val_t alignment) noexcept {
    ::operator delete(memory, alignment);
}
