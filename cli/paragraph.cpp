#include "cli/paragraph.hpp"

#include <algorithm>

#include "cli/text.hpp"

namespace tenthrule::cli {

std::string paragraph(std::string_view text, unsigned indent, const terminal& where, ink kind) {
    const std::string margin(indent, ' ');
    std::string result;
    for (const std::string& line : wrap(text, std::min(where.width, reading_width) - indent)) {
        result += margin + where.paint(kind, printable(line, where.ascii)) + "\n";
    }
    return result;
}

std::string labelled(std::string_view label, unsigned label_width, std::string_view text,
                     const terminal& where) {
    constexpr unsigned indent = 2;
    const unsigned beside = indent + label_width + 2;
    std::string start(indent, ' ');
    start += where.paint(ink::heading, label) + std::string(beside - indent - display_width(label), ' ');
    std::string result;
    for (const std::string& line : wrap(text, std::min(where.width, reading_width) - beside)) {
        result += start + printable(line, where.ascii) + "\n";
        start = std::string(beside, ' ');
    }
    return result;
}

}  // namespace tenthrule::cli
