#pragma once

/// Stacks for fibers: mapped once, guard page at the low end, kept until the pool dies.

#include <cstddef>
#include <vector>

namespace tenthrule {

/// Gives the stack of a number; mapping it on first use. Overflowing a stack hits its guard page.
/// Throws std::bad_alloc when the system has no memory left. Thread safety: none.
class stack_pool {
public:
    struct stack {
        std::byte* low = nullptr;  ///< lowest usable byte
        std::size_t size = 0;      ///< usable bytes
        std::byte* top() const {
            return low + size;
        }
    };

    stack_pool() = default;
    stack_pool(const stack_pool&) = delete;
    stack_pool& operator=(const stack_pool&) = delete;
    ~stack_pool();

    const stack& get(std::size_t number) {
        if (number < stacks_.size() && stacks_[number].low != nullptr) [[likely]] {
            return stacks_[number];
        }
        return map(number);
    }

private:
    const stack& map(std::size_t number);

    std::vector<stack> stacks_;
};

}  // namespace tenthrule
