#pragma once

/// Counts what a test program asks of the heap. Replaces operator new and delete of the whole program, so
/// exactly one of its source files may include this.

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace tenthrule::test {

inline std::atomic<std::uint64_t> allocations{0};

}  // namespace tenthrule::test

// Not inline: GCC would see free() meet memory from operator new, and warn.

[[gnu::noinline]] void* operator new(std::size_t size) {
    ++tenthrule::test::allocations;
    if (void* const memory = std::malloc(size == 0 ? 1 : size)) {
        return memory;
    }
    throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
    ++tenthrule::test::allocations;
    return std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t /*size*/) noexcept {
    std::free(memory);
}
