// Whatever the text: the decoder neither crashes nor accepts what the encoder would not have written.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "shrink/base64url.hpp"
#include "shrink/crc32.hpp"
#include "shrink/token.hpp"

namespace {

void check(std::string_view text) {
    const tenthrule::token_or_error result = tenthrule::decode_token(text);
    if (result.read ? tenthrule::encode(*result.read) != text : result.error.empty()) {
        std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    check(input);
    // Once more as the contents of a token with a valid checksum, or hardly any input would get past that.
    std::string body(input);
    const std::uint32_t sum = tenthrule::crc32("tr1_" + body);
    for (unsigned i = 0; i < 4; ++i) {
        body += static_cast<char>(static_cast<std::uint8_t>(sum >> (8 * i)));
    }
    check("tr1_" + tenthrule::to_base64url(body));
    return 0;
}
