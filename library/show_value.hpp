#pragma once

/// Values in words, the same in every execution that goes the same way: what a trace shows.

#include <string>
#include <type_traits>

#include <fmt/format.h>

namespace tenthrule::detail {

/// null, a place in memory that the test allocated, or "a pointer".
std::string show_pointer(const void* p);

template <typename T>
std::string show_value(const T& value) {
    if constexpr (std::is_same_v<T, bool>) {
        return value ? "true" : "false";
        // NOLINTNEXTLINE(bugprone-sizeof-expression): of any type
    } else if constexpr (std::is_integral_v<T> && sizeof(T) == 1) {
        return fmt::format("{}", static_cast<int>(value));
    } else if constexpr (std::is_enum_v<T>) {
        return fmt::format("{}", static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::is_arithmetic_v<T>) {
        return fmt::format("{}", value);
    } else if constexpr (std::is_same_v<T, std::nullptr_t>) {
        return "null";
    } else if constexpr (std::is_pointer_v<T> && !std::is_function_v<std::remove_pointer_t<T>>) {
        return show_pointer(const_cast<const void*>(static_cast<const volatile void*>(value)));
    } else {
        return "...";
    }
}

}  // namespace tenthrule::detail
