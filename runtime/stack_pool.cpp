#include "runtime/stack_pool.hpp"

#include <new>

#include <sys/mman.h>
#include <unistd.h>

#include "runtime/sanitizer.hpp"

namespace tenthrule {

namespace {

// Sanitized frames are several times larger.
constexpr std::size_t stack_size = (sanitizer::address ? std::size_t{512} : std::size_t{128}) * 1024;

// Without an offset all stack tops would share the same cache sets.
constexpr std::size_t colour_step = 192;
constexpr std::size_t colours = 16;

std::size_t page_size() {
    static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    return size;
}

}  // namespace

const stack_pool::stack& stack_pool::map(std::size_t number) {
    if (number >= stacks_.size()) {
        stacks_.resize(number + 1);
    }
    const std::size_t guard = page_size();
    void* memory = mmap(nullptr, stack_size + guard, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED) {
        throw std::bad_alloc();
    }
    if (mprotect(memory, guard, PROT_NONE) != 0) {
        munmap(memory, stack_size + guard);
        throw std::bad_alloc();
    }
    stack& s = stacks_[number];
    s.low = static_cast<std::byte*>(memory) + guard;
    s.size = stack_size - ((number % colours) * colour_step);
    return s;
}

stack_pool::~stack_pool() {
    for (const stack& s : stacks_) {
        if (s.low != nullptr) {
            sanitizer::clean_stack(s.low,
                                   stack_size);  // whoever is given these addresses next is not to blame
            munmap(s.low - page_size(), stack_size + page_size());
        }
    }
}

}  // namespace tenthrule
