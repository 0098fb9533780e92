#include "conform/host/user_memory.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <sys/mman.h>

namespace tenthrule::conform {

namespace {

std::byte* map(std::byte* where, std::size_t size, int access, int flags) {
    void* const at =
        mmap(where, size, access, flags | MAP_ANONYMOUS | (where != nullptr ? MAP_FIXED : 0), -1, 0);
    if (at == MAP_FAILED) {
        throw std::system_error(errno, std::generic_category(), "mmap");
    }
    return static_cast<std::byte*>(at);
}

}  // namespace

user_memory::user_memory() {
    constexpr int both = PROT_READ | PROT_WRITE;
    memory_ = map(nullptr, 2 * page * (threads_max + 1), both, MAP_PRIVATE);
    map(memory_ + page, page, both, MAP_SHARED);
    refused_ = map(nullptr, 3 * page, PROT_NONE, MAP_PRIVATE);
    map(refused_, page, PROT_READ, MAP_PRIVATE);
    map(refused_ + page, page, PROT_READ, MAP_SHARED);
}

user_memory::~user_memory() {
    munmap(memory_, 2 * page * (threads_max + 1));
    munmap(refused_, 3 * page);
}

void user_memory::begin(unsigned words, bool process_shared) {
    process_shared_ = process_shared;
    // A word's neighbour is what a misaligned access reads: it has to be zero, too.
    const std::size_t needed = words + 1;
    first_ = first_ + 2 * needed > slots ? 0 : first_ + needed;
    std::memset(reinterpret_cast<std::byte*>(word(0)), 0, needed * slot);
    // A page that nobody has read yet is absent, and then the kernel wants to make it writable.
    for (std::size_t i = 0; i < 2; ++i) {
        (void)*reinterpret_cast<volatile std::uint32_t*>(refused_ + i * page);
    }
}

std::uint32_t* user_memory::word(unsigned number) const {
    return reinterpret_cast<std::uint32_t*>(memory_ + (process_shared_ ? page : 0) +
                                            (first_ + number) * slot);
}

std::uint32_t* user_memory::at(const address& a) const {
    switch (a.is) {
        case address::place::null:
            return nullptr;
        case address::place::unmapped:
            return reinterpret_cast<std::uint32_t*>(refused_ + 2 * page);
        case address::place::read_only:
            return reinterpret_cast<std::uint32_t*>(refused_ + (process_shared_ ? page : 0));
        case address::place::word:
            break;
    }
    return reinterpret_cast<std::uint32_t*>(reinterpret_cast<std::byte*>(word(a.word)) + a.offset);
}

robust_list* user_memory::node(unsigned thread, const address& a) const {
    return reinterpret_cast<robust_list*>(reinterpret_cast<std::byte*>(at(a)) - futex_offset(thread));
}

long user_memory::futex_offset(unsigned thread) {
    return -static_cast<long>(2 * page * (thread + 1));
}

}  // namespace tenthrule::conform
