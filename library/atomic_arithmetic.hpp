#pragma once

/// What atomic<T> and atomic_ref<T> have in common about T.

#include <atomic>
#include <cstddef>
#include <type_traits>

namespace tenthrule::detail {

template <typename T>
struct atomic_arithmetic {
    static_assert(std::is_trivially_copyable_v<T> && std::is_copy_constructible_v<T>);

    static constexpr bool is_integer = std::is_integral_v<T> && !std::is_same_v<T, bool>;
    static constexpr bool is_number = is_integer || std::is_floating_point_v<T>;
    static constexpr bool is_object_pointer =
        std::is_pointer_v<T> && !std::is_function_v<std::remove_pointer_t<T>>;

    using difference = std::conditional_t<is_object_pointer, std::ptrdiff_t, T>;

    // Signed integers wrap around, as the standard wants it of atomics.
    static T plus(T value, difference by) {
        if constexpr (is_integer) {
            using bits = std::make_unsigned_t<T>;
            return static_cast<T>(static_cast<bits>(static_cast<bits>(value) + static_cast<bits>(by)));
        } else {
            return value + by;
        }
    }
    static T minus(T value, difference by) {
        if constexpr (is_integer) {
            using bits = std::make_unsigned_t<T>;
            return static_cast<T>(static_cast<bits>(static_cast<bits>(value) - static_cast<bits>(by)));
        } else {
            return value - by;
        }
    }
};

/// The order that the standard derives for a failing compare-exchange.
constexpr std::memory_order order_on_failure(std::memory_order order) {
    return order == std::memory_order_acq_rel   ? std::memory_order_acquire
           : order == std::memory_order_release ? std::memory_order_relaxed
                                                : order;
}

}  // namespace tenthrule::detail
