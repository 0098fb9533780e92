// The allocation functions of the whole program. They are in a file of their own, so that a program with
// allocation functions of its own links, too: then what its tests allocate is not watched.

#include <cstdlib>
#include <new>

#include "library/heap.hpp"
#include "runtime/user_code.hpp"

namespace {

void* allocate(std::size_t size) {
    for (;;) {
        if (void* const memory = std::malloc(size == 0 ? 1 : size)) {
            return memory;
        }
        const std::new_handler handler = std::get_new_handler();
        if (handler == nullptr) {
            throw std::bad_alloc();
        }
        handler();
    }
}

}  // namespace

// A linker that is told `--undefined=tenthrule_allocation_functions` takes this file although a sanitizer's
// runtime has such functions, too.
extern "C" {
extern const char tenthrule_allocation_functions;
const char tenthrule_allocation_functions = 1;
}

void* operator new(std::size_t size) {
    if (tenthrule::user_code::runs()) [[unlikely]] {
        if (void* const memory =
                tenthrule::detail::allocate_in_test(size, __STDCPP_DEFAULT_NEW_ALIGNMENT__)) {
            return memory;
        }
    }
    return allocate(size);
}

void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
    try {
        return ::operator new(size);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

void operator delete(void* memory) noexcept {
    if (tenthrule::detail::heap::contains(memory)) [[unlikely]] {
        tenthrule::detail::free_in_test(memory);
        return;
    }
    std::free(memory);
}

void operator delete(void* memory, std::size_t /*size*/) noexcept {
    ::operator delete(memory);
}
