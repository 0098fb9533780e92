// The grammar of a token, format 1. Everything is a byte unless it says otherwise.
//
//   token       = "tr1_" base64url(body checksum)
//   body        = length case selection-and-bound reductions schedule fingerprint trace
//   length      = number                   bytes of the body after this
//   case        = 8 bytes                  digest of the original case, lowest byte first
//   selection-and-bound = flags [ number bytes ] [ number ]
//                                          flags 1: a selection, its length and its bytes; 2: a step bound
//   reductions  = number { difference }    what shrinking took away, each code relative to the one before
//   schedule    = number { number number } deviations: choice points left out since the one before, value
//   fingerprint = number { half byte }     one for each scheduling point, the lower half of a byte first
//   trace       = 4 bytes                  lower half of the digest of the event log, lowest byte first
//   checksum    = 4 bytes                  CRC-32 of "tr1_" and the body, lowest byte first
//   number      = LEB128: 7 bits each, the lowest first, the top bit says that more follow; shortest form
//   difference  = number                   0, -1, 1, -2, 2, ... are written as 0, 1, 2, 3, 4, ...

#include "shrink/token.hpp"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

#include "shrink/base64url.hpp"
#include "shrink/crc32.hpp"

namespace tenthrule {

namespace {

constexpr std::string_view prefix = "tr1_";
constexpr std::size_t text_size_max = std::size_t{1} << 20U;
constexpr std::size_t checksum_size = 4;

constexpr std::uint8_t flag_selection = 1;
constexpr std::uint8_t flag_points_max = 2;

// ---- Writing

void put_number(std::string& to, std::uint64_t n) {
    for (; n >= 0x80; n >>= 7U) {
        to += static_cast<char>(static_cast<std::uint8_t>(n | 0x80U));
    }
    to += static_cast<char>(n);
}

void put_fixed(std::string& to, std::uint64_t n, unsigned bytes) {
    for (unsigned i = 0; i < bytes; ++i) {
        to += static_cast<char>(static_cast<std::uint8_t>(n >> (8 * i)));
    }
}

// Differences of 32-bit numbers, hence 33 bits and the sign.
constexpr std::uint64_t zigzag(std::int64_t n) {
    return n < 0 ? 2 * static_cast<std::uint64_t>(-(n + 1)) + 1 : 2 * static_cast<std::uint64_t>(n);
}

constexpr std::int64_t unzigzag(std::uint64_t n) {
    const auto half = static_cast<std::int64_t>(n / 2);
    return n % 2 != 0 ? -half - 1 : half;
}

std::uint32_t checksum_of(std::string_view body) {
    return crc32(std::string(prefix).append(body));
}

// ---- Reading

// What cannot be read makes all that follows unreadable, too: one question at the end is enough.
class reader {
public:
    explicit reader(std::string_view bytes) : rest_(bytes) {}

    std::uint64_t fixed(unsigned bytes) {
        std::uint64_t n = 0;
        for (unsigned i = 0; i < bytes; ++i) {
            n |= std::uint64_t{byte()} << (8 * i);
        }
        return n;
    }
    std::uint8_t byte() {
        if (rest_.empty()) {
            sound_ = false;
            return 0;
        }
        const auto b = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return b;
    }
    std::uint64_t number(std::uint64_t most) {
        std::uint64_t n = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint8_t b = byte();
            n |= std::uint64_t{b & 0x7fU} << shift;
            if ((b & 0x80U) == 0) {
                require(n <= most);
                require(b != 0 || shift == 0);  // the shortest form does not end in a zero
                return sound_ ? n : 0;
            }
        }
        sound_ = false;
        return 0;
    }
    /// A number of things that take at least a byte each.
    std::size_t count() {
        return number(rest_.size());
    }
    std::string text(std::size_t size) {
        require(size <= rest_.size());
        std::string taken(rest_.substr(0, sound_ ? size : 0));
        rest_.remove_prefix(taken.size());
        return taken;
    }
    void require(bool yes) {
        sound_ = sound_ && yes;
    }
    bool sound() const {
        return sound_;
    }
    std::size_t left() const {
        return rest_.size();
    }

private:
    std::string_view rest_;
    bool sound_ = true;
};

void read_selection_and_bound(reader& from, token& t) {
    const std::uint8_t flags = from.byte();
    from.require((flags & ~(flag_selection | flag_points_max)) == 0);
    if ((flags & flag_selection) != 0) {
        t.selection = from.text(from.number(255));
        from.require(!t.selection.empty());
    }
    if ((flags & flag_points_max) != 0) {
        t.points_max = static_cast<std::uint32_t>(from.number(~std::uint32_t{0}));
    }
}

void read_reductions(reader& from, token& t) {
    std::int64_t code = 0;
    for (std::size_t left = from.count(); left > 0 && from.sound(); --left) {
        code += unzigzag(from.number(std::uint64_t{1} << 33U));
        from.require(code >= 0 && code <= std::int64_t{~std::uint32_t{0}});
        t.taken_away.push_back(static_cast<std::uint32_t>(code));
    }
}

void read_schedule(reader& from, token& t) {
    std::uint64_t choice = 0;
    for (std::size_t left = from.count(); left > 0 && from.sound(); --left) {
        choice += from.number(~std::uint32_t{0});
        from.require(choice <= ~std::uint32_t{0});
        const auto value = static_cast<std::uint8_t>(from.number(0xff));
        t.decisions.push_back({static_cast<std::uint32_t>(choice), value});
        ++choice;
    }
}

void read_fingerprint(reader& from, token& t) {
    for (std::size_t left = from.number(token::fingerprint_max); left > 0 && from.sound();) {
        const std::uint8_t both = from.byte();
        t.fingerprint.push_back(both & 0xfU);
        --left;
        if (left > 0) {
            t.fingerprint.push_back(both >> 4U);
            --left;
        } else {
            from.require((both >> 4U) == 0);
        }
    }
}

// The contents of the body; nothing if it is not as `encode` writes it.
std::optional<token> read_body(std::string_view body) {
    reader from(body);
    from.number(body.size());
    token t;
    t.case_digest = from.fixed(8);
    read_selection_and_bound(from, t);
    read_reductions(from, t);
    read_schedule(from, t);
    read_fingerprint(from, t);
    t.trace_digest = static_cast<std::uint32_t>(from.fixed(4));
    if (!from.sound() || from.left() != 0) {
        return std::nullopt;
    }
    return t;
}

token_or_error refuse(std::string why) {
    return {std::nullopt, std::move(why)};
}

std::string unknown_beginning(std::string_view text) {
    if (text.empty()) {
        return "the token is empty";
    }
    const std::size_t end = text.find('_');
    const bool another_format = text.starts_with("tr") && end != std::string_view::npos && end > 2 &&
                                end < 8 &&
                                std::all_of(text.begin() + 2, text.begin() + static_cast<std::ptrdiff_t>(end),
                                            [](char c) { return c >= '0' && c <= '9'; });
    if (another_format) {
        return fmt::format("the token has format {}, but this program reads format 1 only",
                           text.substr(2, end - 2));
    }
    return fmt::format("not a token: one begins with '{}'", prefix);
}

}  // namespace

