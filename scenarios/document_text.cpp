// What is checked before the parser sees the text. The parser would refuse most of it too, but in words of
// its own; and keys of thousands of parts give trees too deep to be destroyed recursively.

#include <algorithm>

#include <fmt/format.h>

#include "scenarios/document.hpp"

namespace tenthrule::scenarios {

const member* node::find(std::string_view key) const {
    for (const member& m : members) {
        if (m.key == key) {
            return &m;
        }
    }
    return nullptr;
}

std::string_view kind_text(const node& n) {
    switch (n.is) {
        case node::kind::text:
            return "a text";
        case node::kind::integer:
            return "an integer";
        case node::kind::real:
            return "a number with a fraction";
        case node::kind::boolean:
            return "true or false";
        case node::kind::time:
            return "a date or time";
        case node::kind::array:
            return "a list";
        case node::kind::table:
            return "a table";
    }
    return {};
}

namespace {

// Length of the well-formed UTF-8 character at the beginning; 0 if there is none (Unicode 15, table 3-7).
std::size_t character_length(std::string_view s) {
    const auto byte = [&s](std::size_t i) { return i < s.size() ? static_cast<unsigned char>(s[i]) : 0U; };
    const auto tail = [&byte](std::size_t i) { return (byte(i) & 0xc0U) == 0x80U; };
    const unsigned first = byte(0);
    if (first < 0x80U) {
        return 1;
    }
    if (first >= 0xc2U && first <= 0xdfU && tail(1)) {
        return 2;
    }
    if (first >= 0xe0U && first <= 0xefU && tail(1) && tail(2)) {
        const bool overlong = first == 0xe0U && byte(1) < 0xa0U;
        const bool surrogate = first == 0xedU && byte(1) > 0x9fU;
        return overlong || surrogate ? 0 : 3;
    }
    if (first >= 0xf0U && first <= 0xf4U && tail(1) && tail(2) && tail(3)) {
        const bool overlong = first == 0xf0U && byte(1) < 0x90U;
        const bool beyond = first == 0xf4U && byte(1) > 0x8fU;
        return overlong || beyond ? 0 : 4;
    }
    return 0;
}

// Walks over the text as a TOML lexer would, as far as strings and comments go, and counts the dots that
// stand together outside of them.
class dot_counter {
public:
    // True if the key that `c` belongs to has too many parts. `rest` begins with `c`.
    bool step(std::string_view rest) {
        const char c = rest.front();
        if (skip_ != 0) {
            --skip_;
            return false;
        }
        if (quote_ != 0) {
            inside_string(rest);
            return false;
        }
        if (comment_) {
            comment_ = c != '\n';
            return false;
        }
        switch (c) {
            case '#':
                comment_ = true;
                break;
            case '"':
            case '\'':
                quote_ = c;
                multiline_ = rest.size() >= 3 && rest[1] == c && rest[2] == c;
                skip_ = multiline_ ? 2 : 0;
                break;
            case '\n':
            case '=':
            case ',':
            case '[':
            case ']':
            case '{':
            case '}':
                dots_ = 0;
                break;
            case '.':
                return ++dots_ >= key_parts_max;
            default:
                break;
        }
        return false;
    }

private:
    void inside_string(std::string_view rest) {
        const char c = rest.front();
        if (c == '\\' && quote_ == '"') {
            skip_ = 1;
        } else if (c == '\n' && !multiline_) {
            quote_ = 0;  // an error for the parser, which reads no further
            dots_ = 0;
        } else if (c == quote_ && !multiline_) {
            quote_ = 0;
        } else if (c == quote_ && rest.size() >= 3 && rest[1] == c && rest[2] == c) {
            // Up to two more quotes still belong to the string.
            std::size_t quotes = 3;
            while (quotes < 5 && quotes < rest.size() && rest[quotes] == c) {
                ++quotes;
            }
            skip_ = static_cast<unsigned>(quotes - 1);
            quote_ = 0;
        }
    }

    unsigned dots_ = 0;
    unsigned skip_ = 0;
    char quote_ = 0;
    bool multiline_ = false;
    bool comment_ = false;
};

}  // namespace

namespace detail {

bool text_is_sound(std::string_view text, diagnostics& problems) {
    if (text.size() > document_size_max) {
        problems.error(
            {}, fmt::format("{} bytes; expected a scenario of at most {}", text.size(), document_size_max));
        return false;
    }
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
        problems.error({1, 1}, "the file is empty; expected a scenario with at least one [[task]]");
        return false;
    }
    dot_counter dots;
    place at{1, 1};
    for (std::size_t i = 0; i < text.size();) {
        const std::string_view rest = text.substr(i);
        const std::size_t length = character_length(rest);
        const auto c = static_cast<unsigned char>(rest.front());
        if (length == 0) {
            problems.error(at, fmt::format("byte 0x{:02x}; expected UTF-8 text", c));
            return false;
        }
        if ((c < 0x20U && c != '\t' && c != '\n' && c != '\r') || c == 0x7fU) {
            problems.error(at, fmt::format("control character 0x{:02x}; expected text", c));
            return false;
        }
        bool too_many = false;
        for (std::size_t k = 0; k < length; ++k) {
            too_many = dots.step(rest.substr(k)) || too_many;
        }
        if (too_many) {
            problems.error(at,
                           fmt::format("a key of more than {} parts; expected a scenario", key_parts_max));
            return false;
        }
        if (c == '\n') {
            ++at.line;
            at.column = 1;
        } else {
            ++at.column;
        }
        i += length;
    }
    return true;
}

place find_key_place(std::string_view text, std::string_view key, place value) {
    for (std::uint32_t line = 1; line < value.line; ++line) {
        const std::size_t end = text.find('\n');
        if (end == std::string_view::npos) {
            return value;
        }
        text.remove_prefix(end + 1);
    }
    text = text.substr(0, text.find('\n'));
    const std::size_t start = std::min<std::size_t>(value.column == 0 ? 0 : value.column - 1, text.size());
    // "key = value"; or "[key]", which begins where its table does.
    const bool header = start < text.size() && text[start] == '[' && text.find('=') == std::string_view::npos;
    std::size_t at = header ? text.rfind(key) : text.substr(0, start).rfind(key);
    if (key.empty() || at == std::string_view::npos) {
        return value;
    }
    if (at > 0 && (text[at - 1] == '"' || text[at - 1] == '\'')) --at;
    return {value.line, static_cast<std::uint32_t>(at + 1)};
}

}  // namespace detail

}  // namespace tenthrule::scenarios
