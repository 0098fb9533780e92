#include "shrink/token.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "runtime/random.hpp"
#include "shrink/base64url.hpp"
#include "shrink/crc32.hpp"
#include "tests/support/effort.hpp"

using namespace tenthrule;

namespace {

// The one in docs/token-format.md.
token example() {
    token t;
    t.case_digest = 0x0807060504030201;
    t.taken_away = {7, 5};
    t.decisions = {{3, 1}, {9, 64}};
    t.fingerprint = {10, 11, 12};
    t.trace_digest = 0xcafe0001;
    return t;
}

// A token as a failure might have it; sometimes one with extreme contents.
token random_token(random_source& random) {
    token t;
    t.case_digest = random.next();
    if (random.below(2) == 0) {
        for (std::uint32_t i = 1 + random.below(12); i > 0; --i) {
            t.selection += static_cast<char>(static_cast<std::uint8_t>(random.below(256)));
        }
    }
    if (random.below(4) == 0) t.points_max = static_cast<std::uint32_t>(random.next());
    for (std::uint32_t i = random.below(10); i > 0; --i) {
        t.taken_away.push_back(static_cast<std::uint32_t>(random.next()) >> (random.below(32)));
    }
    std::uint64_t choice = 0;
    for (std::uint32_t i = random.below(8); i > 0; --i) {
        choice += random.below(random.below(10) == 0 ? 1U << 28U : 60);
        t.decisions.push_back(
            {static_cast<std::uint32_t>(choice), static_cast<std::uint8_t>(random.below(256))});
        ++choice;
    }
    for (std::uint32_t i = random.below(129); i > 0; --i) {
        t.fingerprint.push_back(static_cast<std::uint8_t>(random.below(16)));
    }
    t.trace_digest = static_cast<std::uint32_t>(random.next());
    return t;
}

// Writes a token whose contents are these bytes and whose length and checksum are right.
std::string token_of_contents(std::string_view contents) {
    std::string body;
    for (std::size_t n = contents.size();; n >>= 7U) {
        body += static_cast<char>(static_cast<std::uint8_t>(n >= 0x80 ? n | 0x80U : n));
        if (n < 0x80) break;
    }
    body += contents;
    const std::uint32_t sum = crc32("tr1_" + body);
    for (unsigned i = 0; i < 4; ++i)
        body += static_cast<char>(static_cast<std::uint8_t>(sum >> (8 * i)));
    return "tr1_" + to_base64url(body);
}

std::string bytes(std::initializer_list<unsigned> all) {
    std::string text;
    for (const unsigned b : all)
        text += static_cast<char>(static_cast<std::uint8_t>(b));
    return text;
}

}  // namespace

TEST_CASE("token: the example of the documentation") {
    const std::string text = encode(example());
    REQUIRE(decode_token(text).read == example());

    std::ifstream file(TENTHRULE_SOURCE_DIR "/docs/token-format.md");
    std::stringstream documentation;
    documentation << file.rdbuf();
    CHECK_MESSAGE(documentation.str().find("    token     " + text + "\n") != std::string::npos, text);
}

TEST_CASE("token: what is encoded is decoded") {
    random_source random(1);
    for (int i = 0; i < 20'000; ++i) {
        const token t = random_token(random);
        const std::string text = encode(t);
        const token_or_error back = decode_token(text);
        REQUIRE_MESSAGE(back.read.has_value(), back.error);
        REQUIRE(*back.read == t);
        REQUIRE(encode(*back.read) == text);
    }
}

TEST_CASE("token: an empty one, and one that is as full as can be") {
    CHECK(decode_token(encode({})).read == token{});

    token full;
    full.case_digest = ~std::uint64_t{0};
    full.selection = std::string(255, '\xff');
    full.points_max = ~std::uint32_t{0};
    full.taken_away = {~std::uint32_t{0}, 0, ~std::uint32_t{0}};
    full.decisions = {{0, 255}, {1, 0}, {~std::uint32_t{0}, 255}};
    full.fingerprint = std::vector<std::uint8_t>(token::fingerprint_max, 15);
    full.trace_digest = ~std::uint32_t{0};
    CHECK(decode_token(encode(full)).read == full);
}

TEST_CASE("token: a shrunk failure fits into a line") {
    token t = example();
    t.selection = std::string(8, '\x55');
    t.taken_away = {0x101, 0x203, 0x300, 0x10, 0x22, 0x31};
    t.decisions = {{12, 1}, {40, 64}, {77, 2}, {90, 0}};
    t.fingerprint = std::vector<std::uint8_t>(100, 9);
    CHECK(encode(t).size() < 160);
}

TEST_CASE("token: nothing but letters, digits, '-' and '_'") {
    random_source random(2);
    for (int i = 0; i < 200; ++i) {
        const std::string text = encode(random_token(random));
        CHECK(text.find_first_not_of(base64url_alphabet) == std::string::npos);
    }
}

