#pragma once

/// Base64 with the alphabet for URLs (RFC 4648, section 5), without padding: no character in it means
/// anything to a shell or a mail program.

#include <optional>
#include <string>
#include <string_view>

namespace tenthrule {

inline constexpr std::string_view base64url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string to_base64url(std::string_view bytes);

/// Nothing if `text` is not exactly what to_base64url makes of some bytes.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace tenthrule
