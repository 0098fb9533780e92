#include "runtime/arena.hpp"

#include <algorithm>
#include <cstring>

#include "runtime/user_code.hpp"

namespace tenthrule {

namespace {
constexpr std::size_t block_size = std::size_t{64} * 1024;
}

const char* arena::copy(const char* text, std::size_t length) {
    char* to = static_cast<char*>(allocate(length + 1, 1));
    std::memcpy(to, text, length);
    to[length] = '\0';
    return to;
}

void arena::next_block(std::size_t size_min) {
    const engine_scope mine;
    if (!blocks_.empty()) {
        ++block_;
    }
    while (block_ < blocks_.size() && blocks_[block_].size < size_min) {
        ++block_;
    }
    if (block_ >= blocks_.size()) {
        const std::size_t size = std::max(block_size, size_min);
        blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(size), size});
        block_ = blocks_.size() - 1;
    }
    enter_block();
}

void arena::enter_block() {
    if (block_ < blocks_.size()) {
        cursor_ = reinterpret_cast<std::uintptr_t>(blocks_[block_].memory.get());
        end_ = cursor_ + blocks_[block_].size;
    }
}

}  // namespace tenthrule