// Every position, every character that could stand there.
TEST_CASE("token: a wrong, a missing, an additional character is refused") {
    random_source random(3);
    std::uint64_t tried = 0;
    for (unsigned i = 0; i < test::repetitions(60); ++i) {
        const std::string text = encode(random_token(random));
        const auto refused = [&](const std::string& damaged) {
            ++tried;
            const token_or_error result = decode_token(damaged);
            return !result.read && !result.error.empty();
        };
        bool all = true;
        for (std::size_t at = 0; at <= text.size(); ++at) {
            for (const char c : base64url_alphabet) {
                if (at < text.size() && text[at] != c) {
                    std::string wrong = text;
                    wrong[at] = c;
                    all = all && refused(wrong);
                }
                std::string longer = text;
                longer.insert(at, 1, c);
                all = all && refused(longer);
            }
            if (at < text.size()) {
                std::string shorter = text;
                shorter.erase(at, 1);
                all = all && refused(shorter) && refused(text.substr(0, at)) && refused(text.substr(at + 1));
            }
        }
        REQUIRE_MESSAGE(all, text);
    }
    CHECK(tried > test::repetitions(500'000));
}

TEST_CASE("token: two neighbours that changed places are refused") {
    random_source random(4);
    for (int i = 0; i < 300; ++i) {
        const std::string text = encode(random_token(random));
        for (std::size_t at = 0; at + 1 < text.size(); ++at) {
            std::string swapped = text;
            std::swap(swapped[at], swapped[at + 1]);
            if (swapped != text) REQUIRE_FALSE(decode_token(swapped).read);
        }
    }
}

TEST_CASE("token: bytes outside the alphabet are named") {
    const std::string text = encode(example());
    for (int c = 0; c < 256; ++c) {
        if (base64url_alphabet.find(static_cast<char>(c)) != std::string_view::npos) continue;
        std::string wrong = text;
        wrong[7] = static_cast<char>(c);
        REQUIRE_FALSE(decode_token(wrong).read);
    }
    CHECK(decode_token(text + "\n").error ==
          fmt::format("character {} of the token (unprintable or a space) is none that tokens are made of",
                      text.size() + 1));
    CHECK(decode_token("tr1_AB+").error == "character 7 of the token ('+') is none that tokens are made of");
}

TEST_CASE("token: what is wrong is said") {
    const std::string text = encode(example());
    CHECK(decode_token("").error == "the token is empty");
    CHECK(decode_token("hello").error == "not a token: one begins with 'tr1_'");
    CHECK(decode_token("tr2_AAAA").error == "the token has format 2, but this program reads format 1 only");
    CHECK(decode_token("tr1_").error ==
          "the token is damaged: its length does not fit, so characters are missing, added or wrong");
    CHECK(decode_token(text.substr(0, text.size() - 1)).error ==
          "the token is damaged: its length does not fit, so characters are missing, added or wrong");
    std::string wrong = text;
    wrong[20] = wrong[20] == 'A' ? 'B' : 'A';
    CHECK(decode_token(wrong).error ==
          "the token is damaged: its checksum does not fit, so some character is wrong");
}

TEST_CASE("token: only what the encoder writes is read, even with a valid checksum") {
    const std::string digest(8, '\x11');
    const std::string trace(4, '\x22');
    const auto readable = [&](const std::string& middle) {
        return decode_token(token_of_contents(digest + middle + trace)).read.has_value();
    };
    CHECK(readable(bytes({0, 0, 0, 0})));
    CHECK_FALSE(readable(bytes({4, 0, 0, 0})));              // an unknown flag
    CHECK_FALSE(readable(bytes({1, 0, 0, 0, 0})));           // an empty selection
    CHECK_FALSE(readable(bytes({0, 0x80, 0, 0, 0})));        // a number that is not in its shortest form
    CHECK_FALSE(readable(bytes({0, 0, 1, 0, 0x80, 2, 0})));  // a value above 255
    CHECK_FALSE(readable(bytes({0, 0, 0, 1, 0x10})));        // bits set behind the last fingerprint
    CHECK_FALSE(readable(bytes({0, 0, 0, 0x81, 0x01})));     // more fingerprints than there can be
    CHECK_FALSE(readable(bytes({0, 0, 0, 0, 0})));           // something left over
    CHECK_FALSE(readable(bytes({0, 0, 0})));                 // something missing
    CHECK_FALSE(readable(bytes({0, 1, 1, 0, 0})));           // a reduction below 0
    CHECK_FALSE(readable(bytes({0, 0x7f, 0, 0})));           // more reductions than bytes
    // A second deviation beyond the last choice point that a number can name.
    CHECK_FALSE(readable(bytes({0, 0, 2, 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 0, 1, 0})));

    token t;
    t.selection = "x";
    const std::string padded = encode(t);
    const std::size_t last = base64url_alphabet.find(padded.back());
    REQUIRE(last != std::string_view::npos);
    std::string other = padded;
    other.back() = base64url_alphabet[last ^ 1U];
    CHECK_FALSE(decode_token(other).read);
}

TEST_CASE("base64url: the test vectors of RFC 4648, without padding") {
    CHECK(to_base64url("") == "");
    CHECK(to_base64url("f") == "Zg");
    CHECK(to_base64url("fo") == "Zm8");
    CHECK(to_base64url("foo") == "Zm9v");
    CHECK(to_base64url("foobar") == "Zm9vYmFy");
    CHECK(to_base64url("\xfb\xff") == "-_8");
    CHECK(from_base64url("Zm9vYmE") == "fooba");
    CHECK_FALSE(from_base64url("Zh"));     // bits in the padding
    CHECK_FALSE(from_base64url("Zm9vY"));  // no number of bytes has 5 characters
    CHECK_FALSE(from_base64url("Zg=="));
}
