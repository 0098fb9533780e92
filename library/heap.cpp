#include "library/heap.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>

#include <fmt/format.h>
#include <sys/mman.h>

#include "library/session.hpp"

namespace tenthrule::detail {

// In front of each block.
struct alignas(16) heap::block {
    enum class state : std::uint32_t { in_use = 0x0b10c001, freed = 0x0b10cdea };

    state now;
    std::uint32_t number;
    std::size_t size;
    block* next;
    std::uint32_t freed_at;
    actor allocated_by;
    actor freed_by;

    std::uintptr_t memory() const {
        return reinterpret_cast<std::uintptr_t>(this + 1);
    }
};

namespace {

// Kept mapped from execution to execution; what lies above is given back to the system.
constexpr std::size_t kept_size = std::size_t{1} << 20U;

std::mutex slots_mutex;
std::uint64_t slots_taken = 0;

}  // namespace

void heap::reserve_all() {
    void* const all = mmap(nullptr, all_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all != MAP_FAILED) {
        all_begin = reinterpret_cast<std::uintptr_t>(all);
    }
}

heap::heap() {
    const std::lock_guard lock(slots_mutex);
    static const bool tried = (reserve_all(), true);
    (void)tried;
    for (std::size_t i = 0; i < heaps_max && contains(reinterpret_cast<void*>(all_begin)); ++i) {
        const std::uintptr_t at = all_begin + i * size_max;
        if (((slots_taken >> i) & 1U) == 0 &&
            mprotect(reinterpret_cast<void*>(at), size_max, PROT_READ | PROT_WRITE) == 0) {
            slots_taken |= std::uint64_t{1} << i;
            begin_ = cursor_ = at;
            return;
        }
    }
}

heap::~heap() {
    if (begin_ != 0) {
        const std::lock_guard lock(slots_mutex);
        madvise(reinterpret_cast<void*>(begin_), size_max, MADV_DONTNEED);
        mprotect(reinterpret_cast<void*>(begin_), size_max, PROT_NONE);
        slots_taken &= ~(std::uint64_t{1} << ((begin_ - all_begin) / size_max));
    }
}

void heap::reset() {
    if (cursor_ - begin_ > kept_size) {
        madvise(reinterpret_cast<void*>(begin_ + kept_size), cursor_ - begin_ - kept_size, MADV_DONTNEED);
    }
    cursor_ = begin_;
    first_ = last_ = nullptr;
    blocks_ = 0;
    in_use_ = 0;
}

void* heap::allocate(std::size_t size, std::size_t alignment, actor by) {
    const std::size_t aligned = std::max(alignment, alignof(block));
    const std::uintptr_t memory = (cursor_ + sizeof(block) + aligned - 1) & ~(aligned - 1);
    if (begin_ == 0 || memory - begin_ > size_max || size > size_max - (memory - begin_)) {
        return nullptr;
    }
    cursor_ = memory + size;
    block* const b = new (reinterpret_cast<void*>(memory - sizeof(block)))
        block{block::state::in_use, ++blocks_, size, nullptr, 0, by, no_actor};
    (last_ != nullptr ? last_->next : first_) = b;
    last_ = b;
    ++in_use_;
    return reinterpret_cast<void*>(memory);
}

heap::freed_as heap::free(void* memory, actor by, std::uint32_t point) {
    const auto at = reinterpret_cast<std::uintptr_t>(memory);
    if (at < begin_ + sizeof(block) || at > cursor_ || at % alignof(block) != 0) {
        return freed_as::never_allocated;
    }
    auto* const b = reinterpret_cast<block*>(at - sizeof(block));
    if (b->now == block::state::in_use) {
        b->now = block::state::freed;
        b->freed_by = by;
        b->freed_at = point;
        --in_use_;
        return freed_as::freed;
    }
    return b->now == block::state::freed ? freed_as::freed_before : freed_as::never_allocated;
}

const heap::block* heap::find(const void* address) const {
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    if (at < begin_ || at >= cursor_) {
        return nullptr;
    }
    for (const block* b = first_; b != nullptr; b = b->next) {
        if (at >= b->memory() && at < b->memory() + std::max<std::size_t>(b->size, 1)) {
            return b;
        }
    }
    return nullptr;
}

std::string heap::oldest_in_use() const {
    for (const block* b = first_; b != nullptr; b = b->next) {
        if (b->now == block::state::in_use) {
            return fmt::format("{} bytes that {} allocated", b->size,
                               session::current().machine().name(b->allocated_by));
        }
    }
    return {};
}

std::string heap::describe(const void* address, bool freed_only) const {
    const block* const b = find(address);
    if (b == nullptr || (freed_only && b->now != block::state::freed)) {
        return {};
    }
    execution& e = session::current().machine();
    std::string words = fmt::format(" (block {}, {} bytes", b->number, b->size);
    if (b->now == block::state::freed) {
        words += fmt::format(", freed by {} at step {}", e.name(b->freed_by), b->freed_at);
    }
    return words + ")";
}

std::string heap::place(const void* address) const {
    const block* const b = find(address);
    if (b == nullptr) {
        return {};
    }
    const std::uintptr_t offset = reinterpret_cast<std::uintptr_t>(address) - b->memory();
    return offset == 0 ? fmt::format("block {}", b->number) : fmt::format("block {}+{}", b->number, offset);
}

void* allocate_in_test(std::size_t size, std::size_t alignment) {
    heap* const h = watched_heap::active();
    if (h == nullptr) {
        return nullptr;
    }
    const engine_scope mine;
    void* const memory = h->allocate(size, alignment, session::current().machine().self());
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}

void free_in_test(void* memory) noexcept {
    heap* const h = watched_heap::active();
    session* const s = session::active();
    if (h == nullptr || s == nullptr) {
        return;  // from an execution that is over
    }
    execution& e = s->machine();
    const bool tested = user_code::runs();
    const engine_scope mine;
    const heap::freed_as how = h->free(memory, e.self(), e.points());
    if (how == heap::freed_as::freed || !tested || e.unwinding()) {
        return;
    }
    const execution::no_exceptions here(e);
    if (how == heap::freed_as::freed_before) {
        fail(rules::double_free, "memory is given back twice", "{} gives back memory a second time{}",
             e.name(e.self()), h->describe(memory, true));
    } else {
        fail(rules::double_free, "what was not allocated is given back",
             "{} gives back an address at which nothing was allocated{}", e.name(e.self()),
             h->describe(memory, false));
    }
}

std::string describe_freed(const void* address) {
    const heap* const h = watched_heap::active();
    return h == nullptr ? std::string() : h->describe(address, true);
}

bool allocations_can_be_watched() {
    static const bool can = [] {
        heap trial;
        heap* const before = watched_heap::exchange(&trial);
        void* memory = nullptr;
        if (trial.available()) {
            session s;
            execution none;
            s.begin(none, {});
            session* const outer = session::exchange(&s);
            {
                const user_code::scope tested(true);
                memory = ::operator new(1);
            }
            session::exchange(outer);
        }
        watched_heap::exchange(before);
        const bool ours = heap::contains(memory);
        if (!ours) {
            ::operator delete(memory);
        }
        return ours;
    }();
    return can;
}

}  // namespace tenthrule::detail
