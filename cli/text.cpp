#include "cli/text.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include <fmt/format.h>

namespace tenthrule::cli {

namespace {

constexpr char32_t replacement = U'\uFFFD';

struct decoded {
    char32_t code = replacement;
    std::size_t length = 1;  // bytes
};

// The character at the beginning of `text`; a byte that begins none is a replacement character.
decoded decode(std::string_view text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    if (lead < 0x80) {
        return {lead, 1};
    }
    std::size_t length = 0;
    char32_t code = 0;
    if ((lead & 0xe0U) == 0xc0U) {
        length = 2;
        code = lead & 0x1fU;
    } else if ((lead & 0xf0U) == 0xe0U) {
        length = 3;
        code = lead & 0x0fU;
    } else if ((lead & 0xf8U) == 0xf0U) {
        length = 4;
        code = lead & 0x07U;
    } else {
        return {};
    }
    if (text.size() < length) {
        return {};
    }
    for (std::size_t i = 1; i < length; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xc0U) != 0x80U) {
            return {};
        }
        code = (code << 6U) | (next & 0x3fU);
    }
    return {code, length};
}

struct range {
    char32_t first;
    char32_t last;
};

template <std::size_t N>
constexpr bool contains(const std::array<range, N>& ranges, char32_t code) {
    for (const range& r : ranges) {
        if (code >= r.first && code <= r.last) {
            return true;
        }
    }
    return false;
}

// Not all of Unicode: the ranges that occur in names people give to tasks.
constexpr std::array<range, 5> zero_width{
    {{0x300, 0x36f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}}};
constexpr std::array<range, 8> double_width{{{0x1100, 0x115f},
                                             {0x2e80, 0xa4cf},
                                             {0xac00, 0xd7a3},
                                             {0xf900, 0xfaff},
                                             {0xfe30, 0xfe6f},
                                             {0xff00, 0xff60},
                                             {0x1f300, 0x1faff},
                                             {0x20000, 0x3fffd}}};
// Steers a terminal, or the direction of what follows.
constexpr std::array<range, 6> steering{
    {{0, 0x1f}, {0x7f, 0x9f}, {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f}, {0xfff9, 0xfffb}}};

unsigned width_of(char32_t code) {
    if (code < 0x300) {
        return 1;
    }
    return contains(zero_width, code) ? 0 : (contains(double_width, code) ? 2 : 1);
}

// Bytes of the longest beginning of `text` that takes at most `width` columns, but at least one character.
std::size_t fitting(std::string_view text, unsigned width) {
    std::size_t bytes = 0;
    unsigned columns = 0;
    while (bytes < text.size()) {
        const decoded next = decode(text.substr(bytes));
        columns += width_of(next.code);
        if (columns > width && bytes != 0) {
            break;
        }
        bytes += next.length;
    }
    return bytes;
}

// Where to break a word that is wider than `width`: behind a character that joins parts of it, or anywhere.
std::size_t breaking_point(std::string_view word, unsigned width) {
    const std::size_t bytes = fitting(word, width);
    const std::size_t joint = word.substr(0, bytes).find_last_of("(|,_/=:");
    return joint == std::string_view::npos || joint < bytes / 2 ? bytes : joint + 1;
}

void wrap_paragraph(std::string_view text, unsigned width, unsigned hang, std::vector<std::string>& lines) {
    std::string line;
    unsigned used = 0;
    const auto finish = [&] {
        lines.push_back(std::move(line));
        line = std::string(hang, ' ');
        used = hang;
    };

    // Leading blanks are somebody's indentation: the whole paragraph keeps it.
    const std::size_t leading = std::min(text.find_first_not_of(' '), text.size());
    if (leading + hang < width) {
        line.assign(leading, ' ');
        used = static_cast<unsigned>(leading);
        hang += used;
    }
    text.remove_prefix(leading);

    bool line_has_word = false;
    while (!text.empty()) {
        const std::size_t length = std::min(text.find(' '), text.size());
        std::string_view word = text.substr(0, length);
        text.remove_prefix(length);
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));

        if (line_has_word && used + 1 + display_width(word) > width) {
            finish();
            line_has_word = false;
        }
        if (line_has_word) {
            line += ' ';
            ++used;
        }
        while (used + display_width(word) > width) {
            const std::size_t bytes = breaking_point(word, width - used);
            line += word.substr(0, bytes);
            word.remove_prefix(bytes);
            finish();
        }
        line += word;
        used += display_width(word);
        line_has_word = true;
    }
    lines.push_back(std::move(line));
}

}  // namespace

unsigned display_width(std::string_view text) {
    unsigned width = 0;
    while (!text.empty()) {
        const decoded next = decode(text);
        width += width_of(next.code);
        text.remove_prefix(next.length);
    }
    return width;
}

std::string printable(std::string_view text, bool ascii) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const decoded next = decode(text);
        if (next.code == replacement || contains(steering, next.code) || (ascii && next.code > 0x7e)) {
            result += '?';
        } else {
            result += text.substr(0, next.length);
        }
        text.remove_prefix(next.length);
    }
    return result;
}

std::string printable_lines(std::string_view text, bool ascii) {
    std::string result;
    for (;;) {
        const std::size_t end = text.find('\n');
        result += printable(text.substr(0, end), ascii);
        if (end == std::string_view::npos) {
            return result;
        }
        result += '\n';
        text.remove_prefix(end + 1);
    }
}

std::string pad(std::string_view text, unsigned width) {
    const unsigned used = display_width(text);
    std::string result(text);
    result.append(used < width ? width - used : 0, ' ');
    return result;
}

std::vector<std::string> wrap(std::string_view text, unsigned width, unsigned hang) {
    std::vector<std::string> lines;
    for (;;) {
        const std::size_t end = text.find('\n');
        wrap_paragraph(text.substr(0, end), width, hang, lines);
        if (end == std::string_view::npos) {
            return lines;
        }
        text.remove_prefix(end + 1);
    }
}

std::string thousands(std::uint64_t n) {
    std::string digits = fmt::format("{}", n);
    for (std::size_t at = digits.size(); at > 3;) {
        at -= 3;
        digits.insert(at, 1, ',');
    }
    return digits;
}

std::string counted(std::uint64_t n, std::string_view noun) {
    return fmt::format("{} {}{}", thousands(n), noun, n == 1 ? "" : "s");
}

std::string scaled(double n) {
    const char* suffix = "";
    if (n >= 999.5e6) {
        n /= 1e9;
        suffix = "G";
    } else if (n >= 999.5e3) {
        n /= 1e6;
        suffix = "M";
    } else if (n >= 999.5) {
        n /= 1e3;
        suffix = "k";
    }
    const int decimals = *suffix == '\0' || n >= 99.95 ? 0 : (n >= 9.995 ? 1 : 2);
    return fmt::format("{:.{}f}{}", n, decimals, suffix);
}

std::string enumerated(const std::vector<std::string>& names) {
    std::string result;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i != 0) {
            result += i + 1 == names.size() ? " and " : ", ";
        }
        result += names[i];
    }
    return result;
}

}  // namespace tenthrule::cli
