#include "shrink/base64url.hpp"

#include <cstdint>

namespace tenthrule {

std::string to_base64url(std::string_view bytes) {
    std::string text;
    std::uint32_t bits = 0;
    unsigned waiting = 0;  // bits not written yet
    for (const char c : bytes) {
        bits = (bits << 8U) | static_cast<std::uint8_t>(c);
        waiting += 8;
        while (waiting >= 6) {
            waiting -= 6;
            text += base64url_alphabet[(bits >> waiting) & 63U];
        }
    }
    if (waiting > 0) {
        text += base64url_alphabet[(bits << (6 - waiting)) & 63U];
    }
    return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
    std::string bytes;
    std::uint32_t bits = 0;
    unsigned waiting = 0;
    for (const char c : text) {
        const std::size_t value = base64url_alphabet.find(c);
        if (value == std::string_view::npos) {
            return std::nullopt;
        }
        bits = (bits << 6U) | static_cast<std::uint32_t>(value);
        waiting += 6;
        if (waiting >= 8) {
            waiting -= 8;
            bytes += static_cast<char>(static_cast<std::uint8_t>(bits >> waiting));
        }
    }
    // Left over are fewer bits than a character has, and all of them are padding.
    if (waiting >= 6 || (bits & ((1U << waiting) - 1)) != 0) {
        return std::nullopt;
    }
    return bytes;
}

}  // namespace tenthrule
