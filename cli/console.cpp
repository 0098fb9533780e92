#include "cli/console.hpp"

namespace tenthrule::cli {

console::console(std::FILE* out, std::FILE* err, const terminal_wishes& wishes)
    : out_(out),
      err_(err),
      out_terminal_(look_at(fileno(out), wishes)),
      err_terminal_(look_at(fileno(err), wishes)) {}

void console::print(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), out_);
    // One stream may be the terminal and the other a file: what is printed first is to be seen first.
    std::fflush(out_);
}

void console::note(const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), err_);
    std::fflush(err_);
}

bool console::flush() {
    return std::fflush(out_) == 0 && std::ferror(out_) == 0;
}

}  // namespace tenthrule::cli
