#include "cli/terminal.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

namespace tenthrule::cli {

namespace {

// Empty counts as not set, as in https://no-color.org and in POSIX for the locale.
std::string_view environment(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return value == nullptr ? std::string_view{} : std::string_view{value};
}

// Read from the names, not through setlocale(): a container has the names but seldom the locales.
bool locale_is_utf8() {
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        std::string value(environment(name));
        if (value.empty()) {
            continue;
        }
        std::transform(value.begin(), value.end(), value.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
    }
    return false;
}

unsigned window_width(int fd) {
    winsize size{};
    return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

unsigned columns_variable() {
    const std::string value(environment("COLUMNS"));
    return value.size() > 4 ? 0 : static_cast<unsigned>(std::max(0, std::atoi(value.c_str())));
}

const char* code_of(ink kind) {
    switch (kind) {
        case ink::plain:
            return "";
        case ink::heading:
            return "\033[1m";
        case ink::bad:
            return "\033[1;31m";
        case ink::good:
            return "\033[32m";
        case ink::marked:
            return "\033[1;33m";
        case ink::faint:
            return "\033[2m";
    }
    return "";
}

}  // namespace

std::string terminal::paint(ink kind, std::string_view text) const {
    if (!colour || kind == ink::plain || text.empty()) {
        return std::string(text);
    }
    return std::string(code_of(kind)).append(text).append("\033[0m");
}

terminal look_at(int fd, const terminal_wishes& wishes) {
    terminal t;
    const bool dumb = environment("TERM").empty() || environment("TERM") == "dumb";
    const bool is_terminal = isatty(fd) == 1;
    t.interactive = is_terminal && !dumb;
    t.colour = t.interactive && environment("NO_COLOR").empty();
    t.ascii = wishes.ascii || !locale_is_utf8();

    unsigned width = wishes.width;
    if (width == 0 && is_terminal) {
        width = window_width(fd);
    }
    if (width == 0) {
        width = columns_variable();
    }
    if (width == 0) {
        width = t.width;
    }
    t.width = std::clamp(width, width_min, width_max);
    return t;
}

}  // namespace tenthrule::cli
