#include "cli/live_line.hpp"

#include <fmt/format.h>

#include "cli/text.hpp"

namespace tenthrule::cli {

live_line::live_line(std::FILE* out, const terminal& where)
    : out_(out),
      where_(where),
      next_(clock::now() + (where.interactive ? live_interval : clock::duration(plain_interval))) {}

bool live_line::due() const {
    return clock::now() >= next_;
}

void live_line::show(const std::string& text) {
    if (where_.interactive) {
        // One column is left free: some terminals wrap as soon as the last one is written.
        const std::string line = wrap(printable(text, where_.ascii), where_.width - 1).front();
        fmt::print(out_, "\r\033[K{}", where_.paint(ink::faint, line));
        shown_ = true;
        next_ = clock::now() + live_interval;
    } else {
        fmt::print(out_, "{}\n", printable(text, where_.ascii));
        next_ = clock::now() + plain_interval;
    }
    std::fflush(out_);
}

void live_line::clear() {
    if (shown_) {
        fmt::print(out_, "\r\033[K");
        std::fflush(out_);
        shown_ = false;
        next_ = clock::now();
    }
}

}  // namespace tenthrule::cli