token make_token(const test_case& of, std::string_view selection, const run_result& logged) {
    token t;
    t.case_digest = of.digest();
    t.selection = selection;
    t.taken_away = of.taken_away();
    t.decisions = logged.decisions;
    t.fingerprint = fingerprint(logged.log, token::fingerprint_max);
    t.trace_digest = static_cast<std::uint32_t>(digest(logged.log));
    return t;
}

std::string encode(const token& t) {
    assert(t.selection.size() <= 255 && t.fingerprint.size() <= token::fingerprint_max);
    std::string rest;
    put_fixed(rest, t.case_digest, 8);
    rest +=
        static_cast<char>((t.selection.empty() ? 0 : flag_selection) | (t.points_max ? flag_points_max : 0));
    if (!t.selection.empty()) {
        put_number(rest, t.selection.size());
        rest += t.selection;
    }
    if (t.points_max) {
        put_number(rest, *t.points_max);
    }
    put_number(rest, t.taken_away.size());
    std::int64_t before = 0;
    for (const std::uint32_t code : t.taken_away) {
        put_number(rest, zigzag(code - before));
        before = code;
    }
    put_number(rest, t.decisions.size());
    std::uint64_t next = 0;
    for (const deviation& d : t.decisions) {
        assert(d.choice >= next);
        put_number(rest, d.choice - next);
        put_number(rest, d.value);
        next = std::uint64_t{d.choice} + 1;
    }
    put_number(rest, t.fingerprint.size());
    for (std::size_t i = 0; i < t.fingerprint.size(); i += 2) {
        const unsigned upper = i + 1 < t.fingerprint.size() ? t.fingerprint[i + 1] : 0U;
        rest += static_cast<char>(static_cast<std::uint8_t>(t.fingerprint[i] | (upper << 4U)));
    }
    put_fixed(rest, t.trace_digest, 4);

    std::string body;
    put_number(body, rest.size());
    body += rest;
    put_fixed(body, checksum_of(body), checksum_size);
    return std::string(prefix) + to_base64url(body);
}

token_or_error decode_token(std::string_view text) {
    if (!text.starts_with(prefix)) {
        return refuse(unknown_beginning(text));
    }
    if (text.size() > text_size_max) {
        return refuse(fmt::format("the token has {} characters, more than any token has", text.size()));
    }
    const std::string_view word = text.substr(prefix.size());
    const std::size_t bad = word.find_first_not_of(base64url_alphabet);
    if (bad != std::string_view::npos) {
        const char c = word[bad];
        const bool printable = c > ' ' && c < 0x7f;
        return refuse(fmt::format(
            "character {} of the token ({}) is none that tokens are made of", prefix.size() + bad + 1,
            printable ? fmt::format("'{}'", c) : std::string("unprintable or a space")));
    }
    const std::optional<std::string> bytes = from_base64url(word);
    // The length stands at the very beginning, so that missing and added characters are told from wrong ones.
    reader length(bytes ? std::string_view(*bytes) : std::string_view());
    const std::uint64_t rest = length.number(text_size_max);
    const std::size_t size = bytes ? bytes->size() : 0;
    if (!length.sound() || length.left() != rest + checksum_size) {
        return refuse(
            "the token is damaged: its length does not fit, so characters are missing, added or wrong");
    }
    const std::string_view body = std::string_view(*bytes).substr(0, size - checksum_size);
    if (reader(std::string_view(*bytes).substr(body.size())).fixed(checksum_size) != checksum_of(body)) {
        return refuse("the token is damaged: its checksum does not fit, so some character is wrong");
    }
    std::optional<token> t = read_body(body);
    if (!t) {
        return refuse("the token has a valid checksum, but no version of this program wrote it");
    }
    return {std::move(t), ""};
}

}  // namespace tenthrule
