#pragma once

/// CRC-32 as Ethernet and zlib have it: polynomial 0x04c11db7 reflected, start and end value all ones.
/// It finds every change that is confined to 32 bits in a row, whatever the length.

#include <array>
#include <cstdint>
#include <string_view>

namespace tenthrule {

namespace detail {

inline constexpr std::array<std::uint32_t, 256> crc32_table = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t remainder = i;
        for (int bit = 0; bit < 8; ++bit) {
            remainder = (remainder >> 1U) ^ ((remainder & 1U) != 0 ? 0xedb88320U : 0U);
        }
        table[i] = remainder;
    }
    return table;
}();

}  // namespace detail

constexpr std::uint32_t crc32(std::string_view bytes) {
    std::uint32_t sum = ~std::uint32_t{0};
    for (const char c : bytes) {
        sum = (sum >> 8U) ^ detail::crc32_table[(sum ^ static_cast<std::uint8_t>(c)) & 0xffU];
    }
    return ~sum;
}

static_assert(crc32("123456789") == 0xcbf43926U);

}  // namespace tenthrule
